#include "eventwire/http.h"

/* -------------------------------------------------------------------------------------- headers */

ew_str ew_http_header_find(const ew_http_request *request, const char *name) {
  ew_str wanted = ew_str_of(name);
  for (size_t i = 0; i < request->header_count; i++) {
    if (ew_str_equal(request->headers[i].name, wanted)) {
      return request->headers[i].value;
    }
  }
  return (ew_str){NULL, 0, 0};
}

/* ------------------------------------------------------------------------------------- escaping */

enum { END = -1, BROKEN = -2 };

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  char lower = (char)(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The next byte of a form-encoded text, END, or BROKEN for a bad %XX. */
static int next_byte(ew_str *text) {
  if (text->len == 0) {
    return END;
  }
  char c = *text->ptr;
  uint32_t used = c == '%' ? 3 : 1;
  if (used > text->len) {
    return BROKEN;
  }
  int byte = c == '+' ? ' ' : (unsigned char)c;
  if (c == '%') {
    int high = hex_digit(text->ptr[1]);
    int low = hex_digit(text->ptr[2]);
    byte = high < 0 || low < 0 ? BROKEN : high * 16 + low;
  }
  text->ptr += used;
  text->len -= used;
  return byte;
}

static bool decodes_to(ew_str encoded, const char *plain) {
  int byte = next_byte(&encoded);
  while (byte >= 0 && *plain != '\0' && byte == (unsigned char)*plain) {
    plain++;
    byte = next_byte(&encoded);
  }
  return byte == END && *plain == '\0';
}

static ew_err decode(ew_str encoded, ew_arena *arena, ew_str *out) {
  size_t mark = ew_arena_mark(arena);
  char *to = ew_arena_take(arena, (size_t)encoded.len + 1);
  if (to == NULL) {
    return EW_ERR_ARENA_FULL;
  }
  uint32_t len = 0;
  int byte = next_byte(&encoded);
  for (; byte >= 0; byte = next_byte(&encoded)) {
    to[len++] = (char)byte;
  }
  if (byte == BROKEN) {
    ew_arena_rewind(arena, mark);
    return EW_ERR_ARGUMENT;
  }
  *out = ew_str_from(to, len);
  return EW_OK;
}

/*
 * Cuts text at the first c: the part before it is returned, the part behind it stays (empty when
 * there is no c).
 */
static ew_str cut_at(ew_str *text, char c) {
  const char *at = text->len == 0 ? NULL : memchr(text->ptr, c, text->len);
  size_t len = at == NULL ? text->len : (size_t)(at - text->ptr);
  size_t skip = at == NULL ? len : len + 1;
  ew_str head = ew_str_from(text->ptr, len);
  *text = ew_str_from(text->len == 0 ? text->ptr : text->ptr + skip, text->len - skip);
  return head;
}

ew_err ew_http_query_find(ew_str query, const char *name, ew_arena *arena, ew_str *out) {
  while (query.len > 0) {
    ew_str value = cut_at(&query, '&');
    ew_str key = cut_at(&value, '=');
    if (decodes_to(key, name)) {
      return decode(value, arena, out);
    }
  }
  return EW_ERR_NOT_FOUND;
}

/* -------------------------------------------------------------------------------------- secrets */

bool ew_secret_equal(ew_str a, ew_str b) {
  if (a.len != b.len) {
    return false;
  }
  /* volatile keeps the compiler from leaving the loop at the first difference */
  volatile unsigned char difference = 0;
  for (uint32_t i = 0; i < a.len; i++) {
    difference = (unsigned char)(difference | (unsigned char)(a.ptr[i] ^ b.ptr[i]));
  }
  return difference == 0;
}

static bool has_basic_scheme(ew_str authorization) {
  static const char scheme[] = "basic ";
  if (authorization.len < sizeof(scheme) - 1) {
    return false;
  }
  for (size_t i = 0; i < sizeof(scheme) - 1; i++) {
    char c = authorization.ptr[i];
    if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != scheme[i]) {
      return false;
    }
  }
  return true;
}

static ew_str trimmed(ew_str text) {
  while (text.len > 0 && *text.ptr == ' ') {
    text = ew_str_from(text.ptr + 1, text.len - 1);
  }
  while (text.len > 0 && text.ptr[text.len - 1] == ' ') {
    text.len--;
  }
  return text;
}

bool ew_http_basic_matches(ew_str authorization, ew_str user, ew_str password) {
  char block[3072];
  ew_arena arena;
  ew_str pair;
  if (!has_basic_scheme(authorization)) {
    return false;
  }
  ew_arena_init(&arena, block, sizeof(block));
  ew_str encoded = trimmed(ew_str_from(authorization.ptr + 6, authorization.len - 6));
  if (ew_base64_decode(encoded, &arena, &pair) != EW_OK ||
      pair.len != (uint64_t)user.len + 1 + password.len) {
    return false;
  }
  /* all three are compared, whatever the first says */
  unsigned matches = ew_secret_equal(ew_str_from(pair.ptr, user.len), user);
  matches &= ew_secret_equal(ew_str_from(pair.ptr + user.len, 1), EW_STR(":"));
  matches &= ew_secret_equal(ew_str_from(pair.ptr + user.len + 1, password.len), password);
  return matches != 0;
}
