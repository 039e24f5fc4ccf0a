#include "types.hpp"

namespace bench {

kind kind_of(const std::string &name) {
#define BENCH_FIND(type) \
  if (name == #type) {   \
    return kind::type;   \
  }
  BENCH_TYPES(BENCH_FIND)
#undef BENCH_FIND
  return kind::none;
}

} // namespace bench
