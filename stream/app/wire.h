// stream/app/wire.h
// Where interfaces meet implementations. wire.cc is the only file that names concrete classes.
#pragma once

#include <memory>

#include "stream/cli/wire.h"

namespace due::app {

std::unique_ptr<cli::Wire> make_wire();

}  // namespace due::app
