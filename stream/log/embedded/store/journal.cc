#include "stream/log/embedded/store/journal.h"

#include <cstdio>

#include "schemas/base/bytes.h"

namespace due::log::embedded::store {
namespace {

enum : std::uint8_t { topic_entry = 1, producer_entry = 2, decision_entry = 3 };

std::uint64_t plain(std::int64_t value) { return static_cast<std::uint64_t>(value); }

struct EntryWriter {
  ByteWriter out;
  void operator()(const TopicEntry& e) {
    out.byte(topic_entry);
    out.text(e.spec.name);
    out.text(e.id);
    out.varint(plain(e.spec.partitions));
    out.varint(e.spec.config.size());
    for (const auto& [name, value] : e.spec.config) {
      out.text(name);
      out.text(value);
    }
  }
  void operator()(const ProducerEntry& e) {
    out.byte(producer_entry);
    out.text(e.transactional_id);
    out.varint(plain(e.producer));
    out.varint(plain(e.epoch));
    out.varint(plain(e.timeout.count()));
  }
  void operator()(const Decision& e) {
    out.byte(decision_entry);
    out.zigzag(e.producer);
    out.varint(e.spans.size());
    for (const Span& s : e.spans) {
      out.text(s.partition.topic);
      out.varint(plain(s.partition.partition));
      out.varint(plain(s.first.value));
      out.varint(plain(s.last.value));
    }
    out.text(e.group);
    out.varint(e.positions.size());
    for (const Position& p : e.positions) {
      out.text(p.partition.topic);
      out.varint(plain(p.partition.partition));
      out.varint(plain(p.next.value));
      out.text(p.metadata);
    }
  }
};

std::int64_t whole(ByteReader& in) { return static_cast<std::int64_t>(in.varint()); }
std::int32_t small(ByteReader& in) { return static_cast<std::int32_t>(in.varint()); }

TopicEntry read_topic(ByteReader& in) {
  TopicEntry e;
  e.spec.name = in.text();
  e.id = in.text();
  e.spec.partitions = small(in);
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    const std::string name{in.text()};
    e.spec.config[name] = in.text();
  }
  return e;
}

ProducerEntry read_producer(ByteReader& in) {
  ProducerEntry e;
  e.transactional_id = in.text();
  e.producer = whole(in);
  e.epoch = small(in);
  e.timeout = Duration{whole(in)};
  return e;
}

Decision read_decision(ByteReader& in) {
  Decision e;
  e.producer = in.zigzag();
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    Span s;
    s.partition.topic = in.text();
    s.partition.partition = small(in);
    s.first.value = whole(in);
    s.last.value = whole(in);
    e.spans.push_back(std::move(s));
  }
  e.group = in.text();
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    Position p;
    p.partition.topic = in.text();
    p.partition.partition = small(in);
    p.next.value = whole(in);
    p.metadata = in.text();
    e.positions.push_back(std::move(p));
  }
  return e;
}

std::string frame_of(const JournalEntry& entry, std::int64_t sequence, EventTime at) {
  const std::string body = encode(entry);
  std::string frame;
  append_frame(frame, FrameKind::journal, {.value = body, .timestamp = at});
  stamp_frames(frame, {.offset = sequence, .checked = true});
  return frame;
}

}  // namespace

std::string encode(const JournalEntry& entry) {
  std::string bytes;
  std::visit(EntryWriter{ByteWriter{bytes}}, entry);
  return bytes;
}

Result<JournalEntry> decode(std::string_view bytes) {
  ByteReader in{bytes};
  JournalEntry entry;
  const std::uint8_t kind = in.byte();
  switch (kind) {
    case topic_entry: entry = read_topic(in); break;
    case producer_entry: entry = read_producer(in); break;
    case decision_entry: entry = read_decision(in); break;
    default: return Error{Remedy::stop, "a journal entry of kind " + std::to_string(kind) + " is newer than this program: upgrade it"};
  }
  if (!in.ok() || !in.done()) return Error{Remedy::stop, "a journal entry of kind " + std::to_string(kind) + " has another shape"};
  return entry;
}

Result<Journal> Journal::open(const std::string& path, Access access, const std::function<Status(JournalEntry)>& on_entry) {
  auto file = FileStore::open(path, access);
  if (!file) return file.error();
  Journal journal{std::move(*file)};
  const Status scanned = scan(*journal.file_, [&](const Frame& frame, std::int64_t) -> Status {
    auto entry = decode(frame.value().value_or(std::string_view{}));
    if (!entry) return Error{Remedy::stop, path + ": " + entry.error().what};
    journal.next_ = frame.head.offset + 1;
    return on_entry(std::move(*entry));
  });
  if (!scanned) return scanned.error();
  return journal;
}

Status Journal::append(const JournalEntry& entry, EventTime at) {
  if (Status written = file_->append(frame_of(entry, next_, at)); !written) return written;
  ++next_;
  return Done{};
}

Status Journal::compact(const std::vector<JournalEntry>& entries, EventTime at) {
  const std::string path = file_->path(), fresh_path = path + ".new";
  auto fresh = FileStore::open(fresh_path, Access::read_write);
  if (!fresh) return fresh.error();
  if (Status emptied = (*fresh)->cut(0); !emptied) return emptied;
  std::string frames;
  std::int64_t sequence = 0;
  for (const JournalEntry& e : entries) frames += frame_of(e, sequence++, at);
  if (Status written = (*fresh)->append(frames); !written) return written;
  if (Status synced = (*fresh)->sync(); !synced) return synced;
  fresh->reset();
  if (std::rename(fresh_path.c_str(), path.c_str()) != 0) return system_error("replacing", path);
  auto reopened = FileStore::open(path, Access::read_write);
  if (!reopened) return reopened.error();
  file_ = std::move(*reopened);
  next_ = sequence;
  return Done{};
}

}  // namespace due::log::embedded::store
