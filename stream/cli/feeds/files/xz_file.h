// stream/cli/feeds/files/xz_file.h
// A whole file as text, unpacked where it is xz-compressed (its first bytes tell). The sole home of liblzma.
//
//   Errors   stop: the file cannot be opened or read, or its compressed stream is broken or cut off
//   Clock    none
#pragma once

#include <string>

#include "schemas/base/result.h"

namespace due::cli {

Result<std::string> read_text_file(const std::string& path);

}  // namespace due::cli
