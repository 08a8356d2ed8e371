#include "stream/app/state_owner.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace due::app {
namespace {

using cli::StateOwner;

class StateOwnerTest : public testing::Test {
 protected:
  StateOwnerTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "duestream-owner-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~StateOwnerTest() override { std::filesystem::remove_all(directory_); }
  std::string directory_;
};

TEST_F(StateOwnerTest, KeepsADirectoryForTheFirstThatClaimsIt) {
  const StateOwner first{"cluster-a", "risk", "prod."};
  ASSERT_TRUE(claim_state(directory_, first));
  EXPECT_TRUE(claim_state(directory_, first));
  const StateOwner others[] = {
      {"cluster-b", "risk", "prod."}, {"cluster-a", "risk-2", "prod."}, {"cluster-a", "risk", "test."}, {"", "risk", "prod."}};
  for (const StateOwner& other : others) {
    const Status refused = claim_state(directory_, other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().remedy, Remedy::stop);
    EXPECT_NE(refused.error().what.find("holds the state of application risk, topics prod.*, cluster cluster-a"), std::string::npos)
        << refused.error().what;
    EXPECT_NE(refused.error().what.find("--state"), std::string::npos);
  }
  EXPECT_TRUE(claim_state(directory_, first)) << "a refusal changes nothing";
}

TEST_F(StateOwnerTest, SaysWhenItCannotWrite) {
  const Status refused = claim_state(directory_ + "/none", {"c", "a", ""});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("cannot be written"), std::string::npos);
}

}  // namespace
}  // namespace due::app
