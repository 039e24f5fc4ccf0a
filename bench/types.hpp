// The messages that corpora are made of, as types of the generated codecs.
#ifndef BENCH_TYPES_HPP
#define BENCH_TYPES_HPP

#include <string>

#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"

// BENCH_TYPES(X): X(name) for each; ew_<name> is the C type.
#define BENCH_TYPES(X)      \
  X(kaleido_event_batch)    \
  X(kaleido_client_message) \
  X(kaleido_server_message) \
  X(firefly_event_batch)    \
  X(firefly_client_message) \
  X(firefly_server_message) \
  X(baas_event)             \
  X(baas_server_message)    \
  X(octave_message)         \
  X(octave_client_message)  \
  X(octave_server_message)

namespace bench {

#define BENCH_NAME(name) name,
enum class kind { BENCH_TYPES(BENCH_NAME) none };
#undef BENCH_NAME

// Room for a decoded message of any type.
#define BENCH_MEMBER(name) ew_##name name;
union value {
  BENCH_TYPES(BENCH_MEMBER)
};
#undef BENCH_MEMBER

// kind::none when there is no such type.
kind kind_of(const std::string &name);

} // namespace bench

#endif
