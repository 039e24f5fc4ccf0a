// simdjson On-Demand, in two ways:
//   simdjson        checks free-form members, as all others do
//   simdjson-skip   does not look at what is inside them
// Members are taken in document order, with the key predicted from the wire order. find_field() of
// members that are always there takes as long; find_field_unordered() of all, twice as long.
#include <simdjson.h>

#include "fill.hpp"
#include "peer.hpp"

#include "corpus.hpp"

namespace bench {
namespace {

using namespace simdjson;

static_assert(padding >= SIMDJSON_PADDING, "the messages need more padding");

struct raw_key {
  ondemand::raw_json_string own;
  bool is(std::string_view other) const { return own.unsafe_is_equal(other); }
  // None of the schemas' names has an escape; a name with one matches none of them.
  std::string_view text() const {
    const char *end = static_cast<const char *>(std::memchr(own.raw(), '"', padding));
    return {own.raw(), end == nullptr ? 0 : static_cast<size_t>(end - own.raw())};
  }
};

template <bool checks>
class node {
 public:
  explicit node(ondemand::value v) : value_(v) {}

  unsigned type() {
    static const unsigned bits[] = {0,           array_type,   object_type, number_type,
                                    string_type, boolean_type, null_type};
    ondemand::json_type t;
    return value_.type().get(t) == SUCCESS ? bits[static_cast<size_t>(t)] : 0;
  }

  bool is_null() {
    bool is = false;
    return value_.is_null().get(is) == SUCCESS && is;
  }

  template <class T>
  bool get(T &out) {
    return value_.get(out) == SUCCESS;
  }

  // The text, after a look at all that is inside: a slice may hold anything between brackets.
  bool raw(ew_raw &out) {
    std::string_view text;
    unsigned t = type();
    if (t == object_type) {
      if (!open() || object_.raw_json().get(text) != SUCCESS || (checks && !check_members())) {
        return false;
      }
    } else if (t == array_type) {
      if (!open_array() || array_.raw_json().get(text) != SUCCESS ||
          (checks && !check_elements())) {
        return false;
      }
    } else {
      text = value_.raw_json_token();
      if (checks && !check_scalar(t)) {
        return false;
      }
    }
    out.json = str(text);
    return true;
  }

  uint32_t size() { return 0; }

  template <class F>
  bool each_member(F &f) {
    if (!open()) {
      return false;
    }
    for (auto field : object_) {
      ondemand::field member;
      if (std::move(field).get(member) != SUCCESS) {
        return false;
      }
      node child(member.value());
      if (!f(raw_key{member.key()}, child)) {
        return false;
      }
    }
    return true;
  }

  template <class F>
  bool each_element(F &&f) {
    if (!open_array()) {
      return false;
    }
    for (auto element : array_) {
      ondemand::value v;
      if (std::move(element).get(v) != SUCCESS) {
        return false;
      }
      node child(v);
      if (!f(child)) {
        return false;
      }
    }
    return true;
  }

  bool has(const char *name) {
    ondemand::value v;
    return open() && object_.find_field_unordered(name).get(v) == SUCCESS;
  }

  std::string_view text(const char *name) {
    ondemand::raw_json_string raw;
    if (!open() || object_.find_field_unordered(name).get_raw_json_string().get(raw) != SUCCESS) {
      return {};
    }
    return raw_key{raw}.text();
  }

 private:
  bool check() {
    unsigned t = type();
    return t == object_type  ? check_members()
           : t == array_type ? check_elements()
                             : check_scalar(t);
  }

  bool check_members() {
    if (!open()) {
      return false;
    }
    for (auto field : object_) {
      std::string_view key;
      ondemand::value v;
      if (field.unescaped_key().get(key) != SUCCESS || field.value().get(v) != SUCCESS ||
          !node(v).check()) {
        return false;
      }
    }
    return true;
  }

  bool check_elements() {
    return each_element([](node &child) { return child.check(); });
  }

  bool check_scalar(unsigned t) {
    std::string_view text;
    bool truth = false;
    ondemand::number number;
    switch (t) {
    case string_type:
      return value_.get(text) == SUCCESS;
    case number_type:
      return value_.get_number().get(number) == SUCCESS;
    case boolean_type:
      return value_.get(truth) == SUCCESS;
    default:
      return is_null();
    }
  }

  // An object may be opened once; what looked into it before goes back to its start.
  bool open() {
    if (opened_) {
      bool any = false;
      return object_.reset().get(any) == SUCCESS;
    }
    opened_ = true;
    return value_.get(object_) == SUCCESS;
  }

  bool open_array() {
    if (opened_) {
      bool any = false;
      return array_.reset().get(any) == SUCCESS;
    }
    opened_ = true;
    return value_.get(array_) == SUCCESS;
  }

  ondemand::value value_;
  ondemand::object object_;
  ondemand::array array_;
  bool opened_ = false;
};

template <bool checks>
class on_demand : public peer {
 public:
  explicit on_demand(const char *name) : name_(name) {}

  const char *name() const override { return name_; }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    padded_string_view text(json.ptr, json.len, json.len + padding);
    ondemand::value root;
    if (parser_.iterate(text).get(document_) != SUCCESS ||
        document_.get_value().get(root) != SUCCESS) {
      return false;
    }
    node<checks> n(root);
    return fill(type, n, arena, out) && document_.current_location().error() == OUT_OF_BOUNDS;
  }

 private:
  const char *name_;
  ondemand::parser parser_;
  ondemand::document document_;
};

} // namespace

std::unique_ptr<peer> make_simdjson() {
  return std::make_unique<on_demand<true>>("simdjson");
}
std::unique_ptr<peer> make_simdjson_skip() {
  return std::make_unique<on_demand<false>>("simdjson-skip");
}

} // namespace bench
