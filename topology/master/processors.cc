#include "topology/master/processors.h"

#include <utility>

namespace due::topology::master {

Applied duplicate() { return {.what = Applied::What::duplicate}; }

Applied refused(codec::Reason reason, std::string field, std::string remedy) {
  Applied a{.what = Applied::What::refused};
  a.refusal = {reason, std::move(field), std::move(remedy)};
  return a;
}

Applied conflict(std::string field, const std::string& what) {
  return refused(codec::Reason::conflict, std::move(field),
                 what + " is known with other content, or a later one is known; publish what is right with a higher version, or a new id");
}

}  // namespace due::topology::master
