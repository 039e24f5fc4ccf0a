/*
 * Host names: RFC 1123, and those of other scripts by RFC 5891 (labels), RFC 5892 (characters),
 * RFC 5893 (direction) and RFC 3492 (Punycode). What a label is made of is looked at in both forms
 * that it has; whether it is in NFC is not.
 */
#include "format_internal.h"

#include <string.h>

/* Octets of RFC 1035: no label of either form has more characters. */
#define MAX_LABEL 63u
#define MAX_NAME 253u

typedef struct label {
  uint32_t points[MAX_LABEL];
  uint32_t count;
} label;

/* ---------------------------------------------------------------------------------- characters */

static uint32_t properties_of(uint32_t c) {
  uint32_t low = 0;
  for (uint32_t high = ew__idn_step_count; high - low > 1;) {
    uint32_t middle = low + (high - low) / 2;
    *(c < ew__idn_steps[middle].first ? &high : &low) = middle;
  }
  uint32_t first = ew__idn_steps[low].first;
  const uint8_t *run = ew__idn_runs + ew__idn_steps[low].at;
  for (;;) {
    uint8_t class = *run++;
    uint32_t count = 0;
    unsigned shift = 0;
    do {
      count |= (uint32_t)(*run & 0x7f) << shift;
      shift += 7;
    } while (*run++ > 0x7f);
    if (c - first < count) {
      return ew__idn_classes[class];
    }
    first += count;
  }
}

static ew__idn_script script_of(uint32_t c) {
  return (ew__idn_script)(properties_of(c) >> 4 & 3);
}
static ew__joining joining_of(uint32_t c) { return (ew__joining)(properties_of(c) >> 6 & 7); }
static ew__bidi bidi_of(uint32_t c) { return (ew__bidi)(properties_of(c) >> 9); }

/* --------------------------------------------------------------- RFC 5892, appendix A: context */

static bool is_behind_virama(const label *l, uint32_t at) {
  return at > 0 && (properties_of(l->points[at - 1]) & EW__IDN_VIRAMA) != 0;
}

/* Letters that join stand on both sides, with transparent ones between. */
static bool breaks_a_joint(const label *l, uint32_t at) {
  uint32_t before = at;
  uint32_t behind = at + 1;
  while (before > 0 && joining_of(l->points[before - 1]) == EW__JOINING_TRANSPARENT) {
    before--;
  }
  while (behind < l->count && joining_of(l->points[behind]) == EW__JOINING_TRANSPARENT) {
    behind++;
  }
  if (before == 0 || behind == l->count) {
    return false;
  }
  ew__joining left = joining_of(l->points[before - 1]);
  ew__joining right = joining_of(l->points[behind]);
  return (left == EW__JOINING_LEFT || left == EW__JOINING_DUAL) &&
         (right == EW__JOINING_RIGHT || right == EW__JOINING_DUAL);
}

static bool has_script(const label *l, uint32_t at, ew__idn_script script) {
  return at < l->count && script_of(l->points[at]) == script;
}

static bool has_east_asian(const label *l) {
  for (uint32_t i = 0; i < l->count; i++) {
    if (l->points[i] != 0x30fb && has_script(l, i, EW__SCRIPT_EAST_ASIAN)) {
      return true;
    }
  }
  return false;
}

static bool has_one_between(const label *l, uint32_t first, uint32_t last) {
  for (uint32_t i = 0; i < l->count; i++) {
    if (l->points[i] >= first && l->points[i] <= last) {
      return true;
    }
  }
  return false;
}

static bool fits_context(const label *l, uint32_t at) {
  uint32_t c = l->points[at];
  switch (c) {
  case 0x200c:
    return is_behind_virama(l, at) || breaks_a_joint(l, at);
  case 0x200d:
    return is_behind_virama(l, at);
  case 0xb7:
    return at > 0 && at + 1 < l->count && l->points[at - 1] == 'l' && l->points[at + 1] == 'l';
  case 0x375:
    return has_script(l, at + 1, EW__SCRIPT_GREEK);
  case 0x5f3:
  case 0x5f4:
    return at > 0 && has_script(l, at - 1, EW__SCRIPT_HEBREW);
  case 0x30fb:
    return has_east_asian(l);
  default: /* digits of Arabic in one of two forms */
    return c < 0x6f0 ? !has_one_between(l, 0x6f0, 0x6f9) : !has_one_between(l, 0x660, 0x669);
  }
}

/* RFC 5891, section 4.2. */
static bool is_u_label(const label *l) {
  bool hyphens = l->count >= 4 && l->points[2] == '-' && l->points[3] == '-';
  if (hyphens || l->points[0] == '-' || l->points[l->count - 1] == '-' ||
      (properties_of(l->points[0]) & EW__IDN_MARK) != 0) {
    return false;
  }
  for (uint32_t i = 0; i < l->count; i++) {
    uint32_t properties = properties_of(l->points[i]);
    bool fits = (properties & EW__IDN_CONTEXT) != 0 ? fits_context(l, i)
                                                    : (properties & EW__IDN_VALID) != 0;
    if (!fits) {
      return false;
    }
  }
  return true;
}

/* ----------------------------------------------------------------------------------- direction */

/* Which kinds of characters a label has, one bit each. */
static uint32_t directions_of(const label *l) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < l->count; i++) {
    found |= 1u << bidi_of(l->points[i]);
  }
  return found;
}

#define BIT(direction) (1u << EW__BIDI_##direction)

static bool goes_left(uint32_t directions) {
  return (directions & (BIT(RIGHT) | BIT(ARABIC_NUMBER))) != 0;
}

/* RFC 5893, section 2: asked of each label of a name that has one going left. */
static bool keeps_direction(const label *l) {
  uint32_t directions = directions_of(l);
  uint32_t last = l->count;
  while (last > 1 && bidi_of(l->points[last - 1]) == EW__BIDI_MARK) {
    last--;
  }
  uint32_t end = 1u << bidi_of(l->points[last - 1]);
  switch (bidi_of(l->points[0])) {
  case EW__BIDI_LEFT:
    return !goes_left(directions) && (end & (BIT(LEFT) | BIT(NUMBER))) != 0;
  case EW__BIDI_RIGHT:
    return (directions & BIT(LEFT)) == 0 &&
           (end & (BIT(RIGHT) | BIT(NUMBER) | BIT(ARABIC_NUMBER))) != 0 &&
           (directions & (BIT(NUMBER) | BIT(ARABIC_NUMBER))) !=
               (BIT(NUMBER) | BIT(ARABIC_NUMBER));
  default:
    return false;
  }
}

/* ------------------------------------------------------------------------------------ Punycode */

#define BASE 36u
#define FIRST_BIAS 72u
#define FIRST_POINT 128u

static uint32_t next_bias(uint32_t delta, uint32_t points, bool first) {
  uint32_t k = 0;
  delta = first ? delta / 700 : delta / 2;
  delta += delta / points;
  for (; delta > 35 * 26 / 2; k += BASE) {
    delta /= 35;
  }
  return k + 36 * delta / (delta + 38);
}

static uint32_t threshold(uint32_t k, uint32_t bias) {
  return k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
}

static uint32_t digit_of(uint32_t c) {
  return ew__is_digit((int)c) ? c - '0' + 26 : c >= 'a' && c <= 'z' ? c - 'a' : BASE;
}

/* A number of variable length; *at moves behind it. False when it is none or too large. */
static bool read_delta(const label *from, uint32_t *at, uint32_t bias, uint32_t *delta) {
  uint64_t weight = 1;
  uint64_t value = 0;
  for (uint32_t k = BASE;; k += BASE) {
    uint32_t digit = *at < from->count ? digit_of(from->points[(*at)++]) : BASE;
    uint32_t limit = threshold(k, bias);
    value += digit * weight;
    if (digit >= BASE || value > UINT32_MAX) {
      return false;
    }
    if (digit < limit) {
      *delta = (uint32_t)value;
      return true;
    }
    weight *= BASE - limit;
    if (weight > UINT32_MAX) {
      return false;
    }
  }
}

static bool insert(label *l, uint32_t at, uint32_t point) {
  if (l->count == MAX_LABEL || point > 0x10ffff) {
    return false;
  }
  memmove(&l->points[at + 1], &l->points[at], (l->count - at) * sizeof(l->points[0]));
  l->points[at] = point;
  l->count++;
  return true;
}

/* from: the label behind "xn--", of ASCII. */
static bool decode_punycode(const label *from, label *to) {
  uint32_t basic = from->count;
  while (basic > 0 && from->points[basic - 1] != '-') {
    basic--;
  }
  to->count = basic == 0 ? 0 : basic - 1;
  memcpy(to->points, from->points, to->count * sizeof(to->points[0]));
  uint32_t point = FIRST_POINT;
  uint32_t bias = FIRST_BIAS;
  uint32_t place = 0;
  for (uint32_t at = basic; at < from->count;) {
    uint32_t delta;
    if (!read_delta(from, &at, bias, &delta) || delta > UINT32_MAX - place) {
      return false;
    }
    uint32_t places = to->count + 1;
    bias = next_bias(delta, places, place == 0);
    place += delta;
    if (place / places > 0x10ffff - point) {
      return false;
    }
    point += place / places;
    place %= places;
    if (!insert(to, place++, point)) {
      return false;
    }
  }
  return true;
}

static bool append(label *l, uint32_t point) { return insert(l, l->count, point); }

static bool append_delta(label *to, uint32_t delta, uint32_t bias) {
  for (uint32_t k = BASE;; k += BASE) {
    uint32_t limit = threshold(k, bias);
    uint32_t digit = delta < limit ? delta : limit + (delta - limit) % (BASE - limit);
    if (!append(to, digit < 26 ? 'a' + digit : '0' + (digit - 26))) {
      return false;
    }
    if (delta < limit) {
      return true;
    }
    delta = (delta - limit) / (BASE - limit);
  }
}

static uint32_t smallest_from(const label *l, uint32_t point) {
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; i < l->count; i++) {
    if (l->points[i] >= point && l->points[i] < found) {
      found = l->points[i];
    }
  }
  return found;
}

/* The ASCII characters of from, and a hyphen behind them. False when to has no room. */
static bool append_basic(label *to, const label *from) {
  uint32_t before = to->count;
  for (uint32_t i = 0; i < from->count; i++) {
    if (from->points[i] < FIRST_POINT && !append(to, from->points[i])) {
      return false;
    }
  }
  return to->count == before || append(to, '-');
}

/* The A-label of a U-label; false when it is too long. */
static bool encode_label(const label *from, label *to) {
  static const label prefix = {{'x', 'n', '-', '-'}, 4};
  *to = prefix;
  if (!append_basic(to, from)) {
    return false;
  }
  uint32_t done = 0;
  for (uint32_t i = 0; i < from->count; i++) {
    done += from->points[i] < FIRST_POINT;
  }
  uint32_t basic = done;
  uint32_t bias = FIRST_BIAS;
  uint32_t delta = 0;
  uint32_t point = FIRST_POINT;
  while (done < from->count) {
    uint32_t next = smallest_from(from, point);
    delta += (next - point) * (done + 1);
    for (uint32_t i = 0; i < from->count; i++) {
      delta += from->points[i] < next;
      if (from->points[i] == next) {
        if (!append_delta(to, delta, bias)) {
          return false;
        }
        bias = next_bias(delta, done + 1, done == basic);
        delta = 0;
        done++;
      }
    }
    delta++;
    point = next + 1;
  }
  return true;
}

/* -------------------------------------------------------------------------------------- labels */

static bool is_ascii(const label *l) {
  for (uint32_t i = 0; i < l->count; i++) {
    if (l->points[i] >= FIRST_POINT) {
      return false;
    }
  }
  return true;
}

static bool is_same(const label *a, const label *b) {
  return a->count == b->count && memcmp(a->points, b->points, a->count * sizeof(a->points[0])) == 0;
}

/* RFC 1123: letters, digits and hyphens, those not at an end. Letters become small. */
static bool take_ascii_label(label *l) {
  for (uint32_t i = 0; i < l->count; i++) {
    int c = ew__lower((int)l->points[i]);
    if (!ew__is_letter(c) && !ew__is_digit(c) && c != '-') {
      return false;
    }
    l->points[i] = (uint32_t)c;
  }
  return l->points[0] != '-' && l->points[l->count - 1] != '-';
}

static bool has_prefix(const label *l) {
  return l->count >= 4 && l->points[0] == 'x' && l->points[1] == 'n' && l->points[2] == '-' &&
         l->points[3] == '-';
}

/* l: behind "xn--" in small letters; becomes the label that it stands for. */
static bool take_a_label(label *l) {
  label behind = {{0}, l->count - 4};
  label decoded;
  label again;
  memcpy(behind.points, l->points + 4, behind.count * sizeof(l->points[0]));
  if (!decode_punycode(&behind, &decoded) || is_ascii(&decoded) || !is_u_label(&decoded) ||
      !encode_label(&decoded, &again) || !is_same(l, &again)) {
    return false;
  }
  *l = decoded;
  return true;
}

/* Checks one label; octets is how long it is in a name of ASCII. */
static bool take_label(label *l, ew__host_kind kind, uint32_t *octets) {
  label encoded;
  if (l->count == 0) {
    return false;
  }
  *octets = l->count;
  if (!is_ascii(l)) {
    bool fits = kind != EW__HOST_ASCII && is_u_label(l) && encode_label(l, &encoded);
    *octets = fits ? encoded.count : 0;
    return fits;
  }
  if (!take_ascii_label(l)) {
    return false;
  }
  if (has_prefix(l)) {
    return take_a_label(l);
  }
  /* Others with hyphens there are kept for later; to RFC 1123 they are names. */
  return kind == EW__HOST_ASCII || l->count < 4 || l->points[2] != '-' || l->points[3] != '-';
}

static bool is_stop(uint32_t c, ew__host_kind kind) {
  return c == '.' || (kind == EW__HOST_IDN && (c == 0x3002 || c == 0xff0e || c == 0xff61));
}

/* Up to a full stop or the end; *stopped says which. False when the label is too long. */
static bool read_label(ew__rest *r, ew__host_kind kind, label *l, bool *stopped) {
  l->count = 0;
  *stopped = false;
  while (!ew__at_end(r) && !*stopped) {
    uint32_t c = ew__take_code_point(r);
    *stopped = is_stop(c, kind);
    if (!*stopped && !append(l, c)) {
      return false;
    }
  }
  return true;
}

bool ew__is_host(ew__rest text, ew__host_kind kind) {
  uint32_t total = 0;
  bool left = false;
  bool keeps = true;
  bool stopped;
  do {
    label l;
    uint32_t octets;
    if (!read_label(&text, kind, &l, &stopped) || !take_label(&l, kind, &octets)) {
      return false;
    }
    total += octets + stopped;
    left = left || goes_left(directions_of(&l));
    keeps = keeps && keeps_direction(&l);
  } while (stopped && total <= MAX_NAME);
  return total <= MAX_NAME && (keeps || !left);
}

static bool is_hostname(const char *ptr, size_t len) {
  return ew__is_host(ew__rest_of(ptr, len), EW__HOST_ASCII);
}

static bool is_idn_hostname(const char *ptr, size_t len) {
  return ew__is_host(ew__rest_of(ptr, len), EW__HOST_IDN);
}

const ew_format ew_format_hostname = {"hostname", "a host name", is_hostname, NULL};
const ew_format ew_format_idn_hostname = {"idn-hostname", "a host name",
                                          is_idn_hostname, NULL};
