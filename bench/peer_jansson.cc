// Jansson. It has no way to write a free-form value from its text, so it only encodes where there
// is none.
#include <jansson.h>

#include <string>

#include "fill.hpp"
#include "peer.hpp"
#include "tree.hpp"

namespace bench {
namespace {

class node {
 public:
  explicit node(json_t *v) : value_(v) {}

  unsigned type() const {
    static const unsigned bits[] = {object_type, array_type,   string_type,  number_type,
                                    number_type, boolean_type, boolean_type, null_type};
    return bits[json_typeof(value_)];
  }

  bool is_null() const { return json_is_null(value_); }

  bool get(std::string_view &out) const {
    out = {json_string_value(value_), json_string_length(value_)};
    return json_is_string(value_);
  }
  bool get(bool &out) const {
    return json_is_boolean(value_) && (out = json_is_true(value_), true);
  }
  bool get(double &out) const {
    return json_is_number(value_) && (out = json_number_value(value_), true);
  }
  bool get(int64_t &out) const {
    return json_is_integer(value_) && (out = json_integer_value(value_), true);
  }
  bool get(uint64_t &out) const {
    out = static_cast<uint64_t>(json_integer_value(value_));
    return json_is_integer(value_) && json_integer_value(value_) >= 0;
  }

  bool raw(ew_raw &out) const {
    out.json = ew_str_from(reinterpret_cast<const char *>(value_), 1);
    return true;
  }

  uint32_t size() const { return static_cast<uint32_t>(json_array_size(value_)); }

  template <class F>
  bool each_member(F &f) const {
    if (!json_is_object(value_)) {
      return false;
    }
    for (void *i = json_object_iter(value_); i != nullptr; i = json_object_iter_next(value_, i)) {
      node child(json_object_iter_value(i));
      if (!f(known_key{json_object_iter_key(i)}, child)) {
        return false;
      }
    }
    return true;
  }

  template <class F>
  bool each_element(F &f) const {
    if (!json_is_array(value_)) {
      return false;
    }
    for (size_t i = 0; i < json_array_size(value_); i++) {
      node child(json_array_get(value_, i));
      if (!f(child)) {
        return false;
      }
    }
    return true;
  }

  bool has(const char *name) const { return json_object_get(value_, name) != nullptr; }

  std::string_view text(const char *name) const {
    json_t *member = json_object_get(value_, name);
    std::string_view out;
    return member != nullptr && node(member).get(out) ? out : std::string_view();
  }

 private:
  json_t *value_;
};

struct maker {
  static json_t *object() { return json_object(); }
  static json_t *array() { return json_array(); }
  static json_t *text(std::string_view s) {
    return json_stringn(s.data() == nullptr ? "" : s.data(), s.size());
  }
  static json_t *raw(std::string_view) { return nullptr; }
  static json_t *boolean(bool v) { return json_boolean(v); }
  static json_t *integer(int64_t v) { return json_integer(v); }
  static json_t *natural(uint64_t v) { return json_integer(static_cast<json_int_t>(v)); }
  static json_t *number(double v) { return json_real(v); }
  static json_t *null() { return json_null(); }
  // Names are static, end in NUL and are known to be good.
  static void put(json_t *o, std::string_view key, json_t *v) {
    json_object_set_new_nocheck(o, key.data(), v);
  }
  static void put_entry(json_t *o, std::string_view key, json_t *v) {
    json_object_set_new(o, std::string(key).c_str(), v);
  }
  static void push(json_t *a, json_t *v) { json_array_append_new(a, v); }
};

class jansson : public peer {
 public:
  ~jansson() override { release(); }
  const char *name() const override { return "jansson"; }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    root_ = json_loadb(json.ptr, json.len, 0, nullptr);
    if (root_ == nullptr) {
      return false;
    }
    node n(root_);
    return fill(type, n, arena, out);
  }

  void release() override {
    json_decref(root_);
    root_ = nullptr;
  }

  bool can_encode(kind type) const override { return type == kind::baas_event; }

  bool encode(kind type, const value &in, ew_buf *out) override {
    tree<maker> t;
    bool done = walk(type, in, t);
    root_ = t.root();
    size_t room = out->size - out->len;
    size_t len = done ? json_dumpb(root_, out->ptr + out->len, room, JSON_COMPACT) : 0;
    out->len += len <= room ? len : 0;
    return len != 0 && len <= room;
  }

 private:
  json_t *root_ = nullptr;
};

} // namespace

std::unique_ptr<peer> make_jansson() {
  return std::make_unique<jansson>();
}

} // namespace bench
