#include "tests/integration/log_suite.h"

#include <thread>

namespace due::log::suite {

void CommitSuite::SetUp() {
  LogSuite::SetUp();
  if (IsSkipped()) return;
  spine = scene().topic("spine", 2);
  out = scene().topic("out", 2);
  group = scene().name("group");
  id = scene().name("writer");
  member = scene().sole_member(group, {spine});
}

void CommitSuite::TearDown() {
  member.reset();
  LogSuite::TearDown();
}

namespace {

using Strings = std::vector<std::string>;

constexpr InputTag one{1}, two{2};
constexpr Duration moment{20};

// A limit on sizes counts bytes after compression, so these do not compress.
std::string noise(std::size_t size) {
  std::string text;
  for (std::uint32_t x = 1; text.size() < size; x = x * 1'664'525 + 1'013'904'223) text.push_back(static_cast<char>(x >> 24));
  return text;
}

// ---------------------------------------------------------------------------------------------------------------- reading

TEST_P(LogSuite, GivesRecordsBackInTheOrderOfTheirOffsets) {
  const std::string topic = scene().topic("plain", 2);
  scene().publish_values({topic, 0}, {"a", "b", "c"});
  scene().publish_values({topic, 1}, {"x"});
  const std::vector<Seen> seen = scene().read_all({topic, 0});
  EXPECT_EQ(values_of(seen), (Strings{"a", "b", "c"}));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].offset.value, static_cast<std::int64_t>(i));
  EXPECT_EQ(scene().values({topic, 1}), Strings{"x"});
}

TEST_P(LogSuite, TellsNullFromEmptyInKeysAndValuesAndKeepsHeadersInOrder) {
  const std::string topic = scene().topic("nulls");
  scene().publish({topic, 0}, {{.key = std::nullopt, .value = "no key", .headers = {{"b", "2"}, {"a", ""}, {"b", "3"}}},
                               {.key = "tombstone", .value = std::nullopt, .headers = {}},
                               {.key = "", .value = "", .headers = {}}});
  const std::vector<Seen> seen = scene().read_all({topic, 0});
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].key, std::nullopt);
  EXPECT_EQ(seen[0].value, "no key");
  EXPECT_EQ(seen[0].headers, (std::vector<std::pair<std::string, std::string>>{{"b", "2"}, {"a", ""}, {"b", "3"}}));
  EXPECT_EQ(seen[1].key, "tombstone");
  EXPECT_EQ(seen[1].value, std::nullopt);
  EXPECT_EQ(seen[2].key, "");
  EXPECT_EQ(seen[2].value, "");
  EXPECT_TRUE(seen[2].headers.empty());
}

TEST_P(LogSuite, KeepsTheProducersTimestampToTheMillisecond) {
  const std::string topic = scene().topic("create-time", 1, {{"message.timestamp.type", "CreateTime"}});
  const EventTime then{1'736'000'000'123'000};
  scene().publish({topic, 0}, {{.key = "k", .value = "v", .headers = {}, .timestamp = then}});
  const std::vector<Seen> seen = scene().read_all({topic, 0});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].timestamp, then);
}

TEST_P(LogSuite, StampsRecordsWithItsOwnClockUnderLogAppendTime) {
  const std::string topic = scene().topic("append-time", 1, {{"message.timestamp.type", "LogAppendTime"}});
  const EventTime long_ago{1'000'000'000'000'000};
  scene().publish({topic, 0}, {{.key = "k", .value = "v", .headers = {}, .timestamp = long_ago}});
  const std::vector<Seen> seen = scene().read_all({topic, 0});
  ASSERT_EQ(seen.size(), 1U);
  const std::int64_t apart = log().time().wall().micros - seen[0].timestamp.micros;
  EXPECT_LT(std::abs(apart), 300'000'000) << "five minutes: the clocks of two machines, and the test's own time";
}

TEST_P(LogSuite, StartsReadingAtTheOffsetThatIsAskedFor) {
  const std::string topic = scene().topic("from");
  scene().publish_values({topic, 0}, {"a", "b", "c", "d"});
  Viewer viewer = scene().view({{{topic, 0}, Offset{2}, one}});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && viewer.seen.size() >= 2; }));
  EXPECT_EQ(values_of(viewer.seen), (Strings{"c", "d"}));
}

TEST_P(LogSuite, ReadsSeveralInputsAndTellsThemApartByTheirTags) {
  const std::string topic = scene().topic("inputs", 2);
  scene().publish_values({topic, 0}, {"a", "b"});
  scene().publish_values({topic, 1}, {"x", "y"});
  Viewer viewer = scene().view({{{topic, 0}, Offset{0}, one}, {{topic, 1}, Offset{0}, two}});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(1, moment) && viewer.seen.size() >= 4; })) << "one record per poll";
  Strings first, second;
  for (const Seen& s : viewer.seen) (s.input == one ? first : second).push_back(s.value.value_or(""));
  EXPECT_EQ(first, (Strings{"a", "b"}));
  EXPECT_EQ(second, (Strings{"x", "y"}));
}

TEST_P(LogSuite, SaysThatTheEndOfAnEmptyInputWasSeen) {
  const std::string topic = scene().topic("empty");
  Viewer viewer = scene().view({{{topic, 0}, Offset{0}, one}});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && viewer.progress.contains(one); }));
  EXPECT_EQ(viewer.progress[one].next, Offset{0});
  EXPECT_TRUE(viewer.progress[one].at_end);
}

TEST_P(LogSuite, SaysThatTheEndWasSeenAgainAfterMoreRecordsCame) {
  const std::string topic = scene().topic("more");
  Viewer viewer = scene().view({{{topic, 0}, Offset{0}, one}});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && viewer.progress[one].at_end; }));
  scene().publish_values({topic, 0}, {"a"});
  ASSERT_TRUE(scene().until([&] {
    return viewer.poll(100, moment) && viewer.progress[one].at_end && viewer.progress[one].next == Offset{1};
  }));
  EXPECT_EQ(values_of(viewer.seen), Strings{"a"});
}

TEST_P(LogSuite, WakesAReaderWhenSomebodyElsePublishes) {
  const std::string topic = scene().topic("wake");
  Viewer viewer = scene().view({{{topic, 0}, Offset{0}, one}});
  std::thread other{[&] { scene().publish_values({topic, 0}, {"late"}); }};
  const bool came = scene().until([&] { return viewer.poll(100, Duration{1'000}) && !viewer.seen.empty(); });
  other.join();
  EXPECT_TRUE(came);
  EXPECT_EQ(values_of(viewer.seen), Strings{"late"});
}

TEST_P(LogSuite, KeepsAPausedInputBackUntilItIsResumed) {
  const std::string topic = scene().topic("pause", 2);
  Viewer viewer = scene().view({{{topic, 0}, Offset{0}, one}, {{topic, 1}, Offset{0}, two}});
  viewer.reader().pause(one);
  scene().publish_values({topic, 0}, {"held"});
  scene().publish_values({topic, 1}, {"free"});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && !viewer.seen.empty(); }));
  EXPECT_EQ(values_of(viewer.seen), Strings{"free"});
  viewer.reader().resume(one);
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && viewer.seen.size() == 2; }));
  EXPECT_EQ(viewer.seen[1].value, "held");
}

TEST_P(LogSuite, ShowsNothingOfAnInputThatWasRemovedAndShowsItUnderItsNewTagAfterwards) {
  const std::string topic = scene().topic("remove");
  scene().publish_values({topic, 0}, {"a", "b"});
  Viewer viewer = scene().view({{{topic, 0}, Offset{0}, one}});
  viewer.reader().remove({{one}});
  const Assignment again{{topic, 0}, Offset{1}, two};
  ASSERT_TRUE(viewer.reader().add({&again, 1}));
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && !viewer.seen.empty(); }));
  ASSERT_EQ(viewer.seen.size(), 1U);
  EXPECT_EQ(viewer.seen[0].input, two);
  EXPECT_EQ(viewer.seen[0].value, "b");
}

TEST_P(LogSuite, KeepsTheViewsOfABatchValidWhileLaterBatchesAreRead) {
  const std::string topic = scene().topic("views");
  scene().publish_values({topic, 0}, {"first"});
  auto reader = log().reader(Isolation::read_committed);
  ASSERT_TRUE(reader);
  const Assignment input{{topic, 0}, Offset{0}, one};
  ASSERT_TRUE((*reader)->add({&input, 1}));
  std::unique_ptr<Batch> kept;
  ASSERT_TRUE(scene().until([&] {
    auto polled = (*reader)->poll(1, moment);
    if (polled) kept = std::move(*polled);
    return kept && !kept->records().empty();
  }));
  for (int i = 0; i < 50; ++i) scene().publish_values({topic, 0}, {std::string(1'000, 'x')});
  ASSERT_TRUE(scene().until([&] {
    auto polled = (*reader)->poll(1'000, moment);
    return polled && !(*polled)->progress().empty() && (*polled)->progress().back().next >= Offset{51};
  }));
  reader->reset();
  EXPECT_EQ(kept->records()[0].value, "first");
}

TEST_P(LogSuite, RefusesAPositionBehindTheEndAndNamesItsBounds) {
  const std::string topic = scene().topic("range");
  scene().publish_values({topic, 0}, {"a", "b"});
  Viewer viewer = scene().view({{{topic, 0}, Offset{77}, one}});
  Status refused = Done{};
  ASSERT_TRUE(scene().until([&] {
    refused = viewer.poll(100, moment);
    return !refused;
  })) << "a position behind the end was not refused";
  EXPECT_EQ(refused.error().remedy, Remedy::stop);
  for (const std::string& part : {topic, std::string{"77"}, std::string{"2"}})
    EXPECT_NE(refused.error().what.find(part), std::string::npos) << part << " is missing in: " << refused.error().what;
}

TEST_P(LogSuite, ReadsFromTheVeryEndWithoutComplaint) {
  const std::string topic = scene().topic("edge");
  scene().publish_values({topic, 0}, {"a", "b"});
  Viewer viewer = scene().view({{{topic, 0}, Offset{2}, one}});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && viewer.progress[one].at_end; }));
  EXPECT_EQ(viewer.progress[one].next, Offset{2});
  EXPECT_TRUE(viewer.seen.empty());
}

// ----------------------------------------------------------------------------------------------------------------- topics

TEST_P(LogSuite, CreatesATopicOnceAndLeavesItAsItIsAfterwards) {
  const std::string topic =
      scene().topic("once", 3, {{"retention.ms", "86400000"}, {"message.timestamp.type", "LogAppendTime"}, {"max.message.bytes", "2000"}});
  const TopicInfo first = scene().described(topic);
  EXPECT_EQ(first.name, topic);
  EXPECT_FALSE(first.id.empty());
  EXPECT_EQ(first.partitions, 3);
  EXPECT_EQ(first.retention_ms, 86'400'000);
  EXPECT_EQ(first.message_bytes_max, 2'000);
  EXPECT_TRUE(first.log_append_time);
  const TopicSpec other{topic, 7, {}};
  ASSERT_TRUE(log().create({&other, 1}));
  const TopicInfo second = scene().described(topic);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.partitions, 3);
}

TEST_P(LogSuite, DescribesKafkasDefaultsAndUnlimitedRetention) {
  const TopicInfo plain = scene().described(scene().topic("defaults"));
  EXPECT_EQ(plain.message_bytes_max, 1'048'588);
  EXPECT_FALSE(plain.log_append_time);
  const TopicInfo kept = scene().described(scene().topic("kept", 1, {{"retention.ms", "-1"}}));
  EXPECT_LT(kept.retention_ms, 0);
  EXPECT_NE(plain.id, kept.id);
}

TEST_P(LogSuite, DescribesSettingsByKafkasNamesDefaultsIncluded) {
  const TopicInfo info = scene().described(scene().topic("settings", 2, {{"retention.ms", "-1"}, {"segment.ms", "86400000"}}));
  EXPECT_EQ(info.config.at("retention.ms"), "-1");
  EXPECT_EQ(info.config.at("segment.ms"), "86400000");
  EXPECT_EQ(info.config.at("cleanup.policy"), "delete");
  EXPECT_EQ(info.config.at("message.timestamp.type"), "CreateTime");
  EXPECT_EQ(info.config.at("max.message.bytes"), "1048588");
  EXPECT_EQ(info.replicas, 1);
}

TEST_P(LogSuite, SaysWhichLogItIs) {
  const auto first = log().cluster(), second = log().cluster();
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_FALSE(first->empty());
  EXPECT_EQ(*first, *second);
}

TEST_P(LogSuite, LeavesAbsentTopicsOutOfADescription) {
  const Strings asked{scene().name("absent"), scene().topic("present")};
  const auto infos = log().describe(asked);
  ASSERT_TRUE(infos);
  ASSERT_EQ(infos.value().size(), 1U);
  EXPECT_EQ(infos.value()[0].name, asked[1]);
}

TEST_P(LogSuite, RefusesTheBoundsOfATopicThatIsAbsent) {
  EXPECT_FALSE(log().bounds({scene().name("absent"), 0}, Isolation::read_committed));
}

TEST_P(LogSuite, RefusesARecordAboveTheTopicsSizeLimitAndTakesTheNextOne) {
  const std::string topic = scene().topic("oversize", 1, {{"max.message.bytes", "1000"}});
  const std::string big = noise(5'000);
  auto publisher = log().publisher();
  ASSERT_TRUE(publisher);
  Status refused = (*publisher)->send({topic, 0, "k", big, {}, EventTime{1}});
  if (refused) refused = (*publisher)->flush();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find(topic), std::string::npos) << refused.error().what;
  scene().publish_values({topic, 0}, {"small"});
  EXPECT_EQ(scene().values({topic, 0}), Strings{"small"});
}

// ------------------------------------------------------------------------------------------------------------- committing

TEST_P(CommitSuite, ShowsRecordsAndPositionsOfACleanCommitTogether) {
  auto writer = committer();
  const OutputRecord first[] = {output(0, 0, "a"), output(0, 1, "x")}, second[] = {output(0, 0, "b")};
  writer->commit({.batches = {first, second}, .positions = at(5, "batch 1"), .identity = member->identity()});
  std::optional<Committed> outcome;
  ASSERT_TRUE(scene().until([&] { return (outcome = writer->wait(moment)).has_value(); }));
  EXPECT_EQ(outcome->outcome, Outcome::clean) << outcome->why;
  EXPECT_EQ(scene().values({out, 0}), (Strings{"a", "b"}));
  EXPECT_EQ(scene().values({out, 1}), Strings{"x"});
  const auto position = scene().position(group, {spine, 0});
  ASSERT_TRUE(position);
  EXPECT_EQ(position->next, Offset{5});
  EXPECT_EQ(position->metadata, "batch 1");
  EXPECT_FALSE(writer->wait(moment)) << "the outcome is told once";
}

TEST_P(CommitSuite, KnowsNoPositionThatWasNeverCommitted) {
  EXPECT_EQ(scene().position(group, {spine, 1}), std::nullopt);
  EXPECT_EQ(scene().position(scene().name("nobody"), {spine, 0}), std::nullopt);
}

TEST_P(CommitSuite, KeepsNewMetadataOfAPositionThatDidNotMove) {
  auto writer = committer();
  const std::string binary{"\x01 7:ab\tcd=", 10};
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "a")}, at(5, "first"), member->identity()).outcome, Outcome::clean);
  ASSERT_EQ(scene().commit(*writer, {}, at(5, binary), member->identity()).outcome, Outcome::clean);
  const auto position = scene().position(group, {spine, 0});
  ASSERT_TRUE(position);
  EXPECT_EQ(position->next, Offset{5});
  EXPECT_EQ(position->metadata, binary);
}

TEST_P(CommitSuite, CommitsOneTransactionAfterAnotherThroughOneCommitter) {
  auto writer = committer();
  Strings expected;
  for (int i = 0; i < 10; ++i) {
    expected.push_back("value " + std::to_string(i));
    ASSERT_EQ(scene().commit(*writer, {output(0, 0, expected.back())}, at(i + 1, std::to_string(i)), member->identity()).outcome,
              Outcome::clean);
  }
  EXPECT_EQ(scene().values({out, 0}), expected);
}

TEST_P(CommitSuite, LeavesGapsWhereMarkersStandAndProgressPassesThem) {
  auto writer = committer();
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "a")}, at(1, "1"), member->identity()).outcome, Outcome::clean);
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "b")}, at(2, "2"), member->identity()).outcome, Outcome::clean);
  Viewer viewer = scene().view({{{out, 0}, Offset{0}, one}});
  ASSERT_TRUE(scene().until([&] { return viewer.poll(100, moment) && viewer.progress[one].at_end && viewer.seen.size() == 2; }));
  EXPECT_GT(viewer.seen[1].offset, viewer.seen[0].offset.next());
  EXPECT_GT(viewer.progress[one].next, viewer.seen[1].offset.next());
  EXPECT_EQ(viewer.progress[one].next, scene().bounds({out, 0}).end);
}

TEST_P(CommitSuite, StampsOutputsWithItsOwnClockAndTellsIt) {
  const std::string stamped = scene().topic("stamped", 1, {{"message.timestamp.type", "LogAppendTime"}});
  auto writer = scene().committer(id, {stamped});
  const Committed done = scene().commit(*writer, {output(0, 0, "a")}, at(1, "1"), member->identity());
  ASSERT_EQ(done.outcome, Outcome::clean);
  const std::vector<Seen> seen = scene().read_all({stamped, 0});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_LT(std::abs(log().time().wall().micros - seen[0].timestamp.micros), 300'000'000);
  if (done.log_time) {
    EXPECT_LT(std::abs(done.log_time->micros - seen[0].timestamp.micros), 60'000'000);
  }
}

TEST_P(CommitSuite, RefusesACommitWithoutAGenerationWhileTheGroupHasMembers) {
  auto writer = committer();
  const Identity nobody{.group = group, .member = {}, .instance = {}};
  EXPECT_EQ(scene().commit(*writer, {output(0, 0, "a")}, at(1, "1"), nobody).outcome, Outcome::doubtful);
  writer = committer();
  EXPECT_EQ(scene().position(group, {spine, 0}), std::nullopt);
  EXPECT_TRUE(scene().values({out, 0}).empty());
}

TEST_P(CommitSuite, RefusesACommitOfAStrangerInThePresentGeneration) {
  auto writer = committer();
  EXPECT_EQ(scene().commit(*writer, {output(0, 0, "a")}, at(1, "1"), stranger()).outcome, Outcome::doubtful);
  writer = committer();
  EXPECT_EQ(scene().position(group, {spine, 0}), std::nullopt);
  EXPECT_TRUE(scene().values({out, 0}).empty());
}

TEST_P(CommitSuite, RefusesAGenerationThatHasPassed) {
  const Identity before = member->identity();
  auto other = scene().join(group, {}, {spine});
  ASSERT_TRUE(scene().settle({member.get(), other.get()}, [&] { return member->owned().size() == 1 && other->owned().size() == 1; }));
  ASSERT_NE(member->identity().generation, before.generation);
  auto writer = committer();
  const Committed refused = scene().commit(*writer, {output(0, 0, "late")}, at(1, "late"), before);
  EXPECT_EQ(refused.outcome, Outcome::doubtful);
  EXPECT_FALSE(refused.why.empty());
  writer = committer();
  EXPECT_EQ(scene().position(group, {spine, 0}), std::nullopt);
  EXPECT_TRUE(scene().values({out, 0}).empty());
  ASSERT_TRUE(scene().settle({member.get(), other.get()}, [&] { return member->identity().generation >= 0; }));
  EXPECT_EQ(scene().commit(*writer, {output(0, 0, "again")}, at(1, "again"), member->identity()).outcome, Outcome::clean);
  EXPECT_EQ(scene().values({out, 0}), Strings{"again"});
}

TEST_P(CommitSuite, HidesWhatWasNotCommittedAndEndsItWhenTheIdIsOpenedAgain) {
  auto writer = committer();
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "kept")}, at(1, "1"), member->identity()).outcome, Outcome::clean);
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "gone")}, at(2, "2"), stranger()).outcome, Outcome::doubtful);
  writer.reset();
  writer = committer();
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "then")}, at(2, "2b"), member->identity()).outcome, Outcome::clean);
  EXPECT_EQ(scene().values({out, 0}), (Strings{"kept", "then"}));
  EXPECT_EQ(scene().bounds({out, 0}).end, scene().bounds({out, 0}, Isolation::read_uncommitted).end);
  EXPECT_EQ(scene().position(group, {spine, 0})->metadata, "2b");
}

TEST_P(CommitSuite, HoldsTheStableEndBeforeAnOpenTransactionAndShowsItsRecordsToTheUncommittedOnly) {
  scene().publish_values({out, 0}, {"before"});
  auto writer = committer();
  ASSERT_EQ(scene().commit(*writer, {output(0, 0, "open")}, at(1, "1"), stranger()).outcome, Outcome::doubtful);
  scene().publish_values({out, 0}, {"after"});
  const Bounds all = scene().bounds({out, 0}, Isolation::read_uncommitted);
  if (all.end == Offset{3}) {  // the refused records were sent before the refusal, as they are when they are large
    EXPECT_EQ(scene().bounds({out, 0}).end, Offset{1});
    EXPECT_EQ(scene().values({out, 0}), Strings{"before"});
    EXPECT_EQ(scene().values({out, 0}, Isolation::read_uncommitted), (Strings{"before", "open", "after"}));
  }
  writer.reset();
  writer = committer();
  EXPECT_EQ(scene().values({out, 0}), (Strings{"before", "after"}));
}

TEST_P(CommitSuite, FencesAnOlderHolderOfATransactionalId) {
  auto zombie = committer();
  ASSERT_EQ(scene().commit(*zombie, {output(0, 0, "first")}, at(1, "1"), member->identity()).outcome, Outcome::clean);
  auto heir = committer();
  EXPECT_EQ(scene().commit(*zombie, {output(0, 0, "zombie")}, at(9, "zombie"), member->identity()).outcome, Outcome::doubtful);
  EXPECT_EQ(scene().commit(*heir, {output(0, 0, "heir")}, at(2, "2"), member->identity()).outcome, Outcome::clean);
  EXPECT_EQ(scene().values({out, 0}), (Strings{"first", "heir"}));
  EXPECT_EQ(scene().position(group, {spine, 0})->metadata, "2");
}

TEST_P(CommitSuite, RefusesATransactionWithAnOversizeRecordAsAWhole) {
  const std::string small = scene().topic("small", 1, {{"max.message.bytes", "1000"}});
  const std::string big = noise(5'000);
  auto writer = scene().committer(id, {out, small});
  const Committed refused = scene().commit(*writer, {output(0, 0, "fits"), output(1, 0, big)}, at(1, "1"), member->identity());
  EXPECT_EQ(refused.outcome, Outcome::doubtful);
  EXPECT_FALSE(refused.why.empty());
  writer.reset();
  writer = scene().committer(id, {out, small});
  EXPECT_TRUE(scene().values({out, 0}).empty());
  EXPECT_TRUE(scene().values({small, 0}).empty());
  EXPECT_EQ(scene().position(group, {spine, 0}), std::nullopt);
}

// What is sent for a partition at once must stay below its topic's limit, even if it does not compress.
TEST_P(CommitSuite, CommitsManyTimesTheSizeLimitOfATopicTogether) {
  constexpr int records = 40;
  const std::string narrow = scene().topic("narrow", 1, {{"max.message.bytes", "100000"}});
  ASSERT_TRUE(log().describe(Strings{narrow}));  // as a run does at its start
  const std::string value = noise(20'000);
  const std::vector<OutputRecord> batch(records, output(1, 0, value));
  auto writer = scene().committer(id, {out, narrow});
  const Committed outcome = scene().commit(*writer, batch, at(1, "1"), member->identity());
  EXPECT_EQ(outcome.outcome, Outcome::clean) << outcome.why;
  EXPECT_TRUE(scene().values({narrow, 0}) == Strings(records, value)) << "not all, or not as they were";
}

TEST_P(CommitSuite, KeepsTheCommitsOfTwoTransactionalIdsApart) {
  auto first = committer();
  auto second = scene().committer(scene().name("second"), {out});
  ASSERT_EQ(scene().commit(*first, {output(0, 0, "a")}, at(1, "1"), member->identity()).outcome, Outcome::clean);
  ASSERT_EQ(scene().commit(*second, {output(0, 0, "b")}, suite::at({spine, 1}, 4, "other"), member->identity()).outcome, Outcome::clean);
  EXPECT_EQ(scene().values({out, 0}), (Strings{"a", "b"}));
  EXPECT_EQ(scene().position(group, {spine, 0})->metadata, "1");
  EXPECT_EQ(scene().position(group, {spine, 1})->metadata, "other");
}

}  // namespace
}  // namespace due::log::suite
