#include "../codec/shape_internal.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

EW__SMALL static EW_NOINLINE uint32_t padding_of(ew_str text) {
  uint32_t padding = 0;
  while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=') {
    padding++;
  }
  return padding;
}

/* 64 and above: no digit. */
EW__SMALL static uint32_t digit_value(char c) {
  if (c >= 'A' && c <= 'Z') {
    return (uint32_t)(c - 'A');
  }
  if (c >= 'a' && c <= 'z') {
    return (uint32_t)(c - 'a') + 26;
  }
  if (c >= '0' && c <= '9') {
    return (uint32_t)(c - '0') + 52;
  }
  return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* digits is a number of digits, any remainder but 1. */
EW__SMALL static void decode_digits(const char *text, uint32_t digits, char *to) {
  uint32_t bits = 0;
  uint32_t held = 0;
  for (uint32_t i = 0; i < digits; i++) {
    bits = bits << 6 | digit_value(text[i]);
    held += 6;
    if (held >= 8) {
      held -= 8;
      *to++ = (char)(unsigned char)(bits >> held & 0xff);
    }
  }
}

EW__SMALL ew_err ew__base64_check(ew_str text) {
  if (ew_str_is_too_long(text)) {
    return EW_ERR_TOO_LARGE;
  }
  if (ew__is_nowhere(&text)) {
    return EW_ERR_ARGUMENT;
  }
  bool fits = text.len == 0 || ew__shape_holds(&ew_base64_shape, text.ptr, text.len);
  return fits ? EW_OK : EW_ERR_CONTENT;
}

EW__SMALL ew_err ew_base64_decode(ew_str text, ew_arena *arena, ew_str *out) {
  ew_err err = ew__base64_check(text);
  if (err != EW_OK) {
    return err;
  }
  uint32_t digits = text.len - padding_of(text);
  uint32_t len = digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
  char *to = ew__arena_take_text(arena, len);
  if (to == NULL && len > 0) {
    return EW_ERR_ARENA_FULL;
  }
  decode_digits(text.ptr, digits, to);
  *out = ew_str_from(to, len);
  return EW_OK;
}

/* One to three bytes as four characters. */
EW__SMALL static char *encode_group(const unsigned char *p, uint32_t count, char *to) {
  uint32_t bits =
      (uint32_t)p[0] << 16 | (count > 1 ? (uint32_t)p[1] << 8 : 0) | (count > 2 ? p[2] : 0);
  *to++ = alphabet[bits >> 18];
  *to++ = alphabet[bits >> 12 & 63];
  *to++ = count > 1 ? alphabet[bits >> 6 & 63] : '=';
  *to++ = count > 2 ? alphabet[bits & 63] : '=';
  return to;
}

EW__SMALL ew_err ew_base64_encode(ew_str bytes, ew_arena *arena, ew_str *out) {
  if (ew__is_nowhere(&bytes)) {
    return EW_ERR_ARGUMENT;
  }
  uint64_t len = ((uint64_t)bytes.len + 2) / 3 * 4;
  if (len > EW_STR_MAX) {
    return EW_ERR_TOO_LARGE;
  }
  char *begin = ew__arena_take_text(arena, (size_t)len);
  if (begin == NULL && len > 0) {
    return EW_ERR_ARENA_FULL;
  }
  const unsigned char *p = (const unsigned char *)bytes.ptr;
  char *to = begin;
  for (uint32_t left = bytes.len; left > 0; left -= left < 3 ? left : 3, p += 3) {
    to = encode_group(p, left < 3 ? left : 3, to);
  }
  *out = (ew_str){begin, (uint32_t)len, EW_STR_CLEAN};
  return EW_OK;
}
