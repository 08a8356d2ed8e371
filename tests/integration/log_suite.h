// tests/integration/log_suite.h
// What every implementation of stream/log/log.h must do, as one suite of value-parameterised tests. A test program lists
// log_suite.cc, log_suite_membership.cc and log_scene.cc among its sources and instantiates:
//
//   INSTANTIATE_TEST_SUITE_P(Kafka, LogSuite, testing::Values(LogFactory{"Broker", make_kafka_log}), factory_name);
//   and the same for CommitSuite and MembershipSuite
//
//   Clock    conditions are polled for until they hold, at most LogUnderTest::patience; no fixed sleeps
//   Threads  each test runs on one thread, except where its name says that somebody else publishes
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "stream/log/log.h"
#include "tests/integration/log_scene.h"

namespace due::log::suite {

// One log to test. Every test gets one of its own, or one that is shared and told apart by `prefix`.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  virtual Log& log() = 0;
  virtual std::string prefix() = 0;             // of topic, group and transactional names; never used before
  virtual Duration patience() = 0;              // by then every condition holds; longer than the session timeout
  virtual Duration session_timeout() = 0;       // the shortest that the log grants
};

struct LogFactory {
  std::string name;  // PascalCase: part of the tests' names
  std::function<std::unique_ptr<LogUnderTest>()> make;
  std::string unavailable = {};  // not empty: why it cannot be tested here and what to do; its tests are skipped
};

inline std::string factory_name(const testing::TestParamInfo<LogFactory>& info) { return info.param.name; }
inline void PrintTo(const LogFactory& factory, std::ostream* out) { *out << factory.name; }

class LogSuite : public testing::TestWithParam<LogFactory> {
 protected:
  void SetUp() override {
    if (!GetParam().unavailable.empty()) GTEST_SKIP() << GetParam().unavailable;
    subject_ = GetParam().make();
    ASSERT_NE(subject_, nullptr);
    scene_ = std::make_unique<Scene>(
        Scene::Options{&subject_->log(), subject_->prefix(), subject_->patience(), subject_->session_timeout()});
  }
  void TearDown() override {
    scene_.reset();
    subject_.reset();
  }
  Scene& scene() { return *scene_; }
  Log& log() { return subject_->log(); }

 private:
  std::unique_ptr<LogUnderTest> subject_;
  std::unique_ptr<Scene> scene_;
};

// A group of one member with a spine of two partitions, and an output topic of two.
class CommitSuite : public LogSuite {
 protected:
  void SetUp() override;
  void TearDown() override;
  std::vector<Position> at(std::int64_t next, std::string metadata) const { return suite::at({spine, 0}, next, std::move(metadata)); }
  std::unique_ptr<Committer> committer() { return scene().committer(id, {out}); }
  // Right in everything but that nobody of this name has joined: the log refuses it, and the transaction stays open.
  Identity stranger() { return {.group = group, .member = "stranger", .instance = {}, .generation = member->identity().generation}; }

  std::string spine, out, group, id;
  std::unique_ptr<Member> member;
};

// Groups and their members; a spine of four partitions.
class MembershipSuite : public LogSuite {
 protected:
  void SetUp() override;
  std::string spine, group;
};

}  // namespace due::log::suite
