#include "topology/features/features.h"

#include <gtest/gtest.h>

#include <set>

namespace due::topology::features {
namespace {

TEST(ScaledRatio, RoundsTiesUpOnBothSidesOfZero) {
  EXPECT_EQ(scaled_ratio(1, 20'000), 1);    // 0.5 -> 1
  EXPECT_EQ(scaled_ratio(-1, 20'000), 0);   // -0.5 -> 0: towards +infinity
  EXPECT_EQ(scaled_ratio(-3, 20'000), -1);  // -1.5 -> -1
  EXPECT_EQ(scaled_ratio(3, 20'000), 2);    // 1.5 -> 2
  EXPECT_EQ(scaled_ratio(33, 160), 2'063);  // 2062.5, where a double may fall below
}

TEST(ScaledRatio, IsZeroWithoutADivisorAndClampedAtTheEnds) {
  EXPECT_EQ(scaled_ratio(7, 0), 0);
  EXPECT_EQ(scaled_ratio(INT64_MAX, 1), INT64_MAX);
  EXPECT_EQ(scaled_ratio(INT64_MIN, 1), INT64_MIN);
}

TEST(Catalogue, NamesEveryFeatureOnce) {
  std::set<std::string> names;
  for (const Definition& d : catalogue()) names.insert(d.name);
  EXPECT_EQ(names.size(), count);
  EXPECT_EQ(schema_id().size(), 16U);
}

}  // namespace
}  // namespace due::topology::features
