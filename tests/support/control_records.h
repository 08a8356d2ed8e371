// Orders of people, as tests of whole subtopologies send them.
#pragma once

#include <string>

#include "tests/support/company.h"

namespace due::test {

// `kind` as in due.control.KIND.v1; `more`: members of the order, each with a comma in front.
inline CompanyRecord control(const std::string& id, const std::string& kind, const std::string& more) {
  return {"controls", "",
          cloud_event("due.control." + kind + ".v1", "e-" + id, "2025-01-01T00:00:00Z",
                      R"("control_id":")" + id + R"(","actor":"j.doe","reason":"ticket 4711")" + more)};
}
inline CompanyRecord skip(const std::string& id, const std::string& topic, int partition, std::int64_t offset) {
  return control(id, "record-skipped",
                 R"(,"topic":")" + topic + R"(","partition":)" + std::to_string(partition) + R"(,"offset":)" + std::to_string(offset));
}

}  // namespace due::test
