// stream/log/embedded/store/frame.h
// The one form in which records, markers and journal entries are stored, on disk and in memory.
//
//   Shape    docs/formats/embedded-log.md; little-endian, back to back, no padding:
//              frame   := head key value header*        head is FrameHead, 48 bytes
//              header  := name_size:u32 value_size:u32 name value
//            offsets within a file are gapless: every frame takes one, markers as well
//   Units    timestamp: microseconds since 1970-01-01 UTC, whole milliseconds as in Kafka
//   Errors   split_frame says what is wrong with the first frame of a byte string; it never reads past its end
//   Clock    none
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stream/log/log.h"

namespace due::log::embedded::store {

enum class FrameKind : std::uint16_t {
  data = 1,           // one record
  commit_marker = 2,  // the producer's records since its last marker in this partition are visible
  abort_marker = 3,   // ... are void
  journal = 4,        // an entry of the journal, in the value
};

struct FrameHead {
  std::uint32_t size = 0;      // of the whole frame, head included
  std::uint32_t check = 0;     // low 32 bits of XXH3-64 over all that follows this field; 0 in memory, where nobody looks
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;
  std::int64_t producer = -1;  // below 0: no transaction
  std::int32_t epoch = -1;
  FrameKind kind = FrameKind::data;
  std::uint16_t headers = 0;
  std::int32_t key_size = -1;    // below 0: null
  std::int32_t value_size = -1;  // below 0: null
};
static_assert(sizeof(FrameHead) == 48, "the head is stored as it lies in memory");

inline constexpr std::size_t header_count_max = 65'535;

// What of a record is known before it is appended.
struct Content {
  std::optional<std::string_view> key{}, value{};
  std::span<const Header> headers{};
  EventTime timestamp{};
};

void append_frame(std::string& out, FrameKind kind, const Content& content);

// What the log adds when frames are appended.
struct Stamp {
  std::int64_t offset = 0;  // of the first; the others follow without gaps
  std::int64_t producer = -1;
  std::int32_t epoch = -1;
  std::optional<EventTime> log_time{};  // present: replaces the producers' timestamps
  bool checked = false;               // fill in `check`
};
std::int64_t stamp_frames(std::string& frames, const Stamp& stamp);  // how many there are

struct Frame {
  FrameHead head;
  std::string_view bytes;  // all of it
  std::optional<std::string_view> key() const;
  std::optional<std::string_view> value() const;
  void append_headers(std::vector<Header>& out) const;
};

enum class FrameState {
  whole,
  cut,  // what there is may be the beginning of a frame
  bad,  // no frame begins like this
};

// The first frame of `bytes`; `check_it`: bad as well where its check does not fit.
FrameState split_frame(std::string_view bytes, bool check_it, Frame& frame);

}  // namespace due::log::embedded::store
