// schemas/base/int128.h
// 128-bit intermediates for sums and ratios of money; both compilers that we build with have the type.
#pragma once

namespace due {
__extension__ typedef __int128 Int128;
}  // namespace due
