// stream/http/server.h
// A few pages over HTTP, read only. The sole home of cpp-httplib.
//
//   Errors   Remedy::stop: the address cannot be listened on
//   Threads  pages are made on the server's threads, several at once
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "schemas/base/result.h"

namespace due::http {

struct Answer {
  int status = 200;
  std::string body;
  std::string type = "application/json";
};

class Server {
 public:
  using Pages = std::map<std::string, std::function<Answer()>>;  // by path

  // HOST:PORT; an IPv6 address in brackets. Port 0: any that is free. Listens when it returns, until it is destroyed.
  static Result<std::unique_ptr<Server>> open(const std::string& address, Pages pages);
  virtual ~Server() = default;
  virtual std::string address() const = 0;
};

}  // namespace due::http
