// stream/cli/describe.h
// `duestream topology` and `duestream features`: what this program computes, printed by itself.
#pragma once

#include "stream/cli/wire.h"

namespace due::cli {

int print_topology(bool mermaid, Wire& wire);
int print_features(bool json);

}  // namespace due::cli
