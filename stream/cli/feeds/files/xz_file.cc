#include "stream/cli/feeds/files/xz_file.h"

#include <lzma.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string_view>

namespace due::cli {
namespace {

constexpr std::string_view magic{"\xFD"
                                 "7zXZ\0",
                                 6};

// Ends the decoder on every path.
struct Decoder {
  lzma_stream stream = LZMA_STREAM_INIT;
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { lzma_end(&stream); }
};

Result<std::string> unpack(const std::string& packed, const std::string& path) {
  Decoder decoder;
  if (lzma_stream_decoder(&decoder.stream, UINT64_MAX, LZMA_CONCATENATED) != LZMA_OK)
    return Error{Remedy::stop, path + ": liblzma does not start"};
  decoder.stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
  decoder.stream.avail_in = packed.size();
  std::string text;
  std::array<std::uint8_t, 65'536> piece;
  for (lzma_ret result = LZMA_OK; result == LZMA_OK;) {
    decoder.stream.next_out = piece.data();
    decoder.stream.avail_out = piece.size();
    result = lzma_code(&decoder.stream, LZMA_FINISH);
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size() - decoder.stream.avail_out);
    if (result != LZMA_OK && result != LZMA_STREAM_END)
      return Error{Remedy::stop,
                   path + ": the xz stream is broken or cut off (liblzma code " + std::to_string(result) + "); fetch the file again"};
  }
  return text;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return Error{Remedy::stop, path + ": cannot be opened; check the path"};
  std::string content{std::istreambuf_iterator<char>{file}, {}};
  if (file.bad()) return Error{Remedy::stop, path + ": cannot be read to its end"};
  return content.starts_with(magic) ? unpack(content, path) : Result<std::string>{std::move(content)};
}

}  // namespace due::cli
