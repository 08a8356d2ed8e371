// The log in a directory: what a crash leaves behind, and who may open it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "stream/log/embedded/embedded_log.h"
#include "tests/integration/log_scene.h"

namespace due::log::suite {
namespace {

using embedded::EmbeddedLog;
using embedded::Fault;
using embedded::Options;
using embedded::Step;
using Strings = std::vector<std::string>;

class EmbeddedDirectory : public testing::Test {
 protected:
  void SetUp() override {
    path = std::filesystem::temp_directory_path() / ("due-directory-" + std::to_string(::getpid()));
    std::filesystem::remove_all(path);
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(path);
  }
  void open(Options options = {}) {
    close();
    options.directory = path;
    auto opened = EmbeddedLog::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    log = std::move(*opened);
    scene = std::make_unique<Scene>(Scene::Options{log.get(), "t-", Duration{20'000}, Duration{10'000}});
  }
  void close() {
    writer.reset();
    member.reset();
    scene.reset();
    log.reset();
  }
  Result<std::unique_ptr<EmbeddedLog>> reopened(Options options = {}) {
    close();
    options.directory = path;
    return EmbeddedLog::open(std::move(options));
  }
  // A spine, two outputs, a member and a writer.
  void stage() {
    spine = scene->topic("spine");
    out = scene->topic("out", 2);
    member = scene->sole_member("group", {spine});
    writer = scene->committer("writer", {out});
  }
  Committed commit(std::string_view value, const std::string& metadata) {
    return scene->commit(*writer, {output(0, 0, value), output(0, 1, value)}, at({spine, 0}, 1, metadata), member->identity());
  }
  std::string metadata() {
    const auto found = scene->position("group", {"t-spine", 0});
    return found ? found->metadata : "(none)";
  }
  std::filesystem::path data(int partition) const { return path / "topics" / "t-out" / (std::to_string(partition) + ".log"); }
  static void append(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream{file, std::ios::binary | std::ios::app} << bytes;
  }
  static void flip(const std::filesystem::path& file, std::int64_t at) {
    std::fstream bytes{file, std::ios::binary | std::ios::in | std::ios::out};
    bytes.seekg(at);
    const char old = static_cast<char>(bytes.get());
    bytes.seekp(at);
    bytes.put(static_cast<char>(old ^ 0x20));
  }
  // Another process commits "a", then "b", and is killed before the step of the second that is asked for.
  void kill_at(Step step, int skip) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool armed = false;
      open({.fault = [&armed, step, skip](Step at) mutable {
        if (armed && at == step && skip-- == 0) ::raise(SIGKILL);
        return Fault::none;
      }});
      stage();
      (void)commit("a", "1");
      armed = true;
      (void)commit("b", "2");
      ::_exit(1);  // was not killed
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the process ended before it could be killed";
  }

  std::filesystem::path path;
  std::string spine = "t-spine", out = "t-out";
  std::unique_ptr<EmbeddedLog> log;
  std::unique_ptr<Scene> scene;
  std::unique_ptr<Member> member;
  std::unique_ptr<Committer> writer;
};

TEST_F(EmbeddedDirectory, KeepsTopicsRecordsAndPositionsOverAReopenButNoMembers) {
  open();
  stage();
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  const TopicInfo before = scene->described(out);
  const Identity past = member->identity();
  open();
  EXPECT_EQ(scene->described(out).id, before.id);
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
  EXPECT_EQ(metadata(), "1");
  member = scene->sole_member("group", {spine});
  writer = scene->committer("writer", {out});
  EXPECT_EQ(scene->commit(*writer, {}, at({spine, 0}, 1, "past"), past).outcome, Outcome::doubtful);
  writer = scene->committer("writer", {out});
  EXPECT_EQ(commit("b", "2").outcome, Outcome::clean);
  EXPECT_EQ(scene->values({out, 0}), (Strings{"a", "b"}));
}

TEST_F(EmbeddedDirectory, IsTheSameLogAfterAReopenAndAMoveAndAnotherOneWhenMadeAnew) {
  open();
  const std::string first = *log->cluster();
  open();
  EXPECT_EQ(*log->cluster(), first);
  close();
  const std::filesystem::path moved = path.string() + "-moved";
  std::filesystem::rename(path, moved);
  EXPECT_EQ(*(*EmbeddedLog::open({.directory = moved, .read_only = true}))->cluster(), first);
  open();
  EXPECT_NE(*log->cluster(), first);
  std::filesystem::remove_all(moved);
}

TEST_F(EmbeddedDirectory, RefusesASecondWriterAndNamesTheDirectory) {
  open();
  const auto second = EmbeddedLog::open({.directory = path});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().remedy, Remedy::stop);
  EXPECT_NE(second.error().what.find(path.string()), std::string::npos) << second.error().what;
  EXPECT_NE(second.error().what.find("choose another directory"), std::string::npos) << second.error().what;
}

TEST_F(EmbeddedDirectory, LetsReadersShareItWhileNobodyWrites) {
  open();
  stage();
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  EXPECT_FALSE(EmbeddedLog::open({.directory = path, .read_only = true})) << "a writer is there";
  open({.read_only = true});
  const auto other = EmbeddedLog::open({.directory = path, .read_only = true});
  ASSERT_TRUE(other) << other.error().what;
  EXPECT_FALSE(EmbeddedLog::open({.directory = path})) << "readers are there";
  EXPECT_EQ(scene->values({out, 1}), Strings{"a"});
  EXPECT_EQ(metadata(), "1");
  EXPECT_FALSE(log->publisher());
  EXPECT_FALSE(log->open_committer({.transactional_id = "writer", .topics = {out}}));
  const TopicSpec more{"t-more", 1, {}};
  EXPECT_FALSE(log->create({&more, 1}));
}

TEST_F(EmbeddedDirectory, RefusesToReadADirectoryWithoutALog) {
  const auto absent = reopened({.read_only = true});
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().what.find(path.string()), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(EmbeddedDirectory, CutsATornTailAndGoesOnBehindIt) {
  open();
  stage();
  scene->publish_values({out, 0}, {"a", "b"});
  close();
  const auto whole = std::filesystem::file_size(data(0));
  std::filesystem::resize_file(data(0), whole - 1);
  open();
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
  scene->publish_values({out, 0}, {"c"});
  open();
  EXPECT_EQ(scene->values({out, 0}), (Strings{"a", "c"}));
}

TEST_F(EmbeddedDirectory, CutsATailOfGarbage) {
  open();
  stage();
  scene->publish_values({out, 0}, {"a"});
  close();
  append(data(0), std::string(300'000, '\x7f'));
  open({.read_only = true});
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"}) << "a reader looks past it";
  open();
  scene->publish_values({out, 0}, {"b"});
  EXPECT_EQ(scene->values({out, 0}), (Strings{"a", "b"}));
}

TEST_F(EmbeddedDirectory, RefusesAFileThatIsCorruptBeforeItsEnd) {
  open();
  stage();
  scene->publish_values({out, 0}, {"aaaa", "bbbb", "cccc"});
  close();
  flip(data(0), static_cast<std::int64_t>(std::filesystem::file_size(data(0)) / 2));
  const auto refused = reopened();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, Remedy::stop);
  EXPECT_NE(refused.error().what.find(data(0).string()), std::string::npos) << refused.error().what;
  EXPECT_NE(refused.error().what.find("offset 1"), std::string::npos) << refused.error().what;
}

TEST_F(EmbeddedDirectory, RefusesAJournalThatIsCorruptBeforeItsEnd) {
  open();
  stage();
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  close();
  flip(path / "journal", 60);
  EXPECT_FALSE(reopened());
}

TEST_F(EmbeddedDirectory, TakesATornDecisionForNone) {
  open();
  stage();
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  const auto markers = std::filesystem::file_size(data(0));
  ASSERT_EQ(commit("b", "2").outcome, Outcome::clean);
  close();
  std::filesystem::resize_file(path / "journal", std::filesystem::file_size(path / "journal") - 1);
  // What the crash would have left: the second transaction's records without their markers (48 bytes each).
  for (int p : {0, 1}) std::filesystem::resize_file(data(p), std::filesystem::file_size(data(p)) - 48);
  open();
  EXPECT_GT(std::filesystem::file_size(data(0)), markers);
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
  EXPECT_EQ(metadata(), "1");
}

TEST_F(EmbeddedDirectory, RefusesAJournalThatNamesRecordsWhichAreGone) {
  open();
  stage();
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  close();
  std::filesystem::resize_file(data(1), 0);
  const auto refused = reopened();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("t-out-1"), std::string::npos) << refused.error().what;
}

TEST_F(EmbeddedDirectory, LeavesATransactionThatACrashInterruptedOpenUntilItsIdIsOpenedAgain) {
  kill_at(Step::decide, 0);
  open();
  EXPECT_LT(scene->bounds({out, 0}).end, scene->bounds({out, 0}, Isolation::read_uncommitted).end);
  EXPECT_EQ(scene->values({out, 0}, Isolation::read_uncommitted), (Strings{"a", "b"}));
  open({.read_only = true});
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
  open();
  stage();
  EXPECT_EQ(scene->bounds({out, 0}).end, scene->bounds({out, 0}, Isolation::read_uncommitted).end);
  EXPECT_EQ(scene->values({out, 0}), Strings{"a"});
}

TEST_F(EmbeddedDirectory, KeepsAllOrNothingOfATransactionWhereverTheProcessIsKilled) {
  const struct {
    Step step;
    int skip;
    bool committed;
  } rows[] = {
      // killed before      times  is it there
      {Step::append,        0,     false},
      {Step::positions,     0,     false},
      {Step::decide,        0,     false},
      {Step::mark,          0,     true},
      {Step::mark,          1,     true},
      {Step::answer,        0,     true},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE("step " + std::to_string(static_cast<int>(row.step)) + ", time " + std::to_string(row.skip));
    std::filesystem::remove_all(path);
    kill_at(row.step, row.skip);
    const Strings expected = row.committed ? Strings{"a", "b"} : Strings{"a"};
    open({.read_only = true});
    EXPECT_EQ(scene->values({out, 1}), expected) << "to a reader before anybody has repaired it";
    open();
    EXPECT_EQ(metadata(), row.committed ? "2" : "1");
    EXPECT_EQ(scene->values({out, 0}), expected);
    EXPECT_EQ(scene->values({out, 1}), expected);
    stage();
    ASSERT_EQ(commit("c", "3").outcome, Outcome::clean);
    Strings then = expected;
    then.push_back("c");
    EXPECT_EQ(scene->values({out, 0}), then);
    EXPECT_EQ(scene->values({out, 1}), then);
  }
}

TEST_F(EmbeddedDirectory, ReadsAcrossBlocksAndFromTheMiddle) {
  open();
  const std::string big = scene->topic("big");
  Strings written;
  for (int i = 0; i < 1'500; ++i) written.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 7) * 200, 'x'));
  written[700] = std::string(900'000, 'y');
  scene->publish_values({big, 0}, written);
  EXPECT_EQ(scene->values({big, 0}), written);
  open();
  Viewer viewer = scene->view({{{big, 0}, Offset{650}, InputTag{1}}});
  ASSERT_TRUE(scene->until([&] { return viewer.poll(97, Duration{20}) && viewer.seen.size() >= 850; }));
  EXPECT_EQ(values_of(viewer.seen), (Strings{written.begin() + 650, written.end()}));
}

TEST_F(EmbeddedDirectory, RewritesALongJournalWhenItIsOpened) {
  open();
  stage();
  const std::string long_text(4'000, 'm');
  for (int i = 0; i < 1'100; ++i) ASSERT_EQ(commit("v", std::to_string(i) + long_text).outcome, Outcome::clean);
  close();
  ASSERT_GT(std::filesystem::file_size(path / "journal"), 4'000'000U);
  for (int i = 0; i < 2; ++i) {
    open();
    EXPECT_LT(std::filesystem::file_size(path / "journal"), 200'000U);
    EXPECT_EQ(metadata(), "1099" + long_text);
    EXPECT_EQ(scene->values({out, 0}).size(), 1'100U);
  }
  stage();
  ASSERT_EQ(commit("w", "last").outcome, Outcome::clean);
  open();
  EXPECT_EQ(metadata(), "last");
  EXPECT_EQ(scene->values({out, 0}).back(), "w");
}

TEST_F(EmbeddedDirectory, WritesThroughToTheDiskWhereItIsAskedTo) {
  open({.sync = true});
  stage();
  scene->publish_values({out, 0}, {"plain"});
  ASSERT_EQ(commit("a", "1").outcome, Outcome::clean);
  open({.sync = true});
  EXPECT_EQ(scene->values({out, 0}), (Strings{"plain", "a"}));
}

TEST_F(EmbeddedDirectory, RefusesNamesThatWouldLeaveTheDirectory) {
  open();
  const std::vector<TopicSpec> specs{{"../escape", 1, {}}, {"..", 1, {}}, {"", 1, {}}, {"a/b", 1, {}}};
  for (const TopicSpec& spec : specs) EXPECT_FALSE(log->create({&spec, 1})) << spec.name;
}

}  // namespace
}  // namespace due::log::suite
