// cJSON. It does not check UTF-8, keeps no lengths and has no 64-bit integers.
#include <cjson/cJSON.h>

#include <string>

#include "fill.hpp"
#include "peer.hpp"
#include "tree.hpp"

namespace bench {
namespace {

class node {
 public:
  explicit node(const cJSON *v) : value_(v) {}

  unsigned type() const {
    switch (value_->type & 0xff) {
    case cJSON_NULL:
      return null_type;
    case cJSON_Number:
      return number_type;
    case cJSON_String:
      return string_type;
    case cJSON_Array:
      return array_type;
    case cJSON_Object:
      return object_type;
    default:
      return boolean_type;
    }
  }

  bool is_null() const { return cJSON_IsNull(value_); }

  bool get(std::string_view &out) const {
    out = cJSON_IsString(value_) ? std::string_view(value_->valuestring) : std::string_view();
    return cJSON_IsString(value_);
  }
  bool get(bool &out) const { return cJSON_IsBool(value_) && (out = cJSON_IsTrue(value_), true); }
  bool get(double &out) const {
    return cJSON_IsNumber(value_) && (out = value_->valuedouble, true);
  }
  bool get(int64_t &out) const { return whole(out); }
  bool get(uint64_t &out) const { return whole(out); }

  bool raw(ew_raw &out) const {
    out.json = ew_str_from(reinterpret_cast<const char *>(value_), 1);
    return true;
  }

  uint32_t size() const { return static_cast<uint32_t>(cJSON_GetArraySize(value_)); }

  template <class F>
  bool each_member(F &f) const {
    if (!cJSON_IsObject(value_)) {
      return false;
    }
    for (const cJSON *c = value_->child; c != nullptr; c = c->next) {
      node child(c);
      if (!f(known_key{c->string}, child)) {
        return false;
      }
    }
    return true;
  }

  template <class F>
  bool each_element(F &f) const {
    if (!cJSON_IsArray(value_)) {
      return false;
    }
    for (const cJSON *c = value_->child; c != nullptr; c = c->next) {
      node child(c);
      if (!f(child)) {
        return false;
      }
    }
    return true;
  }

  bool has(const char *name) const {
    return cJSON_GetObjectItemCaseSensitive(value_, name) != nullptr;
  }

  std::string_view text(const char *name) const {
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(value_, name);
    std::string_view out;
    return member != nullptr && node(member).get(out) ? out : std::string_view();
  }

 private:
  template <class T>
  bool whole(T &out) const {
    double v = 0;
    if (!get(v)) {
      return false;
    }
    out = static_cast<T>(v);
    return static_cast<double>(out) == v;
  }

  const cJSON *value_;
};

// cJSON wants texts to end in NUL, so each is copied before it is copied.
struct maker {
  static thread_local std::string copy;

  static const char *terminated(std::string_view s) {
    copy.assign(s);
    return copy.c_str();
  }
  static cJSON *object() { return cJSON_CreateObject(); }
  static cJSON *array() { return cJSON_CreateArray(); }
  static cJSON *text(std::string_view s) { return cJSON_CreateString(terminated(s)); }
  static cJSON *raw(std::string_view s) { return cJSON_CreateRaw(terminated(s)); }
  static cJSON *boolean(bool v) { return cJSON_CreateBool(v); }
  static cJSON *integer(int64_t v) { return cJSON_CreateNumber(static_cast<double>(v)); }
  static cJSON *natural(uint64_t v) { return cJSON_CreateNumber(static_cast<double>(v)); }
  static cJSON *number(double v) { return cJSON_CreateNumber(v); }
  static cJSON *null() { return cJSON_CreateNull(); }
  // Names are static and end in NUL.
  static void put(cJSON *o, std::string_view key, cJSON *v) {
    cJSON_AddItemToObjectCS(o, key.data(), v);
  }
  static void put_entry(cJSON *o, std::string_view key, cJSON *v) {
    cJSON_AddItemToObject(o, terminated(key), v);
  }
  static void push(cJSON *a, cJSON *v) { cJSON_AddItemToArray(a, v); }
};

thread_local std::string maker::copy;

class cjson : public peer {
 public:
  ~cjson() override { release(); }
  const char *name() const override { return "cjson"; }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    const char *end = nullptr;
    root_ = cJSON_ParseWithLengthOpts(json.ptr, json.len, &end, false);
    if (root_ == nullptr || end != json.ptr + json.len) {
      return false;
    }
    node n(root_);
    return fill(type, n, arena, out);
  }

  void release() override {
    cJSON_Delete(root_);
    root_ = nullptr;
  }

  bool can_encode(kind) const override { return true; }

  bool encode(kind type, const value &in, ew_buf *out) override {
    tree<maker> t;
    bool done = walk(type, in, t);
    root_ = t.root();
    // Its printer into a block of the caller: the fast way, without growing.
    if (!done || !cJSON_PrintPreallocated(root_, out->ptr + out->len,
                                          static_cast<int>(out->size - out->len), false)) {
      return false;
    }
    out->len += std::strlen(out->ptr + out->len);
    return true;
  }

 private:
  cJSON *root_ = nullptr;
};

} // namespace

std::unique_ptr<peer> make_cjson() {
  return std::make_unique<cjson>();
}

} // namespace bench
