#include "tests/simulator/run/collect.h"

#include "schemas/base/result.h"

namespace due::sim {
namespace {

using log::embedded::store::Frame;
using log::embedded::store::FrameKind;

oracle::Entry entry_of(const Frame& frame) {
  oracle::Entry e;
  e.kind = frame.head.kind == FrameKind::data            ? oracle::Entry::Kind::data
           : frame.head.kind == FrameKind::commit_marker ? oracle::Entry::Kind::commit
                                                         : oracle::Entry::Kind::abort;
  e.offset = frame.head.offset;
  e.producer = frame.head.producer;
  e.epoch = frame.head.epoch;
  e.key = frame.key();
  e.value = frame.value();
  std::vector<log::Header> headers;
  frame.append_headers(headers);
  for (const log::Header& h : headers) e.headers.emplace_back(h.name, h.value);
  return e;
}

std::vector<oracle::Entry> entries_of(const log::embedded::store::PartitionLog& log) {
  std::vector<oracle::Entry> all;
  for (std::int64_t at = 0; at < log.store().size();) {
    const auto block = log.store().read(at, log.store().size());
    check(block.has_value(), "the broker's store cannot be read");
    std::string_view left = block->bytes;
    Frame frame;
    while (split_frame(left, false, frame) == log::embedded::store::FrameState::whole) {
      all.push_back(entry_of(frame));
      at += frame.head.size;
      left.remove_prefix(frame.head.size);
    }
  }
  return all;
}

}  // namespace

oracle::Evidence collect(World& world, const std::vector<oracle::Posted>& posted) {
  oracle::Evidence evidence;
  evidence.posted = posted;
  evidence.tasks = world.plan().partitions;
  evidence.parked_micros = world.plan().parked;
  if (world.plan().decision_bytes_max > 0) evidence.message_bytes_max["decisions"] = world.plan().decision_bytes_max;
  if (world.plan().dead_letter_bytes_max > 0) evidence.message_bytes_max["dead-letters"] = world.plan().dead_letter_bytes_max;
  if (world.plan().credit_note_bytes_max > 0) evidence.message_bytes_max["credit-notes"] = world.plan().credit_note_bytes_max;
  evidence.complete = !world.refusal_due();
  const auto locked = world.broker().lock();
  const auto take = [&](const log::embedded::Topic& topic) {
    for (std::size_t p = 0; p < topic.partitions.size(); ++p)
      evidence.partitions[{topic.info.name, static_cast<int>(p)}] = entries_of(*topic.partitions[p]);
  };
  for (const auto& [name, topic] : world.broker().topics(locked).all()) take(*topic);
  for (const auto& topic : world.broker().topics(locked).retired()) take(*topic);  // what was read was read from these
  for (const oracle::Part& part : oracle::parts())
    for (int p = 0; p < world.plan().partitions; ++p)
      if (const auto found = world.broker().transactions(locked).committed("sim", {part.inputs[0], p}))
        evidence.positions[{part.inputs[0], p}] = {found->next.value, found->metadata};
  return evidence;
}

std::vector<oracle::Entry> collect_partition(World& world, const log::TopicPartition& partition) {
  const auto locked = world.broker().lock();
  const auto found = world.broker().topics(locked).partition(partition);
  check(found.has_value(), "a partition is not there");
  return entries_of(**found);
}

std::int64_t records_stored(World& world) {
  std::int64_t n = 0;
  const auto locked = world.broker().lock();
  for (const auto& [name, topic] : world.broker().topics(locked).all())
    for (const auto& partition : topic->partitions) n += partition->end().value;
  return n;
}

}  // namespace due::sim
