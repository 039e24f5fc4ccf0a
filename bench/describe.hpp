// How decoded structs are described to the contestants.
//
// bench::model<T> (made by model.py) says what T is. For an object it has keys, find(key) and
//   visit(i, object, v)   calls v.member(key, slot, presence) for member i
//   each(object, v)       calls it for all of them in wire order
// fill.hpp reads any parser's values into them, walk.hpp writes them to any builder: a contestant
// says what its values and its builder look like, and all of them do the same work.
#ifndef BENCH_DESCRIBE_HPP
#define BENCH_DESCRIBE_HPP

#include <cstring>
#include <string_view>
#include <type_traits>

#include "types.hpp"

namespace bench {

enum class shape { object, list, map, choice, names };

template <class T>
struct model;

enum type_bits : unsigned {
  null_type = EW_JSON_NULL,
  boolean_type = EW_JSON_BOOL,
  number_type = EW_JSON_NUMBER,
  string_type = EW_JSON_STRING,
  array_type = EW_JSON_ARRAY,
  object_type = EW_JSON_OBJECT
};

// ---- presence: where a struct notes that a member was there

struct always {};
struct pointed {}; // a pointer that is not NULL

template <class B>
struct flag {
  B &set;
};
template <class B>
flag(B &) -> flag<B>;

template <class B>
struct nullable {
  B &state; // ew_presence
};
template <class B>
nullable(B &) -> nullable<B>;

// ---- slots that are more than a place in the struct

struct constant {
  std::string_view text;
};

struct nothing {}; // null, or an object whose members are all constants

template <class E, class S>
struct open_names {
  E &value;
  S &text;
};
template <class E, class S>
open_names(E &, S &) -> open_names<E, S>;

template <class U, class E>
struct sibling {
  U &choice;
  E &tag;
};
template <class U, class E>
sibling(U &, E &) -> sibling<U, E>;

// ---- what stands for what

template <class T, class = void>
struct shape_of : std::false_type {};
template <class T>
struct shape_of<T, std::void_t<decltype(model<T>::is)>> : std::true_type {
  static constexpr shape is = model<T>::is;
};

template <class T, shape S>
constexpr bool is_shape() {
  if constexpr (shape_of<T>::value) {
    return shape_of<T>::is == S;
  } else {
    return false;
  }
}

template <class T>
constexpr bool is_list() {
  return is_shape<T, shape::list>() || std::is_same_v<T, ew_str_list> ||
         std::is_same_v<T, ew_raw_list>;
}

inline std::string_view view(ew_str s) {
  return {s.ptr, s.len};
}

inline ew_str str(std::string_view s) {
  return ew_str_from(s.data(), s.size());
}

} // namespace bench

#endif
