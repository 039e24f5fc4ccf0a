// What every contestant does: bytes into the structs of the generated codecs, and back.
#ifndef BENCH_PEER_HPP
#define BENCH_PEER_HPP

#include <memory>
#include <vector>

#include "types.hpp"

namespace bench {

class peer {
 public:
  virtual ~peer() = default;
  virtual const char *name() const = 0;

  // Fills out, whose lists go into the arena. Strings may point into json (followed by `padding`
  // readable bytes), into the arena or into what the peer holds until release().
  virtual bool decode(kind type, ew_str json, ew_arena *arena, value *out) = 0;

  // Lets go of what the last decode() or encode() held. Is part of what is measured.
  virtual void release() {}

  virtual bool can_encode(kind) const { return false; }
  virtual bool encode(kind, const value &, ew_buf *) { return false; }
};

std::unique_ptr<peer> make_eventwire();
std::unique_ptr<peer> make_simdjson();
std::unique_ptr<peer> make_simdjson_skip();
std::unique_ptr<peer> make_rapidjson();
std::unique_ptr<peer> make_cjson();
std::unique_ptr<peer> make_jsonc();
std::unique_ptr<peer> make_jansson();
// The same with engines and options that the gates do not look at.
std::unique_ptr<peer> make_eventwire_unpadded();
std::unique_ptr<peer> make_eventwire_table();
std::unique_ptr<peer> make_eventwire_straight();
std::unique_ptr<peer> make_eventwire_diagnosing();

} // namespace bench

#endif
