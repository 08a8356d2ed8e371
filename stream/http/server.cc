#include "stream/http/server.h"

#include <httplib.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace due::http {
namespace {

constexpr std::size_t threads = 2;  // one may hang on a slow reader

class HttplibServer final : public Server {
 public:
  explicit HttplibServer(Pages pages) : pages_(std::move(pages)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(threads); };  // httplib takes it over and deletes it
    // Not httplib's own: with SO_REUSEPORT two processes would listen on one port, and each scrape would reach either.
    server_.set_socket_options([](auto socket) {
      const int yes = 1;
      (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.set_keep_alive_max_count(1);  // else the end of the process waits for idle connections
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); });
  }
  ~HttplibServer() override {
    if (thread_.joinable()) server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status listen(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    int port = std::stoi(address.substr(colon + 1));
    errno = 0;
    const bool bound = port == 0 ? (port = server_.bind_to_any_port(host)) > 0 : server_.bind_to_port(host, port);
    if (!bound)
      return Error{Remedy::stop, "http.listen " + address + " cannot be listened on" +
                                     (errno != 0 ? std::string(": ") + std::strerror(errno) : std::string()) +
                                     "; choose another address (--listen HOST:PORT), or off"};
    address_ = address.substr(0, colon) + ":" + std::to_string(port);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // stop() before that is forgotten by httplib
    return Done{};
  }
  std::string address() const override { return address_; }

 private:
  void answer(const httplib::Request& request, httplib::Response& response) const {
    const auto page = pages_.find(request.path);
    if (page == pages_.end()) {
      std::string paths;
      for (const auto& [path, make] : pages_) paths += " " + path;
      response.status = 404;
      response.set_content("there is no " + request.path + "; there are" + paths + "\n", "text/plain");
      return;
    }
    const Answer answer = page->second();
    response.status = answer.status;
    response.set_content(answer.body, answer.type.c_str());
  }

  const Pages pages_;
  httplib::Server server_;
  std::string address_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(const std::string& address, Pages pages) {
  auto server = std::make_unique<HttplibServer>(std::move(pages));
  if (Status listening = server->listen(address); !listening) return listening.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace due::http
