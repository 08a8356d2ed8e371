#include "stream/log/embedded/store/frame.h"

#include <bit>
#include <cstring>

#include "schemas/base/hash.h"
#include "schemas/base/result.h"

namespace due::log::embedded::store {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are stored as they lie in memory");

constexpr std::size_t checked_from = offsetof(FrameHead, offset);

template <class T>
void append_raw(std::string& out, const T& value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

std::size_t size_of(const std::optional<std::string_view>& text) { return text ? text->size() : 0; }

std::int32_t stored_size(const std::optional<std::string_view>& text) {
  return text ? static_cast<std::int32_t>(text->size()) : std::int32_t{-1};
}

std::uint32_t check_of(const char* frame, std::size_t size) {
  return static_cast<std::uint32_t>(hash64({frame + checked_from, size - checked_from}));
}

std::size_t plain_size(std::int32_t stored) { return stored < 0 ? 0 : static_cast<std::size_t>(stored); }

bool headers_fit(std::string_view left, std::uint16_t count) {
  for (std::uint16_t i = 0; i < count; ++i) {
    std::uint32_t sizes[2];
    if (left.size() < sizeof sizes) return false;
    std::memcpy(sizes, left.data(), sizeof sizes);
    const std::size_t all = sizeof sizes + std::size_t{sizes[0]} + sizes[1];
    if (left.size() < all) return false;
    left.remove_prefix(all);
  }
  return left.empty();
}

bool kind_known(FrameKind kind) { return kind >= FrameKind::data && kind <= FrameKind::journal; }

}  // namespace

void append_frame(std::string& out, FrameKind kind, const Content& content) {
  check(content.headers.size() <= header_count_max, "a record with more headers than a frame counts");
  std::size_t size = sizeof(FrameHead) + size_of(content.key) + size_of(content.value);
  for (const Header& h : content.headers) size += 2 * sizeof(std::uint32_t) + h.name.size() + h.value.size();
  check(size <= INT32_MAX, "a frame above 2 GiB");
  FrameHead head{.timestamp = content.timestamp.micros};
  head.size = static_cast<std::uint32_t>(size);
  head.kind = kind;
  head.headers = static_cast<std::uint16_t>(content.headers.size());
  head.key_size = stored_size(content.key);
  head.value_size = stored_size(content.value);
  append_raw(out, head);
  if (content.key) out.append(*content.key);
  if (content.value) out.append(*content.value);
  for (const Header& h : content.headers) {
    append_raw(out, static_cast<std::uint32_t>(h.name.size()));
    append_raw(out, static_cast<std::uint32_t>(h.value.size()));
    out.append(h.name).append(h.value);
  }
}

std::int64_t stamp_frames(std::string& frames, const Stamp& stamp) {
  std::int64_t count = 0;
  for (std::size_t at = 0; at < frames.size();) {
    FrameHead head;
    std::memcpy(&head, frames.data() + at, sizeof head);
    head.offset = stamp.offset + count;
    head.producer = stamp.producer;
    head.epoch = stamp.epoch;
    if (stamp.log_time) head.timestamp = stamp.log_time->micros;
    std::memcpy(frames.data() + at, &head, sizeof head);
    if (stamp.checked) {
      head.check = check_of(frames.data() + at, head.size);
      std::memcpy(frames.data() + at + offsetof(FrameHead, check), &head.check, sizeof head.check);
    }
    at += head.size;
    ++count;
  }
  return count;
}

std::optional<std::string_view> Frame::key() const {
  if (head.key_size < 0) return std::nullopt;
  return bytes.substr(sizeof(FrameHead), plain_size(head.key_size));
}

std::optional<std::string_view> Frame::value() const {
  if (head.value_size < 0) return std::nullopt;
  return bytes.substr(sizeof(FrameHead) + plain_size(head.key_size), plain_size(head.value_size));
}

void Frame::append_headers(std::vector<Header>& out) const {
  const char* at = bytes.data() + sizeof(FrameHead) + plain_size(head.key_size) + plain_size(head.value_size);
  for (std::uint16_t i = 0; i < head.headers; ++i) {
    std::uint32_t sizes[2];
    std::memcpy(sizes, at, sizeof sizes);
    at += sizeof sizes;
    out.push_back({{at, sizes[0]}, {at + sizes[0], sizes[1]}});
    at += std::size_t{sizes[0]} + sizes[1];
  }
}

FrameState split_frame(std::string_view bytes, bool check_it, Frame& frame) {
  if (bytes.size() < sizeof(FrameHead)) return FrameState::cut;
  std::memcpy(&frame.head, bytes.data(), sizeof(FrameHead));
  const FrameHead& head = frame.head;
  const std::size_t plain = sizeof(FrameHead) + plain_size(head.key_size) + plain_size(head.value_size);
  if (head.size > INT32_MAX || head.size < plain || !kind_known(head.kind) || head.offset < 0) return FrameState::bad;
  if (bytes.size() < head.size) return FrameState::cut;
  frame.bytes = bytes.substr(0, head.size);
  if (!headers_fit(frame.bytes.substr(plain), head.headers)) return FrameState::bad;
  if (check_it && check_of(bytes.data(), head.size) != head.check) return FrameState::bad;
  return FrameState::whole;
}

}  // namespace due::log::embedded::store
