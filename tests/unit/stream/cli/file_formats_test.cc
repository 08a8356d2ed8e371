#include "stream/cli/feeds/files/formats.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>

#include "schemas/codec/event_decoder.h"
#include "stream/cli/feeds/files/csv_table.h"
#include "stream/cli/feeds/files/xz_file.h"

namespace due::cli {
namespace {

constexpr std::string_view ab[] = {"b", "a"};

std::string cells_of(const std::string& csv) {
  auto table = CsvTable::parse(csv, "file", ab);
  if (!table) return table.error().what;
  std::string all;
  while (table->next()) all.append(table->cell(1)).append("|").append(table->cell(0)).append("; ");
  return table->broken() ? all + table->broken()->what : all;
}

TEST(CsvTable, FindsColumnsByName) {
  EXPECT_EQ(cells_of("a,x,b\n1,2,3\n4,5,6"), "1|3; 4|6; ");
  EXPECT_EQ(cells_of("b,a\r\n1,2\r\n"), "2|1; ");
  EXPECT_EQ(cells_of("a\n1\n"), "file: has no column b; is it a file of this --format?");
}

TEST(CsvTable, ReadsQuotedCells) {
  EXPECT_EQ(cells_of("a,b\n\"x, y\",\"say \"\"so\"\"\"\n,\"two\nlines\"\r\n"), "x, y|say \"so\"; |two\nlines; ");
  EXPECT_EQ(cells_of("a,b\n1,\"2"), "file, row 1: a quote is not closed");
}

TEST(CsvTable, NamesARowOfAnotherWidth) {
  EXPECT_EQ(cells_of("a,b\n1,2\n3\n"), "1|2; file, row 2: has another number of cells than the header");
  EXPECT_EQ(cells_of("a,b\n\"1\"x,2\n"), "file, row 1: has another number of cells than the header");
}

TEST(Hundredths, AreExact) {
  EXPECT_EQ(hundredths("12.34"), 1'234);
  EXPECT_EQ(hundredths("-12.3"), -1'230);
  EXPECT_EQ(hundredths("12"), 1'200);
  EXPECT_EQ(hundredths("92233720368547758.07"), INT64_MAX);
  for (const char* text : {"", "1.", ".5", "1.005", "1e3", "92233720368547758.08", "99999999999999999999", "12,5"})
    EXPECT_EQ(hundredths(text), std::nullopt) << text;
}

TEST(ReadTextFile, UnpacksXzAndTakesPlainTextAsItIs) {
  // "due\n" by xz
  static constexpr unsigned char packed[] = {
      0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x02, 0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00,
      0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00, 0x03, 0x64, 0x75, 0x65, 0x0a, 0x00, 0x4b, 0x97, 0xf2, 0xfe, 0x52, 0xc6, 0x2e, 0xb1,
      0x00, 0x01, 0x1c, 0x04, 0x6f, 0x2c, 0x9c, 0xc1, 0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a};
  const auto path = std::filesystem::temp_directory_path() / ("duestream-xz-" + std::to_string(::getpid()));
  const auto written = [&path](std::string_view bytes) {
    std::ofstream{path, std::ios::binary} << bytes;
    const auto text = read_text_file(path.string());
    return text ? text.value() : "broken";
  };
  const std::string_view whole{reinterpret_cast<const char*>(packed), sizeof packed};
  EXPECT_EQ(written(whole), "due\n");
  EXPECT_EQ(written("due\n"), "due\n");
  EXPECT_EQ(written(whole.substr(0, whole.size() - 1)), "broken");
  EXPECT_EQ(written(whole.substr(0, 8)), "broken");
  std::filesystem::remove(path);
  EXPECT_FALSE(read_text_file(path.string()));
}

// The real files, where they are at hand: every record decodes, and there are as many as documented.
class RealFiles : public testing::Test {
 protected:
  // Records by type; "keyless" counts those that belong to no customer.
  std::map<std::string, int> counts_of(std::string_view format, const std::string& file) {
    std::map<std::string, int> counts;
    const char* const shared = std::getenv("DUESTREAM_SHARED");
    const auto path = std::filesystem::path{shared == nullptr ? "" : shared} / "data" / file;
    if (shared == nullptr || !std::filesystem::exists(path)) return counts;
    auto feed = open_file(*file_format(format), path.string());
    EXPECT_TRUE(feed) << feed.error().what;
    if (!feed) return counts;
    codec::EventDecoder decoder;
    EventTime before = EventTime::earliest();
    for (FeedRecord record; (*feed)->next(record);) {
      std::deque<std::string> arena;
      const auto decoded = decoder.decode(*record.value, {}, arena);
      if (const auto* refused = std::get_if<codec::Refusal>(&decoded)) {
        EXPECT_TRUE(!record.key && refused->field == "data.customer_id") << *record.value;
        ++counts["keyless"];
        continue;
      }
      const auto& event = std::get<events::Event>(decoded);
      EXPECT_EQ(record.key, event.customer_id);
      EXPECT_LE(before, event.time) << *record.value;
      before = event.time;
      ++counts[std::string{events::type_name(event.data)}];
    }
    return counts;
  }
  using Counts = std::map<std::string, int>;
};

TEST_F(RealFiles, BecomeEventsThatDecode) {
  if (counts_of("hrc-open", "hrc_open_items.csv.xz").empty()) GTEST_SKIP() << "DUESTREAM_SHARED names no folder with data/*.csv.xz";
  EXPECT_EQ(counts_of("hrc-closed", "hrc_closed_items.csv.xz"),
            (Counts{{"due.invoice.issued.v1", 40'000}, {"due.payment.received.v1", 40'000}}));
  EXPECT_EQ(counts_of("hrc-open", "hrc_open_items.csv.xz"), (Counts{{"due.invoice.issued.v1", 9'700}}));
  EXPECT_EQ(counts_of("online-retail", "online_retail_lines.csv.xz"),
            (Counts{{"due.invoice.issued.v1", 18'536}, {"due.invoice.cancelled.v1", 131}, {"due.invoice.credited.v1", 3'523},
                    {"keyless", 3'710}}));
  EXPECT_EQ(counts_of("salford", "salford_supplier_payments.csv.xz"),
            (Counts{{"due.payment.received.v1", 244'678}, {"due.payment.reversed.v1", 261}}));
}

}  // namespace
}  // namespace due::cli
