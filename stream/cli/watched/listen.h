// stream/cli/watched/listen.h
// Metrics and health of a process, as http.listen says.
//
//   Errors   Remedy::stop: the address that was chosen cannot be listened on
#pragma once

#include <memory>
#include <string>

#include "stream/cli/wire.h"
#include "stream/http/server.h"

namespace due::cli {

// Nothing is chosen: on `otherwise`; where that is taken, a warning says so and nobody listens. Null: nobody does.
Result<std::unique_ptr<http::Server>> listen(const AppChoice& app, const std::string& otherwise, http::Server::Pages pages,
                                             const runtime::Report& report);

}  // namespace due::cli
