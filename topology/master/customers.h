// topology/master/customers.h
// What is known of a customer: its records over time, and since when each is known.
//
//   Source   topic customers; schemas/events/customer.h
//   Shape    one row per customer: docs/formats/master-rows.md
//   Window   bitemporal.h
//   Errors   StoreFailure, see rows.h
//   Clock    none
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/events/customer.h"
#include "topology/master/bitemporal.h"
#include "topology/master/rows.h"

namespace due::topology::master {

class Customer final : public Row<Customer> {
 public:
  static state::Key key_of(std::string_view customer) { return state::Key(state::Kind::customer).add(hash128(customer)); }

  std::string customer_id;
  // nullopt: deactivated.
  std::vector<Assertion<std::optional<events::CustomerRecorded>>> said;

  struct View {
    const events::CustomerRecorded* record = nullptr;  // null: nothing was known
    bool active = false;
  };
  View as_of(Date day, EventTime known) const;

  void decode(std::string_view value);
  void encode(ByteWriter& out) const;
  std::size_t bytes() const override;
};

}  // namespace due::topology::master
