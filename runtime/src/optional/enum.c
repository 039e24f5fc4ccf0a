/* The values of enums and their texts, for programs. */
#include "../codec/scan_internal.h"

EW__SMALL ew_str ew_enum_text(const ew_enum_rules *rules, int value) {
  if (value < 1 || (uint32_t)value > rules->count) {
    return ew_str_of(NULL);
  }
  ew_text text = ew_enum_name(rules, (uint32_t)value - 1);
  return ew_str_from(text.ptr, text.len);
}

EW__SMALL int ew_enum_value(const ew_enum_rules *rules, ew_str text) {
  for (uint32_t i = 0; i < rules->count; i++) {
    if (ew_str_equal(text, ew_enum_text(rules, (int)i + 1))) {
      return (int)i + 1;
    }
  }
  return 0;
}
