// Fills the decoded structs from a parser's values.
//
// A parser is described by a class N, a handle of one of its values:
//   unsigned type()                      type_bits
//   bool is_null()
//   bool get(T &)                        for std::string_view, bool, int64_t, uint64_t, double
//   bool raw(ew_raw &)                   the text, or a node that the peer keeps
//   bool each_member(f)                  f(key, N &) in document order; key has is(text) and text()
//   bool each_element(f)                 f(N &)
//   uint32_t size()                      elements, 0 when it would take a pass to know
//   bool has(key), string_view text(key) of an object, before it is read: which arm of a union
#ifndef BENCH_FILL_HPP
#define BENCH_FILL_HPP

#include "model.hpp"

namespace bench {

// A key whose length the parser knows.
struct known_key {
  std::string_view own;
  bool is(std::string_view other) const { return own == other; }
  std::string_view text() const { return own; }
};

// A list that grows at the end of the arena, where it usually can stay.
template <class T>
class growing {
 public:
  explicit growing(ew_arena *arena) : arena_(arena) {}

  bool reserve(uint32_t capacity) {
    if (reinterpret_cast<char *>(items_ + capacity_) == arena_->base + arena_->used) {
      ew_arena_rewind(arena_, static_cast<size_t>(reinterpret_cast<char *>(items_) - arena_->base));
    }
    T *items = static_cast<T *>(ew_arena_take(arena_, capacity * sizeof(T)));
    if (items == nullptr) {
      return false;
    }
    if (items != items_ && count_ != 0) {
      std::memcpy(static_cast<void *>(items), items_, count_ * sizeof(T));
    }
    items_ = items;
    capacity_ = capacity;
    return true;
  }

  T *next() {
    if (count_ == capacity_ && !reserve(capacity_ == 0 ? 4 : 2 * capacity_)) {
      return nullptr;
    }
    T *item = &items_[count_++];
    std::memset(static_cast<void *>(item), 0, sizeof(T));
    return item;
  }

  template <class L>
  void give(L &out) {
    out.items = items_;
    out.count = count_;
  }

 private:
  ew_arena *arena_;
  T *items_ = nullptr;
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
};

template <class N>
class filler {
 public:
  filler(N &node, ew_arena *arena) : node_(node), arena_(arena) {}

  template <class S, class P>
  bool member(std::string_view, S &&slot, P presence) {
    if constexpr (is_nullable<P>::value) {
      if (node_.is_null()) {
        presence.state = EW_NULL;
        return true;
      }
    }
    return value(slot) && mark(presence);
  }

  template <class S>
  bool value(S &&slot) {
    return read(slot);
  }

 private:
  template <class P>
  struct is_nullable : std::false_type {};
  template <class B>
  struct is_nullable<nullable<B>> : std::true_type {};

  static bool mark(always) { return true; }
  static bool mark(pointed) { return true; }
  template <class B>
  static bool mark(flag<B> presence) {
    return presence.set = true;
  }
  template <class B>
  static bool mark(nullable<B> presence) {
    presence.state = EW_SET;
    return true;
  }

  bool read(ew_str &out) {
    std::string_view text;
    if (!node_.get(text)) {
      return false;
    }
    out = str(text);
    return true;
  }

  bool read(ew_raw &out) { return node_.raw(out); }
  bool read(bool &out) { return node_.get(out); }
  bool read(int64_t &out) { return node_.get(out); }
  bool read(uint64_t &out) { return node_.get(out); }
  bool read(double &out) { return node_.get(out); }
  bool read(const nothing &) { return node_.is_null(); }

  bool read(const constant &c) {
    std::string_view text;
    return node_.get(text) && text == c.text;
  }

  template <class E, class S>
  bool read(open_names<E, S> &slot) {
    std::string_view text;
    if (!node_.get(text)) {
      return false;
    }
    slot.value = static_cast<E>(model<E>::find(text.data(), text.size()) + 1);
    slot.text = str(text);
    return true;
  }

  // All corpora write the member that is the tag before the one that it chooses.
  template <class U, class E>
  bool read(sibling<U, E> &slot) {
    return model<U>::arm(model<U>::by_tag(slot.tag), slot.choice, *this);
  }

  template <class T>
  bool read(T *&out) {
    out = static_cast<T *>(ew_arena_take(arena_, sizeof(T)));
    if (out == nullptr) {
      return false;
    }
    std::memset(static_cast<void *>(out), 0, sizeof(T));
    return read(*out);
  }

  template <class T>
  std::enable_if_t<shape_of<T>::value || is_list<T>(), bool> read(T &out) {
    if constexpr (is_list<T>()) {
      return list(out);
    } else if constexpr (is_shape<T, shape::object>()) {
      return object(out);
    } else if constexpr (is_shape<T, shape::map>()) {
      return map(out);
    } else if constexpr (is_shape<T, shape::choice>()) {
      int arm = model<T>::choose(node_);
      model<T>::set_kind(out, arm);
      return model<T>::arm(arm, out, *this);
    } else {
      return name(out);
    }
  }

  template <class E>
  bool name(E &out) {
    std::string_view text;
    int index = node_.get(text) ? model<E>::find(text.data(), text.size()) : -1;
    out = static_cast<E>(index + 1);
    return index >= 0;
  }

  // A member is looked for where the order of the wire has it, then by its name.
  template <class T>
  bool object(T &out) {
    unsigned long long seen = 0;
    int next = 0;
    auto take = [&](auto &&key, N &child) {
      int i = next;
      if (i >= model<T>::count || !key.is(model<T>::keys[i])) {
        std::string_view text = key.text();
        i = model<T>::find(text.data(), text.size());
        if (i < 0) {
          return true;
        }
      }
      seen |= 1ull << i;
      next = i + 1;
      filler inner(child, arena_);
      return model<T>::visit(i, out, inner);
    };
    return node_.each_member(take) && (seen & model<T>::required) == model<T>::required;
  }

  template <class L>
  bool list(L &out) {
    using T = std::remove_reference_t<decltype(*out.items)>;
    growing<T> items(arena_);
    uint32_t size = node_.size();
    if (size != 0 && !items.reserve(size)) {
      return false;
    }
    auto take = [&](N &child) {
      T *item = items.next();
      filler inner(child, arena_);
      return item != nullptr && inner.value(*item);
    };
    if (!node_.each_element(take)) {
      return false;
    }
    items.give(out);
    return true;
  }

  template <class L>
  bool map(L &out) {
    using T = std::remove_reference_t<decltype(*out.items)>;
    growing<T> items(arena_);
    auto take = [&](auto &&key, N &child) {
      T *item = items.next();
      if (item == nullptr) {
        return false;
      }
      item->key = str(key.text());
      filler inner(child, arena_);
      return inner.value(item->value);
    };
    if (!node_.each_member(take)) {
      return false;
    }
    items.give(out);
    return true;
  }

  N &node_;
  ew_arena *arena_;
};

// The whole message from its root value.
template <class N>
bool fill(kind type, N &root, ew_arena *arena, value *out) {
  filler<N> f(root, arena);
  switch (type) {
#define BENCH_FILL(name)                         \
case kind::name:                                 \
  std::memset(&out->name, 0, sizeof(out->name)); \
  return f.value(out->name);
    BENCH_TYPES(BENCH_FILL)
#undef BENCH_FILL
  case kind::none:
    break;
  }
  return false;
}

} // namespace bench

#endif
