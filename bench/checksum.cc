#include "checksum.hpp"

#include "walk.hpp"

namespace bench {
namespace {

class summer {
 public:
  explicit summer(bool raws) : raws_(raws) {}
  uint64_t sum() const { return sum_; }

  void key(std::string_view text) { bytes('k', text); }
  void entry(std::string_view text) { bytes('k', text); }
  void string(const ew_str &s) { bytes('s', view(s)); }
  void raw(const ew_raw &r) { bytes('r', raws_ ? view(r.json) : std::string_view()); }
  void boolean(bool v) { mix('b', v); }
  void integer(int64_t v) { mix('i', static_cast<uint64_t>(v)); }
  void natural(uint64_t v) { mix('n', v); }
  void null() { mix('0', 0); }
  void begin_object() { mix('{', 0); }
  void end_object() { mix('}', 0); }
  void begin_array() { mix('[', 0); }
  void end_array() { mix(']', 0); }

  void number(double v) {
    uint64_t bits = 0;
    std::memcpy(&bits, &v, sizeof(bits));
    mix('d', bits);
  }

  void name(int number, std::string_view, const ew_str *own) {
    mix('e', static_cast<uint64_t>(number));
    if (own != nullptr) {
      string(*own);
    }
  }

 private:
  void mix(char kind, uint64_t v) {
    sum_ = (sum_ ^ static_cast<unsigned char>(kind)) * 0x100000001b3u;
    sum_ = (sum_ ^ v) * 0x9e3779b97f4a7c15u;
    sum_ ^= sum_ >> 29;
  }

  void bytes(char kind, std::string_view text) {
    for (char c : text) {
      sum_ = (sum_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
    mix(kind, text.size());
  }

  bool raws_;
  uint64_t sum_ = 0xcbf29ce484222325u;
};

struct forgetter {
  void key(std::string_view) {}
  void entry(std::string_view) {}
  void string(ew_str &s) { s.flags = 0; }
  void raw(ew_raw &r) { r.json.flags = 0; }
  void boolean(bool) {}
  void integer(int64_t) {}
  void natural(uint64_t) {}
  void number(double) {}
  void null() {}
  void begin_object() {}
  void end_object() {}
  void begin_array() {}
  void end_array() {}
  void name(int, std::string_view, const ew_str *) {}
  void name(int, std::string_view, ew_str *own) { own->flags = 0; }
};

} // namespace

uint64_t checksum(kind type, const value &v, bool raws) {
  summer s(raws);
  return walk(type, v, s) ? s.sum() : 0;
}

void forget_clean(kind type, value &v) {
  forgetter f;
  walk(type, v, f);
}

} // namespace bench
