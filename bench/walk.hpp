// Walks over a decoded struct in wire order and tells a sink what it finds:
//   key(text) of a member, static and NUL-terminated; entry(text) of a map,
//   string(ew_str &), boolean(), integer(), natural(), number(), raw(ew_raw &), null(),
//   begin_object(), end_object(), begin_array(), end_array()
//   name(value, text, own)   an enum: its number, its text, and the place of an open one's text
#ifndef BENCH_WALK_HPP
#define BENCH_WALK_HPP

#include "model.hpp"

namespace bench {

template <class S>
class walker {
 public:
  explicit walker(S &sink) : sink_(sink) {}

  template <class V, class P>
  bool member(std::string_view key, V &&slot, P presence) {
    if (!is_there(slot, presence)) {
      return true;
    }
    sink_.key(key);
    if (is_null(presence)) {
      sink_.null();
      return true;
    }
    return value(slot);
  }

  template <class V>
  bool value(V &&slot) {
    return put(slot);
  }

 private:
  template <class V>
  static bool is_there(V &, always) {
    return true;
  }
  template <class V>
  static bool is_there(V &slot, pointed) {
    return slot != nullptr;
  }
  template <class V, class B>
  static bool is_there(V &, flag<B> p) {
    return p.set;
  }
  template <class V, class B>
  static bool is_there(V &, nullable<B> p) {
    return p.state != EW_ABSENT;
  }

  template <class P>
  static bool is_null(P) {
    return false;
  }
  template <class B>
  static bool is_null(nullable<B> p) {
    return p.state == EW_NULL;
  }

  template <class V>
  bool put(V &v) {
    using T = std::remove_const_t<V>;
    if constexpr (std::is_same_v<T, ew_str>) {
      sink_.string(v);
    } else if constexpr (std::is_same_v<T, ew_raw>) {
      sink_.raw(v);
    } else if constexpr (std::is_same_v<T, bool>) {
      sink_.boolean(v);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      sink_.integer(v);
    } else if constexpr (std::is_same_v<T, uint64_t>) {
      sink_.natural(v);
    } else if constexpr (std::is_same_v<T, double>) {
      sink_.number(v);
    } else if constexpr (std::is_same_v<T, nothing>) {
      sink_.null();
    } else if constexpr (std::is_same_v<T, constant>) {
      ew_str text = str(v.text);
      sink_.string(text);
    } else if constexpr (std::is_pointer_v<T>) {
      return put(*v);
    } else {
      return compound(v);
    }
    return true;
  }

  template <class V>
  bool compound(V &v) {
    using T = std::remove_const_t<V>;
    if constexpr (is_list<T>()) {
      return list(v);
    } else if constexpr (is_shape<T, shape::map>()) {
      return map(v);
    } else if constexpr (is_shape<T, shape::object>()) {
      sink_.begin_object();
      bool done = model<T>::each(v, *this);
      sink_.end_object();
      return done;
    } else if constexpr (is_shape<T, shape::choice>()) {
      return model<T>::arm(model<T>::kind(v), v, *this);
    } else {
      return names<T>(v);
    }
  }

  template <class U, class E>
  bool compound(sibling<U, E> &slot) {
    return model<std::remove_const_t<U>>::arm(model<std::remove_const_t<U>>::by_tag(slot.tag),
                                              slot.choice, *this);
  }

  template <class E, class S2>
  bool compound(open_names<E, S2> &slot) {
    int number = static_cast<int>(slot.value);
    sink_.name(number,
               number == 0 ? view(slot.text) : model<std::remove_const_t<E>>::texts[number - 1],
               &slot.text);
    return true;
  }

  template <class E>
  bool names(E v) {
    int number = static_cast<int>(v);
    if (number == 0) {
      return false;
    }
    sink_.name(number, model<E>::texts[number - 1], static_cast<const ew_str *>(nullptr));
    return true;
  }

  template <class L>
  bool list(L &l) {
    sink_.begin_array();
    for (uint32_t i = 0; i < l.count; i++) {
      if (!value(l.items[i])) {
        return false;
      }
    }
    sink_.end_array();
    return true;
  }

  template <class L>
  bool map(L &l) {
    sink_.begin_object();
    for (uint32_t i = 0; i < l.count; i++) {
      sink_.entry(view(l.items[i].key));
      if (!value(l.items[i].value)) {
        return false;
      }
    }
    sink_.end_object();
    return true;
  }

  S &sink_;
};

// V is value or const value.
template <class S, class V>
bool walk(kind type, V &v, S &sink) {
  walker<S> w(sink);
  switch (type) {
#define BENCH_WALK(name) \
case kind::name:         \
  return w.value(v.name);
    BENCH_TYPES(BENCH_WALK)
#undef BENCH_WALK
  case kind::none:
    break;
  }
  return false;
}

} // namespace bench

#endif
