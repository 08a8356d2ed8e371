#include "stream/cli/feeds/files/formats.h"

#include <array>

#include "stream/cli/feeds/files/mappings.h"
#include "stream/cli/feeds/files/xz_file.h"

namespace due::cli {
namespace {

constexpr std::array<FileFormat, 4> formats = {{
    {"hrc-closed", "closed receivables: invoices and their payments", hrc_closed_feed},
    {"hrc-open", "open receivables: invoices", hrc_open_feed},
    {"online-retail", "a shop's invoice lines, with cancellations", online_retail_feed},
    {"salford", "a council's payments to suppliers, without invoices", salford_feed},
}};

}  // namespace

std::span<const FileFormat> file_formats() { return formats; }

const FileFormat* file_format(std::string_view name) {
  for (const FileFormat& format : formats)
    if (format.name == name) return &format;
  return nullptr;
}

Result<std::unique_ptr<Feed>> open_file(const FileFormat& format, const std::string& path) {
  auto text = read_text_file(path);
  if (!text) return text.error();
  return format.parse(std::move(text).value(), path);
}

}  // namespace due::cli
