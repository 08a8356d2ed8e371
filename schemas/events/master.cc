#include "schemas/events/master.h"

namespace due::events {

std::optional<std::string_view> customer_of(const MasterData& data) {
  return std::visit(
      [](const auto& e) -> std::optional<std::string_view> {
        if constexpr (std::is_same_v<decltype(e), const CreditNoteRequested&>) return std::nullopt;  // the key names its series
        else if constexpr (requires { e.customer_id; }) return e.customer_id;
        else return std::nullopt;
      },
      data);
}

}  // namespace due::events
