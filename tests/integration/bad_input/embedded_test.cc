// Bad input through the embedded log, in a directory.
#include <unistd.h>

#include <filesystem>

#include "tests/integration/bad_input/shop.h"

namespace due::test::bad_input {
namespace {

Place in_a_directory() {
  static int count = 0;
  const std::string name = "due-bad-input-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  const std::string directory = std::filesystem::temp_directory_path() / name;
  return {"embedded:" + directory, "", directory};
}

const auto embedded = testing::Values(PlaceFactory{"Embedded", in_a_directory});
INSTANTIATE_TEST_SUITE_P(Log, BadInputOnALog, embedded, place_name);
INSTANTIATE_TEST_SUITE_P(Log, RedriveOnALog, embedded, place_name);

}  // namespace
}  // namespace due::test::bad_input
