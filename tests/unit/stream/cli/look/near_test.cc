#include <gtest/gtest.h>

#include <set>

#include "stream/cli/inspect/near.h"

namespace due::cli {
namespace {

std::string near(const std::string& id) {
  const std::set<std::string> known{"C000042", "acme-gmbh"};
  return near_id(id, [&](const std::string& other) { return known.contains(other); }).value_or("(none)");
}

TEST(NearId, IsOneSlipAway) {
  EXPECT_EQ(near("c000042"), "C000042");    // case
  EXPECT_EQ(near(" C000042 "), "C000042");  // blanks
  EXPECT_EQ(near("C000024"), "C000042");    // swapped
  EXPECT_EQ(near("C000043"), "C000042");    // another character
  EXPECT_EQ(near("C00042"), "C000042");     // one missing
  EXPECT_EQ(near("C0000042"), "C000042");   // one too many
  EXPECT_EQ(near("acme_gmbh"), "acme-gmbh");
}

TEST(NearId, IsNoneFurtherAway) {
  EXPECT_EQ(near("C000099"), "(none)");
  EXPECT_EQ(near(""), "(none)");
  EXPECT_EQ(near(std::string(1'000, 'C')), "(none)");
}

TEST(NearId, IsNotTheIdItself) { EXPECT_EQ(near("C000042"), "(none)"); }

}  // namespace
}  // namespace due::cli
