// stream/cli/feeds/files/formats.h
// The files that `publish --format` reads besides ndjson: one mapping each, documented in docs/mappings, in a file of its own.
//
//   Errors   open: stop, naming file, row and column of the first cell that cannot be read
//   Clock    none
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "stream/cli/feeds/feed.h"

namespace due::cli {

struct FileFormat {
  std::string_view name;  // of --format, and of docs/mappings/<name>.md
  std::string_view what;  // one phrase
  Result<std::unique_ptr<Feed>> (*parse)(std::string csv, const std::string& name);  // `name` is for messages
};

std::span<const FileFormat> file_formats();
const FileFormat* file_format(std::string_view name);  // null: there is none

// Plain or xz-compressed.
Result<std::unique_ptr<Feed>> open_file(const FileFormat& format, const std::string& path);

}  // namespace due::cli
