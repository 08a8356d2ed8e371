// schemas/base/header_view.h
// A record header, name and value, as borrowed from the record that carries it.
#pragma once

#include <string_view>

namespace due {

struct HeaderView {
  std::string_view name, value;
};

}  // namespace due
