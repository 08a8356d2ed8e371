#include "tests/simulator/oracle/chronicle_text.h"

#include <xxhash.h>

namespace due::oracle {
namespace {

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : left_(bytes) {}
  bool good() const { return good_; }
  bool empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) {
      good_ = false;
      return 0;
    }
    const auto b = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return b;
  }
  std::uint64_t varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      v |= std::uint64_t{b & 0x7fU} << shift;
      if (b < 0x80) return v;
    }
    good_ = false;
    return 0;
  }
  std::int64_t signed_varint() {
    const std::uint64_t v = varint();
    return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  }
  std::string take(std::size_t n) {
    if (n > left_.size()) {
      good_ = false;
      return {};
    }
    std::string taken(left_.substr(0, n));
    left_.remove_prefix(n);
    return taken;
  }
  std::string text() { return take(varint()); }
  // A count, and then each.
  template <class F>
  void each(F f) {
    for (std::uint64_t n = varint(); n > 0 && good_; --n) f();
  }

 private:
  std::string_view left_;
  bool good_ = true;
};

void read_genesis(Bytes& b, ChronicleEntry& e) {
  e.genesis = true;
  b.text();
  b.text();
  b.text();
  b.signed_varint();
  b.each([&] {
    b.text();
    b.text();
    e.starts.push_back(b.signed_varint());
  });
  b.each([&] {
    b.text();
    b.signed_varint();
    b.signed_varint();
  });
}

void read_runs(Bytes& b, ChronicleEntry& e) {
  std::vector<std::int64_t> at = e.positions;
  b.each([&] {
    ChronicleRun run;
    const std::uint64_t input = b.varint();
    run.tick = input == 0;
    if (run.tick) {
      run.time = b.signed_varint();
      run.wall = b.signed_varint();
    } else {
      run.input = input - 1;
      if (run.input >= at.size()) at.resize(run.input + 1);
      run.count = static_cast<std::int64_t>(b.varint());
      run.first = at[run.input] + b.signed_varint();
      run.last = run.first + run.count - 1 + b.signed_varint();
      at[run.input] = run.last + 1;
    }
    e.runs.push_back(run);
  });
}

}  // namespace

std::optional<ChronicleEntry> read_chronicle(std::string_view bytes) {
  Bytes b(bytes);
  ChronicleEntry e;
  if (b.byte() != 1) return std::nullopt;
  const std::uint8_t flags = b.byte();
  e.seq = static_cast<std::int64_t>(b.varint());
  e.previous = b.take(16);
  e.time = b.signed_varint();
  b.text();
  e.transactional_id = b.text();
  if ((flags & 1) != 0) read_genesis(b, e);
  if ((flags & 2) != 0) {
    b.varint();
    b.take(16);
  }
  b.each([&] { e.positions.push_back(b.signed_varint()); });
  read_runs(b, e);
  b.each([&] {
    ChronicleOutputs o;
    o.topic = b.varint();
    o.partition = static_cast<int>(b.signed_varint());
    o.first = b.signed_varint();
    o.count = static_cast<std::int64_t>(b.varint());
    e.outputs.push_back(o);
  });
  b.take(16);
  if (!b.good() || !b.empty()) return std::nullopt;
  return e;
}

std::string hash_of(std::string_view bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  std::string out;
  for (const std::uint64_t half : {h.high64, h.low64})
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(half >> shift));
  return out;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out.push_back("0123456789abcdef"[static_cast<unsigned char>(c) >> 4]);
    out.push_back("0123456789abcdef"[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

}  // namespace due::oracle
