// A number over everything that a decoded message holds.
#ifndef BENCH_CHECKSUM_HPP
#define BENCH_CHECKSUM_HPP

#include "types.hpp"

namespace bench {

// Free-form members count by their bytes with raws, else only by being there: trees have none.
uint64_t checksum(kind type, const value &v, bool raws);

// As if the application had made the strings: takes away what the decoder knows about them.
void forget_clean(kind type, value &v);

} // namespace bench

#endif
