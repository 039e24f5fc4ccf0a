// json-c, told to check UTF-8 and to refuse what is not JSON.
#include <json-c/json.h>

#include <string>

#include "fill.hpp"
#include "peer.hpp"
#include "tree.hpp"

namespace bench {
namespace {

class node {
 public:
  explicit node(json_object *v) : value_(v) {}

  unsigned type() const {
    switch (json_object_get_type(value_)) {
    case json_type_null:
      return null_type;
    case json_type_boolean:
      return boolean_type;
    case json_type_string:
      return string_type;
    case json_type_array:
      return array_type;
    case json_type_object:
      return object_type;
    default:
      return number_type;
    }
  }

  bool is_null() const { return value_ == nullptr; }

  bool get(std::string_view &out) const {
    if (!json_object_is_type(value_, json_type_string)) {
      return false;
    }
    out = {json_object_get_string(value_), static_cast<size_t>(json_object_get_string_len(value_))};
    return true;
  }
  bool get(bool &out) const {
    out = json_object_get_boolean(value_);
    return json_object_is_type(value_, json_type_boolean);
  }
  bool get(double &out) const {
    out = json_object_get_double(value_);
    return type() == number_type;
  }
  bool get(int64_t &out) const {
    out = json_object_get_int64(value_);
    return json_object_is_type(value_, json_type_int);
  }
  bool get(uint64_t &out) const {
    out = json_object_get_uint64(value_);
    return json_object_is_type(value_, json_type_int);
  }

  bool raw(ew_raw &out) const {
    out.json = ew_str_from(reinterpret_cast<const char *>(value_), 1);
    return true;
  }

  uint32_t size() const { return static_cast<uint32_t>(json_object_array_length(value_)); }

  template <class F>
  bool each_member(F &f) const {
    if (!json_object_is_type(value_, json_type_object)) {
      return false;
    }
    for (lh_entry *e = lh_table_head(json_object_get_object(value_)); e != nullptr;
         e = lh_entry_next(e)) {
      node child(static_cast<json_object *>(lh_entry_v(e)));
      if (!f(known_key{static_cast<const char *>(lh_entry_k(e))}, child)) {
        return false;
      }
    }
    return true;
  }

  template <class F>
  bool each_element(F &f) const {
    if (!json_object_is_type(value_, json_type_array)) {
      return false;
    }
    size_t count = json_object_array_length(value_);
    for (size_t i = 0; i < count; i++) {
      node child(json_object_array_get_idx(value_, i));
      if (!f(child)) {
        return false;
      }
    }
    return true;
  }

  bool has(const char *name) const { return json_object_object_get_ex(value_, name, nullptr); }

  std::string_view text(const char *name) const {
    json_object *member = nullptr;
    std::string_view out;
    return json_object_object_get_ex(value_, name, &member) && node(member).get(out)
               ? out
               : std::string_view();
  }

 private:
  json_object *value_;
};

// json_object_userdata_to_json_string() writes what the node carries: a free-form value's text.
struct maker {
  static json_object *object() { return json_object_new_object(); }
  static json_object *array() { return json_object_new_array(); }
  static json_object *text(std::string_view s) {
    return json_object_new_string_len(s.data() == nullptr ? "" : s.data(),
                                      static_cast<int>(s.size()));
  }
  static json_object *raw(std::string_view s) {
    json_object *node = json_object_new_object();
    char *copy = strndup(s.data(), s.size());
    json_object_set_serializer(node, json_object_userdata_to_json_string, copy,
                               json_object_free_userdata);
    return node;
  }
  static json_object *boolean(bool v) { return json_object_new_boolean(v); }
  static json_object *integer(int64_t v) { return json_object_new_int64(v); }
  static json_object *natural(uint64_t v) { return json_object_new_uint64(v); }
  static json_object *number(double v) { return json_object_new_double(v); }
  static json_object *null() { return nullptr; }
  static void put(json_object *o, std::string_view key, json_object *v) {
    json_object_object_add_ex(o, key.data(), v,
                              JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
  }
  static void put_entry(json_object *o, std::string_view key, json_object *v) {
    json_object_object_add(o, std::string(key).c_str(), v);
  }
  static void push(json_object *a, json_object *v) { json_object_array_add(a, v); }
};

class jsonc : public peer {
 public:
  jsonc() : tokener_(json_tokener_new()) {
    json_tokener_set_flags(tokener_, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
  }
  ~jsonc() override {
    release();
    json_tokener_free(tokener_);
  }
  jsonc(const jsonc &) = delete;
  jsonc &operator=(const jsonc &) = delete;

  const char *name() const override { return "json-c"; }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    json_tokener_reset(tokener_);
    root_ = json_tokener_parse_ex(tokener_, json.ptr, static_cast<int>(json.len));
    if (root_ == nullptr || json_tokener_get_parse_end(tokener_) != json.len) {
      return false;
    }
    node n(root_);
    return fill(type, n, arena, out);
  }

  void release() override {
    json_object_put(root_);
    root_ = nullptr;
  }

  bool can_encode(kind) const override { return true; }

  bool encode(kind type, const value &in, ew_buf *out) override {
    tree<maker> t;
    bool done = walk(type, in, t);
    root_ = t.root();
    if (!done) {
      return false;
    }
    size_t len = 0;
    const char *text = json_object_to_json_string_length(
        root_, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    return text != nullptr && ew_buf_append(out, ew_str_from(text, len)) == EW_OK;
  }

 private:
  json_tokener *tokener_;
  json_object *root_ = nullptr;
};

} // namespace

std::unique_ptr<peer> make_jsonc() {
  return std::make_unique<jsonc>();
}

} // namespace bench
