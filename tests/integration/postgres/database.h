// tests/integration/postgres/database.h
// A database of its own on the server that DUESTREAM_POSTGRES names, gone with the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <pqxx/pqxx>

#include <atomic>
#include <cstdlib>
#include <string>

namespace due::postgres {

class Database {
 public:
  Database() {
    const char* server = std::getenv("DUESTREAM_POSTGRES");
    if (server == nullptr) return;
    server_ = server;
    static std::atomic<int> count{0};
    name_ = "due_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
    on_server("create database " + name_);
  }
  ~Database() {
    if (!name_.empty()) on_server("drop database " + name_ + " with (force)");
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  bool there() const { return !name_.empty(); }
  const std::string& name() const { return name_; }
  std::string uri() const { return uri_of(name_); }
  std::string uri_as(const std::string& login) const {
    const std::string uri = this->uri();
    const std::size_t from = uri.find("//") + 2, to = uri.find('@');
    return uri.substr(0, from) + login + uri.substr(to);
  }

  void run(const std::string& sql) { run_in(uri(), sql); }
  void on_server(const std::string& sql) { run_in(uri_of("postgres"), sql); }
  std::int64_t number(const std::string& sql) { return value<std::int64_t>(sql); }
  std::string text(const std::string& sql) { return value<std::string>(sql); }
  // What the server said no with; "done" where it did not.
  std::string refusal(const std::string& sql) {
    try {
      run(sql);
      return "done";
    } catch (const pqxx::sql_error& e) {
      return e.what();
    }
  }

 private:
  std::string uri_of(const std::string& database) const { return server_.substr(0, server_.rfind('/') + 1) + database; }
  static void run_in(const std::string& uri, const std::string& sql) {
    pqxx::connection connection(uri);
    connection.set_notice_handler([](pqxx::zview) noexcept {});
    pqxx::nontransaction(connection).exec(sql);
  }
  template <class T>
  T value(const std::string& sql) {
    pqxx::connection connection(uri());
    return pqxx::nontransaction(connection).query_value<T>(sql);
  }

  std::string server_, name_;
};

// First line of a test.
#define NEEDS_DATABASE(database)                                                                                        \
  if (!(database).there())                                                                                              \
  GTEST_SKIP() << "no PostgreSQL: deploy/local/stack.sh up, then eval \"$(deploy/local/stack.sh env)\", which sets DUESTREAM_POSTGRES"

}  // namespace due::postgres
