// stream/kafka/properties.h
// librdkafka's properties, as somebody who configures a process meets them: which there are, which are ours, what is wrong with one.
//
//   Errors   a complaint per property, in words; nothing is asked of a broker
//   Threads  none
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace due::kafka {

// Why a property is not for users to set, and what to set instead; nullopt: it passes through.
std::optional<std::string> owned_property(std::string_view name);
std::map<std::string, std::string> owned_properties();  // all of them, with the reason

bool is_known_property(std::string_view name);
std::vector<std::string> property_names();       // of this librdkafka
bool is_secret_property(std::string_view name);  // its value is not to be shown

struct PropertyComplaint {
  std::string name, why;
};
// Values, each by itself. Names must be known and not owned.
std::vector<PropertyComplaint> check_properties(const std::map<std::string, std::string>& properties);
// What a client says when it is built from them: files that are not there, values that exclude each other.
std::optional<std::string> check_together(const std::map<std::string, std::string>& properties);

}  // namespace due::kafka
