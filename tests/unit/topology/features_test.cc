#include "schemas/base/int128.h"
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

TEST(ScaledRatio, IsTheSameWhereFewerBitsAreEnough) {
  constexpr std::int64_t edge = INT64_MAX / (8 * ratio_scale);
  const std::int64_t values[] = {0, 1, 2, 3, 7, 9'999, 20'000, 20'001, 1'000'003, edge - 1, edge, edge + 1, 2 * edge, INT64_MAX / 2};
  for (const std::int64_t a : values)
    for (const std::int64_t b : values) {
      if (b == 0) continue;
      const Int128 exact = (Int128{a} * 2 * ratio_scale + b) / (Int128{b} * 2);
      EXPECT_EQ(scaled_ratio(a, b), exact > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(exact)) << a << " / " << b;
    }
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
