// Eventwire itself, with the options that its users have.
#include "peer.hpp"

#include "corpus.hpp"

namespace bench {
namespace {

class eventwire : public peer {
 public:
  eventwire(const char *name, ew_engine engine, uint32_t readable_after) : name_(name) {
    options_.engine = engine;
    options_.readable_after = readable_after;
  }

  const char *name() const override { return name_; }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    switch (type) {
#define BENCH_DECODE(name) \
  case kind::name:         \
    return ew_##name##_decode(json, arena, &options_, &out->name, diag_) == EW_OK;
      BENCH_TYPES(BENCH_DECODE)
#undef BENCH_DECODE
    case kind::none:
      break;
    }
    return false;
  }

  bool can_encode(kind) const override {
    return true;
  }

  bool encode(kind type, const value &in, ew_buf *out) override {
    switch (type) {
#define BENCH_ENCODE(name) \
  case kind::name:         \
    return ew_##name##_encode(&in.name, out, nullptr) == EW_OK;
      BENCH_TYPES(BENCH_ENCODE)
#undef BENCH_ENCODE
    case kind::none:
      break;
    }
    return false;
  }

 protected:
  void want_diagnosis(ew_diag *diag) {
    diag_ = diag;
  }

 private:
  const char *name_;
  ew_decode_options options_{};
  ew_diag *diag_ = nullptr;
};

// Takes any text, refused ones with the whole diagnosis.
class diagnosing : public eventwire {
 public:
  diagnosing() : eventwire("eventwire-diagnosing", EW_ENGINE_AUTO, 0) { want_diagnosis(&diag_); }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    (void)eventwire::decode(type, json, arena, out);
    return true;
  }

 private:
  ew_diag diag_;
};

} // namespace

std::unique_ptr<peer> make_eventwire() {
  return std::make_unique<eventwire>("eventwire", EW_ENGINE_AUTO, static_cast<uint32_t>(padding));
}

std::unique_ptr<peer> make_eventwire_unpadded() {
  return std::make_unique<eventwire>("eventwire-unpadded", EW_ENGINE_AUTO, 0u);
}

std::unique_ptr<peer> make_eventwire_table() {
  return std::make_unique<eventwire>("eventwire-table", EW_ENGINE_TABLE,
                                     static_cast<uint32_t>(padding));
}

std::unique_ptr<peer> make_eventwire_straight() {
  return std::make_unique<eventwire>("eventwire-straight", EW_ENGINE_STRAIGHT,
                                     static_cast<uint32_t>(padding));
}

std::unique_ptr<peer> make_eventwire_diagnosing() {
  return std::make_unique<diagnosing>();
}

} // namespace bench
