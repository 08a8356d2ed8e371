#include "stream/cli/watched/listen.h"

namespace due::cli {

Result<std::unique_ptr<http::Server>> listen(const AppChoice& app, const std::string& otherwise, http::Server::Pages pages,
                                             const runtime::Report& report) {
  if (app.listen == "off") return std::unique_ptr<http::Server>{};
  auto server = http::Server::open(app.listen.empty() ? otherwise : app.listen, std::move(pages));
  if (server) {
    report(runtime::Level::info, "http.listening", {{"address", (*server)->address()}});
    return server;
  }
  if (!app.listen.empty()) return server.error();
  report(runtime::Level::warning, "http.not_listening", {{"why", server.error().what}});
  return std::unique_ptr<http::Server>{};
}

}  // namespace due::cli
