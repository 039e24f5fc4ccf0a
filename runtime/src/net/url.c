#include "url_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "eventwire/format.h"
#include "../codec/scan_internal.h"

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static bool starts_folded(ew_str text, const char *prefix) {
  uint32_t i = 0;
  while (prefix[i] != '\0' && i < text.len && lower(text.ptr[i]) == lower(prefix[i])) {
    i++;
  }
  return prefix[i] == '\0';
}

bool ew__same_text(ew_str a, const char *b) { return strlen(b) == a.len && starts_folded(a, b); }

static ew_str skip(ew_str text, size_t count) { return ew_str_from(text.ptr + count, text.len - count); }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static ew_str without_blanks(ew_str text) {
  while (text.len > 0 && is_blank(text.ptr[0])) {
    text = skip(text, 1);
  }
  while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
    text.len--;
  }
  return text;
}

bool ew__list_has(ew_str list, const char *element) {
  while (list.len > 0) {
    const char *comma = memchr(list.ptr, ',', list.len);
    size_t size = comma == NULL ? list.len : (size_t)(comma - list.ptr);
    if (ew__same_text(without_blanks(ew_str_from(list.ptr, size)), element)) {
      return true;
    }
    list = skip(list, comma == NULL ? size : size + 1);
  }
  return false;
}

/* -------------------------------------------------------------------------------------- parsing */

/* Where the next text goes in the block; each is at most as long as the URL and the few bytes added to it. */
typedef struct writer {
  char *at;
} writer;

static char *put_text(writer *w, ew_str text) {
  char *start = w->at;
  if (text.len > 0) {
    memcpy(start, text.ptr, text.len);
  }
  start[text.len] = '\0';
  w->at = start + text.len + 1;
  return start;
}

static ew_str until(ew_str text, const char *stops) {
  uint32_t i = 0;
  while (i < text.len && strchr(stops, text.ptr[i]) == NULL) {
    i++;
  }
  return ew_str_from(text.ptr, i);
}

/* A space would end the request line and a line end would begin a header. */
static bool has_control_or_space(ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c <= 0x20 || c == 0x7f) {
      return true;
    }
  }
  return false;
}

typedef struct scheme {
  const char *prefix;
  bool tls;
  uint16_t port;
} scheme;

static const scheme SCHEMES[] = {
    {"ws://", false, 80}, {"wss://", true, 443}, {"http://", false, 80}, {"https://", true, 443}};

static const scheme *find_scheme(ew_str text) {
  for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
    if (starts_folded(text, SCHEMES[i].prefix)) {
      return &SCHEMES[i];
    }
  }
  return NULL;
}

/* NULL for a broken escape, or one of U+0000, which no C string can hold. */
static const char *put_decoded(writer *w, ew_str text) {
  char *start = w->at;
  for (uint32_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '%') {
      int high = text.len - i > 2 ? hex_value(text.ptr[i + 1]) : -1;
      int low = text.len - i > 2 ? hex_value(text.ptr[i + 2]) : -1;
      if (high < 0 || low < 0 || (high == 0 && low == 0)) {
        return NULL;
      }
      c = (char)(high * 16 + low);
      i += 2;
    }
    *w->at++ = c;
  }
  *w->at++ = '\0';
  return start;
}

static const char *take_user_info(ew__url *url, writer *w, ew_str info) {
  ew_str user = until(info, ":");
  ew_str password = user.len < info.len ? skip(info, user.len + 1u) : skip(info, info.len);
  url->user = put_decoded(w, user);
  url->password = url->user == NULL ? NULL : put_decoded(w, password);
  return url->password == NULL ? "the user information has a broken percent escape" : NULL;
}

static const char *take_port(ew__url *url, ew_str text) {
  uint32_t port = 0;
  if (text.len == 0) {
    return NULL;
  }
  for (uint32_t i = 0; i < text.len; i++) {
    if (!is_digit(text.ptr[i]) || port > 6553) {
      return "the port is no number from 1 to 65535";
    }
    port = port * 10 + (uint32_t)(text.ptr[i] - '0');
  }
  if (port == 0 || port > 65535) {
    return "the port is no number from 1 to 65535";
  }
  url->port = (uint16_t)port;
  return NULL;
}

static bool is_name_character(char c) {
  char l = lower(c);
  return (l >= 'a' && l <= 'z') || is_digit(c) || c == '-' || c == '.' || c == '_';
}

static bool is_name(ew_str host) {
  for (uint32_t i = 0; i < host.len; i++) {
    if (!is_name_character(host.ptr[i])) {
      return false;
    }
  }
  return host.len > 0 && host.len <= 253;
}

/* "fe80::1%25eth0": the resolver wants the zone, a Host header does not (RFC 6874). */
static const char *take_ipv6(ew__url *url, writer *w, ew_str inside) {
  ew_str address = until(inside, "%");
  ew_str zone = skip(inside, address.len);
  bool bad_zone = zone.len > 0 && (!starts_folded(zone, "%25") || !is_name(skip(zone, 3)));
  if (bad_zone || !ew_format_ipv6.holds(address.ptr, address.len)) {
    return "the address in brackets is no IPv6 address";
  }
  url->host = put_text(w, address);
  if (zone.len > 0) {
    w->at--;
    *w->at++ = '%';
    (void)put_text(w, skip(zone, 3));
  }
  url->authority = w->at;
  *w->at++ = '[';
  (void)put_text(w, address);
  w->at[-1] = ']';
  return NULL;
}

static const char *take_bracketed(ew__url *url, writer *w, ew_str host) {
  ew_str inside = until(skip(host, 1), "]");
  ew_str rest = skip(host, inside.len + 1u);
  if (rest.len == 0) {
    return "the address has no closing bracket";
  }
  rest = skip(rest, 1);
  if (rest.len > 0 && rest.ptr[0] != ':') {
    return "something other than a port follows the address";
  }
  const char *why = take_ipv6(url, w, inside);
  return why != NULL ? why : take_port(url, rest.len > 0 ? skip(rest, 1) : rest);
}

static const char *take_named(ew__url *url, writer *w, ew_str host) {
  ew_str name = until(host, ":");
  if (!is_name(name)) {
    return name.len == 0 ? "the host is missing" : "the host name has a character that is not allowed";
  }
  url->host = put_text(w, name);
  url->authority = w->at;
  (void)put_text(w, name);
  w->at--;
  return take_port(url, name.len < host.len ? skip(host, name.len + 1u) : skip(host, name.len));
}

static const char *take_authority(ew__url *url, writer *w, ew_str authority, uint16_t usual_port) {
  uint32_t at = authority.len;
  while (at > 0 && authority.ptr[at - 1] != '@') {
    at--;
  }
  const char *why = at == 0 ? NULL : take_user_info(url, w, ew_str_from(authority.ptr, at - 1));
  if (why != NULL) {
    return why;
  }
  ew_str host = skip(authority, at);
  bool bracketed = host.len > 0 && host.ptr[0] == '[';
  why = bracketed ? take_bracketed(url, w, host) : take_named(url, w, host);
  if (why != NULL) {
    return why;
  }
  if (url->port != usual_port) {
    w->at += snprintf(w->at, sizeof(":65535"), ":%u", (unsigned)url->port);
  }
  *w->at++ = '\0';
  return NULL;
}

static void put_target(ew__url *url, writer *w, ew_str target) {
  char *start = w->at;
  if (target.len == 0 || target.ptr[0] != '/') {
    *w->at++ = '/';
  }
  (void)put_text(w, target);
  url->target = start;
}

static void put_shown(ew__url *url, writer *w, const char *prefix, size_t room) {
  char *start = w->at;
  int size = snprintf(start, room, "%s%s", prefix, url->authority);
  (void)ew__redact(ew_str_of(url->target), start + size, room - (size_t)size);
  url->shown = start;
}

static const char *take_all(ew__url *url, writer *w, ew_str text, const char **prefix) {
  const scheme *found = find_scheme(text);
  if (found == NULL) {
    return "the URL does not begin with ws://, wss://, http:// or https://";
  }
  if (has_control_or_space(text)) {
    return "the URL has a space or control character";
  }
  if (until(text, "#").len < text.len) {
    return "the URL has a fragment, which RFC 6455 forbids";
  }
  url->tls = found->tls;
  url->port = found->port;
  *prefix = found->prefix;
  ew_str rest = skip(text, strlen(found->prefix));
  ew_str authority = until(rest, "/?");
  const char *why = take_authority(url, w, authority, found->port);
  if (why == NULL) {
    put_target(url, w, skip(rest, authority.len));
  }
  return why;
}

ew_err ew__url_parse(ew__url *url, const char *text, const char **why) {
  enum { LONGEST = 64 * 1024, EXTRA = 64 };
  *url = (ew__url){0};
  *why = "the URL is missing";
  size_t len = text == NULL ? 0 : strlen(text);
  if (len == 0) {
    return EW_ERR_ARGUMENT;
  }
  *why = "the URL is longer than 64 KiB";
  if (len > LONGEST) {
    return EW_ERR_ARGUMENT;
  }
  size_t part = len + EXTRA;
  size_t shown_room = 2 * part; /* a one-letter secret grows to "***" */
  *why = "out of memory";
  url->block = malloc(5 * part + shown_room);
  if (url->block == NULL) {
    return EW_ERR_NOMEM;
  }
  writer w = {url->block};
  const char *prefix = "";
  *why = take_all(url, &w, ew_str_from(text, len), &prefix);
  if (*why != NULL) {
    return EW_ERR_ARGUMENT;
  }
  put_shown(url, &w, prefix, shown_room);
  return EW_OK;
}

void ew__url_clear(ew__url *url) {
  if (url->block != NULL && url->password != NULL) {
    /* volatile: a plain memset before free may be left out */
    volatile char *secret = url->block;
    for (size_t i = 0, size = (size_t)(url->shown == NULL ? 0 : url->shown - url->block); i < size; i++) {
      secret[i] = 0;
    }
  }
  free(url->block);
  *url = (ew__url){0};
}

ew_str ew__url_path(const ew__url *url) { return until(ew_str_of(url->target), "?"); }

/* ------------------------------------------------------------------------------------ redaction */

typedef struct secret_mark {
  const char *text; /* a secret follows it */
  const char *stops;
} secret_mark;

/* Base64 has '/' and '=', so only what ends a parameter ends the value of one. */
static const secret_mark SECRET_MARKS[] = {{"token=", "&#\"' \t\r\n"},
                                           {"password=", "&#\"' \t\r\n"},
                                           {"secret=", "&#\"' \t\r\n"},
                                           {"/session/", "/?&#\"' \t\r\n"}};

static const secret_mark *find_secret_mark(ew_str text) {
  for (size_t i = 0; i < sizeof(SECRET_MARKS) / sizeof(SECRET_MARKS[0]); i++) {
    if (starts_folded(text, SECRET_MARKS[i].text)) {
      return &SECRET_MARKS[i];
    }
  }
  return NULL;
}

/* Length of "user:password@" at the start of text. */
static uint32_t user_info_size(ew_str text) {
  ew_str authority = until(text, "/?#\"' \t\r\n");
  uint32_t at = authority.len;
  while (at > 0 && authority.ptr[at - 1] != '@') {
    at--;
  }
  return at;
}

typedef struct shown_text {
  char *out;
  size_t size, len;
} shown_text;

/* Bytes of the first character; 1 for a byte that begins none. */
static size_t character_size(ew_str text) {
  size_t size = ew__utf8_length(text.ptr, text.ptr + text.len);
  return size == 0 ? 1 : size;
}

/* Neither a byte outside UTF-8 nor a control character, of which terminals also obey U+0080 to U+009F. */
static bool is_fit(ew_str character) {
  unsigned char first = (unsigned char)character.ptr[0];
  if (character.len == 1) {
    return first >= 0x20 && first < 0x7f;
  }
  return first != 0xc2 || (unsigned char)character.ptr[1] >= 0xa0;
}

/* Once a character has no room, nothing more is shown. */
static void show(shown_text *to, ew_str text) {
  while (text.len > 0) {
    ew_str character = ew_str_from(text.ptr, character_size(text));
    ew_str shown = is_fit(character) ? character : EW_STR(".");
    if (shown.len >= to->size - to->len) {
      to->size = to->len + 1;
      return;
    }
    memcpy(to->out + to->len, shown.ptr, shown.len);
    to->len += shown.len;
    text = skip(text, character.len);
  }
}

/* Shows what stands at the start of text and returns how much of it that was. */
static uint32_t show_next(shown_text *to, ew_str text) {
  const secret_mark *mark = find_secret_mark(text);
  if (mark != NULL) {
    uint32_t size = (uint32_t)strlen(mark->text);
    ew_str secret = until(skip(text, size), mark->stops);
    show(to, ew_str_from(text.ptr, size));
    show(to, secret.len > 0 ? EW_STR("***") : EW_STR(""));
    return size + secret.len;
  }
  if (starts_folded(text, "://")) {
    show(to, EW_STR("://"));
    return 3 + user_info_size(skip(text, 3));
  }
  size_t size = character_size(text);
  show(to, ew_str_from(text.ptr, size));
  return (uint32_t)size;
}

size_t ew__redact(ew_str text, char *out, size_t size) {
  shown_text to = {out, size, 0};
  if (size == 0) {
    return 0;
  }
  while (text.len > 0) {
    text = skip(text, show_next(&to, text));
  }
  out[to.len] = '\0';
  return to.len;
}

const char *ew__lookup_name(const char *host) {
  return ew__same_text(ew_str_of(host), "localhost") ? NULL : host;
}
