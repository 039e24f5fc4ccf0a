// RapidJSON: a Document in reused memory, and the Writer; both check UTF-8.
#ifdef __SSE4_2__
#  define RAPIDJSON_SSE42
#endif
#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include <optional>

#include "fill.hpp"
#include "peer.hpp"
#include "walk.hpp"

namespace bench {
namespace {

using allocator = rapidjson::MemoryPoolAllocator<>;
using document = rapidjson::GenericDocument<rapidjson::UTF8<>, allocator, allocator>;
using json_value = document::ValueType;

constexpr size_t pool_bytes = size_t{4} << 20;
constexpr size_t stack_bytes = size_t{1} << 20;

class node {
 public:
  explicit node(const json_value &v) : value_(v) {}

  unsigned type() const {
    static const unsigned bits[] = {null_type,  boolean_type, boolean_type, object_type,
                                    array_type, string_type,  number_type};
    return bits[value_.GetType()];
  }

  bool is_null() const { return value_.IsNull(); }

  bool get(std::string_view &out) const {
    out = value_.IsString() ? std::string_view(value_.GetString(), value_.GetStringLength())
                            : std::string_view();
    return value_.IsString();
  }
  bool get(bool &out) const { return value_.IsBool() && (out = value_.GetBool(), true); }
  bool get(int64_t &out) const { return value_.IsInt64() && (out = value_.GetInt64(), true); }
  bool get(uint64_t &out) const { return value_.IsUint64() && (out = value_.GetUint64(), true); }
  bool get(double &out) const { return value_.IsNumber() && (out = value_.GetDouble(), true); }

  bool raw(ew_raw &out) const {
    out.json = ew_str_from(reinterpret_cast<const char *>(&value_), 1);
    return true;
  }

  uint32_t size() const { return value_.IsArray() ? value_.Size() : 0; }

  template <class F>
  bool each_member(F &f) const {
    if (!value_.IsObject()) {
      return false;
    }
    for (auto m = value_.MemberBegin(); m != value_.MemberEnd(); ++m) {
      node child(m->value);
      if (!f(known_key{{m->name.GetString(), m->name.GetStringLength()}}, child)) {
        return false;
      }
    }
    return true;
  }

  template <class F>
  bool each_element(F &f) const {
    if (!value_.IsArray()) {
      return false;
    }
    for (auto e = value_.Begin(); e != value_.End(); ++e) {
      node child(*e);
      if (!f(child)) {
        return false;
      }
    }
    return true;
  }

  bool has(const char *name) const { return value_.HasMember(name); }

  std::string_view text(const char *name) const {
    auto m = value_.FindMember(name);
    std::string_view out;
    return m != value_.MemberEnd() && node(m->value).get(out) ? out : std::string_view();
  }

 private:
  const json_value &value_;
};

// Where the Writer puts its bytes.
class block {
 public:
  using Ch = char;
  explicit block(ew_buf *buf) : at_(buf->ptr + buf->len), end_(buf->ptr + buf->size) {}
  void Put(char c) {
    if (at_ != end_) {
      *at_++ = c;
    } else {
      full_ = true;
    }
  }
  void Flush() {}
  bool is_full() const { return full_; }
  const char *at() const { return at_; }

 private:
  char *at_;
  char *end_;
  bool full_ = false;
};

using writer = rapidjson::Writer<block, rapidjson::UTF8<>, rapidjson::UTF8<>, allocator,
                                 rapidjson::kWriteValidateEncodingFlag>;

struct sink {
  writer &w;
  bool good = true;

  static rapidjson::SizeType len(size_t n) { return static_cast<rapidjson::SizeType>(n); }
  void text(std::string_view s) {
    good &= w.String(s.data() == nullptr ? "" : s.data(), len(s.size()));
  }

  void key(std::string_view s) { good &= w.Key(s.data(), len(s.size())); }
  void entry(std::string_view s) { key(s); }
  void string(const ew_str &s) { text(view(s)); }
  void raw(const ew_raw &r) { good &= w.RawValue(r.json.ptr, r.json.len, rapidjson::kObjectType); }
  void boolean(bool v) { good &= w.Bool(v); }
  void integer(int64_t v) { good &= w.Int64(v); }
  void natural(uint64_t v) { good &= w.Uint64(v); }
  void number(double v) { good &= w.Double(v); }
  void null() { good &= w.Null(); }
  void begin_object() { good &= w.StartObject(); }
  void end_object() { good &= w.EndObject(); }
  void begin_array() { good &= w.StartArray(); }
  void end_array() { good &= w.EndArray(); }
  void name(int, std::string_view s, const ew_str *) { text(s); }
};

class rapid : public peer {
 public:
  const char *name() const override { return "rapidjson"; }

  bool decode(kind type, ew_str json, ew_arena *arena, value *out) override {
    constexpr unsigned flags = rapidjson::kParseValidateEncodingFlag;
    values_.emplace(pool_.data(), pool_.size());
    stack_.emplace(levels_.data(), levels_.size());
    document_.emplace(&*values_, levels_.size() / 4, &*stack_);
    document_->Parse<flags>(json.ptr, json.len);
    return !document_->HasParseError() && fill_from(type, arena, out);
  }

  void release() override {
    document_.reset();
    stack_.reset();
    values_.reset();
  }

  bool can_encode(kind) const override { return true; }

  bool encode(kind type, const value &in, ew_buf *out) override {
    allocator levels(levels_.data(), levels_.size());
    block stream(out);
    writer w(stream, &levels);
    sink s{w};
    if (!walk(type, in, s) || !s.good || stream.is_full()) {
      return false;
    }
    out->len = static_cast<size_t>(stream.at() - out->ptr);
    return true;
  }

 private:
  bool fill_from(kind type, ew_arena *arena, value *out) {
    node n(*document_);
    return fill(type, n, arena, out);
  }

  std::vector<char> pool_ = std::vector<char>(pool_bytes);
  std::vector<char> levels_ = std::vector<char>(stack_bytes);
  std::optional<allocator> values_;
  std::optional<allocator> stack_;
  std::optional<document> document_;
};

} // namespace

std::unique_ptr<peer> make_rapidjson() {
  return std::make_unique<rapid>();
}

} // namespace bench
