// Stored records of the embedded log: whole, cut or bad, and never read past their end.
#include "stream/log/embedded/store/frame.h"
#include "tests/fuzz/target.h"

namespace due::fuzz {

using namespace log::embedded::store;

std::vector<std::string> valid_inputs() {
  const HeaderView headers[] = {{"content-type", "application/json"}, {"", ""}};
  const Content full{.key = "C1", .value = "{\"a\":1}", .headers = headers, .timestamp = {1'740'832'200'000'000}}, empty{};
  std::vector<std::string> all(2);
  append_frame(all[0], FrameKind::data, full);
  append_frame(all[0], FrameKind::commit_marker, empty);
  append_frame(all[1], FrameKind::journal, empty);
  append_frame(all[1], FrameKind::data, full);
  for (std::string& frames : all) stamp_frames(frames, {.offset = 7, .producer = 3, .epoch = 1, .log_time = {}, .checked = true});
  return all;
}

std::vector<std::string> broken_inputs() { return {"", std::string(48, '\0'), std::string(48, '\xff')}; }

void run(std::string_view input) {
  for (const bool check_it : {true, false}) {
    std::string_view left = input;
    Frame frame;
    while (split_frame(left, check_it, frame) == FrameState::whole) {
      require(!frame.bytes.empty() && frame.bytes.size() <= left.size(), "a frame is a part of what there is");
      std::vector<HeaderView> headers;
      frame.append_headers(headers);
      std::size_t size = frame.key().value_or("").size() + frame.value().value_or("").size();
      for (const HeaderView& h : headers) size += h.name.size() + h.value.size();
      require(size <= frame.bytes.size(), "what a frame holds is inside of it");
      left.remove_prefix(frame.bytes.size());
    }
  }
}

}  // namespace due::fuzz
