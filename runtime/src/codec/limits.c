#include "table_internal.h"

static const ew_limits standard_limits = {
    .max_bytes = 1u << 20, .max_depth = 64, .max_items = 100000, .max_string_bytes = 1u << 20};

EW__SMALL static uint32_t first_set(uint32_t a, uint32_t b, uint32_t c) {
  return a != 0 ? a : b != 0 ? b : c;
}

EW__SMALL ew_err ew__limits_resolve(const ew_document *document, const ew_limits *given,
                                    ew_limits *out) {
  const ew_limits *last = &standard_limits;
  const ew_limits *own = document == NULL ? last : &document->limits;
  given = given == NULL ? own : given;
  out->max_bytes = first_set(given->max_bytes, own->max_bytes, last->max_bytes);
  out->max_bytes = out->max_bytes > EW_STR_MAX ? EW_STR_MAX : out->max_bytes;
  out->max_depth = first_set(given->max_depth, own->max_depth, last->max_depth);
  out->max_items = first_set(given->max_items, own->max_items, last->max_items);
  out->max_string_bytes =
      first_set(given->max_string_bytes, own->max_string_bytes, last->max_string_bytes);
  return out->max_depth <= EW__MAX_DEPTH ? EW_OK : EW_ERR_ARGUMENT;
}
