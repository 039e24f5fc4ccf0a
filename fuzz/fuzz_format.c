/*
 * Formats judge any bytes: the same in a block of the exact size and amid others, escaped and not,
 * with a reason where they refuse; those that are part of one another agree, and what others read
 * (the C library, the decoder of Base64, Go's durations) is what they hold for right.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "eventwire/codec.h"
#include "eventwire/format.h"

#include "../runtime/src/codec/scan_internal.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ew_format *const formats[] = {
#define ADDRESS(id, name) &ew_format_##id,
    EW_FORMAT_MAP(ADDRESS)
#undef ADDRESS
};

static bool is(const ew_format *format, ew_str text) {
  const char *expected = NULL;
  bool holds = ew_format_holds(format, text, &expected);
  require(holds || (expected != NULL && expected[0] != '\0'), "a refusal says what is expected");
  return holds;
}

static ew_str part(ew_str text, size_t from, size_t len) {
  return ew_str_from(text.ptr + from, len);
}

static bool is_ascii(ew_str text) {
  for (size_t i = 0; i < text.len; i++) {
    if ((unsigned char)text.ptr[i] >= 0x80) {
      return false;
    }
  }
  return true;
}

/* ------------------------------------------------------------------------------ second opinions */

static void check_times(ew_str text) {
  bool both = text.len > 11 && (text.ptr[10] | 0x20) == 't' &&
              is(&ew_format_date, part(text, 0, 10)) &&
              is(&ew_format_time, part(text, 11, text.len - 11));
  require(is(&ew_format_date_time, text) == both, "a date-time is a date and a time");
  int64_t go = 0, firefly = 0;
  bool is_go = ew_go_duration_read(text, &go), is_firefly = ew_ff_duration_read(text, &firefly);
  require(is(&ew_format_go_duration, text) == is_go, "a duration of Go is what can be read");
  require(is(&ew_format_ff_duration, text) == is_firefly, "so is one of FireFly");
  require(!is_go || (is_firefly && go == firefly), "which has those of Go");
}

static void check_uris(ew_str text) {
  bool uri = is(&ew_format_uri, text), iri = is(&ew_format_iri, text);
  bool uri_reference = is(&ew_format_uri_reference, text);
  bool iri_reference = is(&ew_format_iri_reference, text);
  require(!uri || (uri_reference && iri), "a URI is a reference, and an IRI");
  require(!uri_reference || iri_reference, "a reference of URIs is one of IRIs");
  require(!iri || iri_reference, "an IRI is a reference");
  require(!is_ascii(text) || (uri == iri && uri_reference == iri_reference),
          "an IRI of ASCII is a URI");
}

static bool reads_address(int family, ew_str text) {
  char copy[64];
  unsigned char address[16];
  if (text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len) != NULL) {
    return false;
  }
  memcpy(copy, text.ptr, text.len);
  copy[text.len] = '\0';
  return inet_pton(family, copy, address) == 1;
}

static bool has_two_hyphens(ew_str text) {
  for (size_t i = 1; i < text.len; i++) {
    if (text.ptr[i - 1] == '-' && text.ptr[i] == '-') {
      return true;
    }
  }
  return false;
}

static void check_names(ew_str text) {
  require(is(&ew_format_ipv4, text) == reads_address(AF_INET, text), "the C library reads it, too");
  require(is(&ew_format_ipv6, text) == reads_address(AF_INET6, text), "and addresses of IPv6");
  /* Hyphens at the third and fourth place are for names in Punycode alone (RFC 5891, 4.2.3.1). */
  bool reserved = has_two_hyphens(text);
  require(reserved || !is(&ew_format_email, text) || is(&ew_format_idn_email, text),
          "a mailbox of ASCII is one of any script");
  require(reserved || !is(&ew_format_hostname, text) || is(&ew_format_idn_hostname, text),
          "a host name of ASCII is one of any script");
}

static void check_contents(ew_str text, char *room) {
  ew_arena arena;
  ew_str bytes;
  ew_arena_init(&arena, room, text.len + 16);
  bool is_base64 = ew_base64_decode(text, &arena, &bytes) == EW_OK;
  require(is(&ew_format_base64, text) == is_base64, "Base64 is what can be decoded");
  require(is(&ew_format_byte, text) == is_base64, "and has two names");
  uint64_t number;
  bool quantity = is(&ew_format_hex_quantity, text);
  require(!quantity || text.len > 18 || ew_str_to_uint64(text, &number) == EW_OK,
          "a quantity is a number");
  bool decimal = is(&ew_format_uint256, text);
  require(!decimal || text.len > 19 || ew_str_to_uint64(text, &number) == EW_OK,
          "a decimal is a number");
  require(!is(&ew_format_eth_address, text) || text.len == 42, "an address has 20 bytes");
  require(!is(&ew_format_uuid, text) || text.len == 36, "a UUID has 16");
}

static void check_pointers(ew_str text) {
  size_t digits = 0;
  while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
    digits++;
  }
  ew_str rest = part(text, digits, text.len - digits);
  bool number = digits != 0 && (digits == 1 || text.ptr[0] != '0');
  bool relative = number && (ew_str_equal(rest, EW_STR("#")) || is(&ew_format_json_pointer, rest));
  require(is(&ew_format_relative_json_pointer, text) == relative,
          "a relative pointer is a number and a pointer");
}

/* --------------------------------------------------------------------------- the text elsewhere */

/* As a JSON string, every byte of ASCII escaped; text is UTF-8. */
static ew_str escape(ew_str text) {
  size_t len = 1;
  char *out = memory((size_t)text.len * 6 + 2);
  out[0] = '"';
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c >= 0x80) {
      out[len++] = text.ptr[i];
      continue;
    }
    memcpy(out + len, "\\u00", 4);
    out[len + 4] = "01234567"[c >> 4];
    out[len + 5] = "0123456789aBcDeF"[c & 15];
    len += 6;
  }
  out[len++] = '"';
  return ew_str_from(out, len);
}

static void check_escaped(ew_str text, char *room) {
  ew_str escaped = escape(text);
  for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
    ew_format_rules rules = {
        .string = {.max_length = EW_NO_LIMIT, .content = EW_CONTENT_FORMAT, .check_content = true},
        .format = formats[i]};
    ew_type type = {
        .kind = EW_KIND_STRING, .size = sizeof(ew_str), .as.string = &rules.string};
    ew_arena arena;
    ew_arena_init(&arena, room, (size_t)text.len * 6 + 16);
    ew_decode_options opts = {.scratch = &arena};
    ew_err err = ew_type_validate(&type, escaped, &opts, NULL);
    require((err == EW_OK) == is(formats[i], text), "escapes change nothing");
    require(err == EW_OK || err == EW_ERR_CONTENT, "there is room for what they stand for");
  }
  free((void *)(uintptr_t)escaped.ptr);
}

/* Amid other bytes, and to their right another end. */
static void check_amid(ew_str text) {
  static const char around[] = "0a.:/-%5";
  for (size_t i = 0; i < sizeof(around) - 1; i++) {
    char *copy = memory((size_t)text.len + 2);
    memset(copy, around[i], (size_t)text.len + 2);
    memcpy(copy + 1, text.ptr, text.len);
    for (size_t k = i; k < sizeof(formats) / sizeof(formats[0]); k += sizeof(around) - 1) {
      require(is(formats[k], ew_str_from(copy + 1, text.len)) == is(formats[k], text),
              "what stands around a text is no part of it");
    }
    free(copy);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  /* A block of its own, so that a read behind the end is seen. */
  char *block = memory(size);
  char *room = memory(size * 6 + 16);
  if (size != 0) {
    memcpy(block, data, size);
  }
  ew_str text = ew_str_from(block, size);
  check_times(text);
  check_uris(text);
  check_names(text);
  check_contents(text, room);
  check_pointers(text);
  check_amid(text);
  size_t bad;
  if (ew__utf8_check(text.ptr, text.len, &bad) == EW_OK) {
    check_escaped(text, room);
  }
  free(room);
  free(block);
  return 0;
}
