/* Growing text for reports, messages and errors. */
#ifndef EW_CONFORM_TEXT_INTERNAL_H
#define EW_CONFORM_TEXT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Good when zeroed. When memory runs out, failed is set once and for all
 * and later calls do nothing: check it at the end.
 */
typedef struct ew__ctext {
  char *ptr;
  size_t len;
  size_t size;
  bool failed;
} ew__ctext;

#if defined(__GNUC__)
#  define EW__PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#  define EW__PRINTF(fmt, args)
#endif

void ew__ctext_append(ew__ctext *text, const char *bytes, size_t len);
void ew__ctext_puts(ew__ctext *text, const char *string);
void ew__ctext_printf(ew__ctext *text, const char *format, ...) EW__PRINTF(2, 3);

/* For people: control bytes and what is no UTF-8 become \xNN; what is behind max bytes is only counted. */
void ew__ctext_append_visible(ew__ctext *text, const char *bytes, size_t len, size_t max);

/* Never NULL; lives until the next change. */
const char *ew__ctext_str(const ew__ctext *text);

void ew__ctext_reset(ew__ctext *text);
void ew__ctext_clear(ew__ctext *text);

/* The name among NULL-terminated names that word was probably meant to be, or NULL. */
const char *ew__nearest_name(const char *word, const char *const *names);

#endif
