// A sink that builds a library's tree. M says how:
//   M::object(), M::array(), M::text(string_view), M::raw(string_view), ... give a node
//   M::put(object, key, node) with a static key, M::put_entry() with another, M::push(array, node)
#ifndef BENCH_TREE_HPP
#define BENCH_TREE_HPP

#include "walk.hpp"

namespace bench {

template <class M>
class tree {
 public:
  using node = decltype(M::object());

  node root() const { return root_; }

  void key(std::string_view text) {
    key_ = text;
    put_ = M::put;
  }
  void entry(std::string_view text) {
    key_ = text;
    put_ = M::put_entry;
  }
  void string(const ew_str &s) { add(M::text(view(s))); }
  void raw(const ew_raw &r) { add(M::raw(view(r.json))); }
  void boolean(bool v) { add(M::boolean(v)); }
  void integer(int64_t v) { add(M::integer(v)); }
  void natural(uint64_t v) { add(M::natural(v)); }
  void number(double v) { add(M::number(v)); }
  void null() { add(M::null()); }
  void name(int, std::string_view text, const ew_str *) { add(M::text(text)); }

  void begin_object() { open(M::object(), true); }
  void begin_array() { open(M::array(), false); }
  void end_object() { depth_--; }
  void end_array() { depth_--; }

 private:
  static constexpr int max_depth = 64;

  struct level {
    node parent;
    bool is_object;
  };

  void add(node child) {
    if (depth_ == 0) {
      root_ = child;
    } else if (levels_[depth_ - 1].is_object) {
      put_(levels_[depth_ - 1].parent, key_, child);
    } else {
      M::push(levels_[depth_ - 1].parent, child);
    }
  }

  void open(node child, bool is_object) {
    add(child);
    if (depth_ < max_depth) {
      levels_[depth_] = {child, is_object};
    }
    depth_++;
  }

  node root_ = nullptr;
  std::string_view key_;
  void (*put_)(node, std::string_view, node) = M::put;
  level levels_[max_depth];
  int depth_ = 0;
};

} // namespace bench

#endif
