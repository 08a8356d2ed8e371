#include "stream/log/embedded/embedded_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/integration/log_suite.h"

namespace due::log::suite {
namespace {

using embedded::EmbeddedLog;
using embedded::Options;

class EmbeddedUnderTest final : public LogUnderTest {
 public:
  explicit EmbeddedUnderTest(std::optional<std::string> directory) : directory_(std::move(directory)) {
    auto opened = EmbeddedLog::open({.directory = directory_});
    EXPECT_TRUE(opened) << opened.error().what;
    log_ = std::move(*opened);
  }
  ~EmbeddedUnderTest() override {
    log_.reset();
    if (directory_) std::filesystem::remove_all(*directory_);
  }
  Log& log() override { return *log_; }
  std::string prefix() override { return "test-"; }  // every test has a log of its own
  Duration patience() override { return Duration{20'000}; }
  Duration session_timeout() override { return Duration{2'000}; }

 private:
  std::optional<std::string> directory_;
  std::unique_ptr<EmbeddedLog> log_;
};

std::unique_ptr<LogUnderTest> in_memory() { return std::make_unique<EmbeddedUnderTest>(std::nullopt); }

std::unique_ptr<LogUnderTest> in_a_directory() {
  static int count = 0;
  const std::string name = "due-embedded-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  return std::make_unique<EmbeddedUnderTest>(std::filesystem::temp_directory_path() / name);
}

const auto both = testing::Values(LogFactory{"InMemory", in_memory}, LogFactory{"InADirectory", in_a_directory});

INSTANTIATE_TEST_SUITE_P(Embedded, LogSuite, both, factory_name);
INSTANTIATE_TEST_SUITE_P(Embedded, CommitSuite, both, factory_name);
INSTANTIATE_TEST_SUITE_P(Embedded, MembershipSuite, both, factory_name);

}  // namespace
}  // namespace due::log::suite
