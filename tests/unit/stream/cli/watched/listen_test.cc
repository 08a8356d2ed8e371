#include <gtest/gtest.h>

#include "stream/cli/watched/listen.h"

namespace due::cli {
namespace {

struct Said {
  std::vector<std::string> events;
  runtime::Report report{runtime::Level::info, [this](runtime::Level, std::string_view event, std::span<const runtime::Field>) {
                           events.emplace_back(event);
                         }};
};

Result<std::unique_ptr<http::Server>> at(const std::string& chosen, const std::string& otherwise, Said& said) {
  AppChoice app;
  app.listen = chosen;
  return listen(app, otherwise, {{"/a", [] { return http::Answer{200, "b"}; }}}, said.report);
}

TEST(Listen, TakesAnyFreePort) {
  Said said;
  const auto server = at("127.0.0.1:0", "", said);
  ASSERT_TRUE(server);
  EXPECT_TRUE((*server)->address().starts_with("127.0.0.1:")) << (*server)->address();
  EXPECT_FALSE((*server)->address().ends_with(":0"));
  EXPECT_EQ(said.events, std::vector<std::string>{"http.listening"});
}

TEST(Listen, RefusesAnAddressThatWasChosenAndIsTaken) {
  Said said;
  const auto first = at("127.0.0.1:0", "", said);
  ASSERT_TRUE(first);
  const auto second = at((*first)->address(), "", said);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().remedy, Remedy::stop);
  EXPECT_NE(second.error().what.find("cannot be listened on"), std::string::npos) << second.error().what;
}

TEST(Listen, GoesOnWithoutWhereNothingWasChosenAndThePlaceIsTaken) {
  Said said;
  const auto first = at("127.0.0.1:0", "", said);
  ASSERT_TRUE(first);
  const auto second = at("", (*first)->address(), said);
  ASSERT_TRUE(second);
  EXPECT_EQ(*second, nullptr);
  EXPECT_EQ(said.events.back(), "http.not_listening");
}

TEST(Listen, IsSwitchedOff) {
  Said said;
  const auto server = at("off", "127.0.0.1:0", said);
  ASSERT_TRUE(server);
  EXPECT_EQ(*server, nullptr);
  EXPECT_TRUE(said.events.empty());
}

}  // namespace
}  // namespace due::cli
