/*
 * format_internal.h - what the formats share: the rest of a text, and characters by kind.
 */
#ifndef EW_SCHEMA_FORMAT_INTERNAL_H
#define EW_SCHEMA_FORMAT_INTERNAL_H

#include "eventwire/format.h"

/** The part of a text that was not looked at yet. */
typedef struct ew__rest {
  const char *p;
  const char *end;
} ew__rest;

static inline ew__rest ew__rest_of(const char *ptr, size_t len) {
  return (ew__rest){ptr, len == 0 ? ptr : ptr + len};
}

static inline bool ew__at_end(const ew__rest *r) { return r->p == r->end; }

static inline size_t ew__left(const ew__rest *r) {
  return ew__at_end(r) ? 0 : (size_t)(r->end - r->p);
}

/** The character that is next, as 0 to 255; -1 at the end. */
static inline int ew__next(const ew__rest *r) {
  return ew__at_end(r) ? -1 : (unsigned char)*r->p;
}

static inline bool ew__take(ew__rest *r, char c) {
  if (ew__at_end(r) || *r->p != c) {
    return false;
  }
  r->p++;
  return true;
}

static inline bool ew__is_digit(int c) { return c >= '0' && c <= '9'; }
static inline bool ew__is_upper(int c) { return c >= 'A' && c <= 'Z'; }
static inline bool ew__is_letter(int c) { return ew__is_upper(c) || (c >= 'a' && c <= 'z'); }
static inline bool ew__is_hex(int c) {
  return ew__is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static inline int ew__lower(int c) { return ew__is_upper(c) ? c | 0x20 : c; }

/** A letter in either case; lower is the small one. */
static inline bool ew__take_letter(ew__rest *r, char lower) {
  if (ew__lower(ew__next(r)) != lower) {
    return false;
  }
  r->p++;
  return true;
}

/** True for one of the characters of set, which is no empty string; never for the end. */
bool ew__is_one_of(int c, const char *set);

/** Passes over all characters of a kind; how many there were. */
size_t ew__take_all(ew__rest *r, bool (*is_kind)(int c));

/** Exactly count digits as a number. */
bool ew__take_number(ew__rest *r, unsigned count, uint32_t *out);

/** The text, or nothing of it. */
bool ew__take_text(ew__rest *r, const char *text);

/** Not at the end. What is no UTF-8 is passed over byte by byte and has the value UINT32_MAX. */
uint32_t ew__take_code_point(ew__rest *r);

bool ew__is_ipv4(ew__rest text);
bool ew__is_ipv6(ew__rest text);

/** A host name: of ASCII, with labels of other scripts, or with their full stops too. */
typedef enum ew__host_kind { EW__HOST_ASCII, EW__HOST_IDN_DOTS, EW__HOST_IDN } ew__host_kind;
bool ew__is_host(ew__rest text, ew__host_kind kind);

/* ------------------------------------------------------------------------- regular expressions */

/** Groups in one another, and names, that the syntax of a regular expression is checked with. */
#define EW__MAX_GROUPS 256u
#define EW__MAX_NAMES 64u

typedef struct ew__names {
  ew__rest names[EW__MAX_NAMES];
  uint32_t count;
} ew__names;

bool ew__has_name(const ew__names *names, ew__rest name);
/** False when there is no room. */
bool ew__add_name(ew__names *names, ew__rest name);

/** Hexadecimal digits, and "}". False when there are none, or the number is above limit. */
bool ew__take_braced_hex(ew__rest *r, uint32_t limit, uint32_t *out);

/** Exactly count hexadecimal digits. */
bool ew__take_hex(ew__rest *r, unsigned count, uint32_t *out);

/* ---------------------------------------------------------------- internationalised host names */

/** In ew__idn_classes, beside the values of ew__idn_script, ew__joining and ew__bidi. */
enum {
  EW__IDN_VALID = 1,   /* PVALID of RFC 5892 */
  EW__IDN_CONTEXT = 2, /* CONTEXTJ or CONTEXTO */
  EW__IDN_MARK = 4,
  EW__IDN_VIRAMA = 8,
};

typedef enum ew__idn_script {
  EW__SCRIPT_OTHER,
  EW__SCRIPT_GREEK,
  EW__SCRIPT_HEBREW,
  EW__SCRIPT_EAST_ASIAN, /* Hiragana, Katakana, Han */
} ew__idn_script;

typedef enum ew__joining {
  EW__JOINING_NONE,
  EW__JOINING_TRANSPARENT,
  EW__JOINING_DUAL,
  EW__JOINING_RIGHT,
  EW__JOINING_LEFT,
} ew__joining;

typedef enum ew__bidi {
  EW__BIDI_LEFT,
  EW__BIDI_RIGHT, /* R and AL */
  EW__BIDI_ARABIC_NUMBER,
  EW__BIDI_NUMBER,
  EW__BIDI_MARK,  /* NSM */
  EW__BIDI_OTHER, /* ES, CS, ET, ON, BN */
} ew__bidi;

/** Where a run of characters of one class starts in ew__idn_runs. */
typedef struct ew__idn_step {
  uint32_t first;
  uint16_t at;
} ew__idn_step;

extern const uint16_t ew__idn_classes[];
extern const uint8_t ew__idn_runs[];
extern const ew__idn_step ew__idn_steps[];
extern const uint32_t ew__idn_step_count;

#endif
