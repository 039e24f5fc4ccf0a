/*
 * The opening handshake: every value is checked by the encoder of the codec, so by the schemas of
 * the document, and then written as a URL and a header want it.
 */
#include "eventwire/handshake.h"

#include "eventwire/http.h"
#include "../codec/diag_internal.h"
#include "../codec/layout_internal.h"
#include "../codec/table_internal.h"
#include "../codec/writer_internal.h"

enum {
  MAX_DEPTH = 8,    /* of the struct; the document's own limit is about messages */
  LOGIN_BYTES = 1024,
  NUMBER_BYTES = 32 /* EW__DOUBLE_CHARS and EW__INT_CHARS fit */
};

/** A buffer that counts on when it is full. */
typedef struct sink {
  ew_buf *buf;
  size_t len;
} sink;

typedef struct builder {
  const ew_handshake *handshake;
  const void *in;
  ew_diag *diag;
  sink url;
  sink headers;
  bool has_query;
  bool has_authorization;
} builder;

/** An object in the struct; type NULL: the channel has none. */
typedef struct group {
  const ew_type *type;
  const void *value;
  ew__path path;
} group;

/** A value that is there, and where. */
typedef struct item {
  const ew_type *type;
  const void *value;
  const ew_str *text; /* what an open enum keeps beside its value */
  const ew__path *path;
} item;

/* ------------------------------------------------------------------------------------ refusals */

static ew_err refuse(const builder *b, ew_err err, const ew__path *path, const char *expected) {
  ew__diag_value(b->diag, err, path, expected, NULL, (ew_str){NULL, 0, 0});
  return err;
}

/* ------------------------------------------------------------------------------------- output */

static void put(sink *s, ew_str text) {
  size_t room = s->len < s->buf->size ? s->buf->size - s->len : 0;
  if (text.len > 0 && text.len <= room) {
    memcpy(s->buf->ptr + s->len, text.ptr, text.len);
  }
  s->len += text.len;
}

static void put_text(sink *s, const char *text) { put(s, ew_str_of(text)); }

static void put_encoded(sink *s, ew_str text) {
  bool full = s->len >= s->buf->size;
  ew_buf rest = {full ? NULL : s->buf->ptr + s->len, full ? 0 : s->buf->size - s->len, 0, 0};
  s->len += ew_http_percent_encode(&rest, text) == EW_OK ? rest.len : rest.needed;
}

/* The NUL behind the end has room as well. */
static bool fits(sink *s) {
  s->buf->needed = s->len + 1;
  return s->len < s->buf->size;
}

static void commit(sink *s) {
  s->buf->ptr[s->len] = '\0';
  s->buf->len = s->len;
}

/* ------------------------------------------------------------------------------------- values */

static const ew_member *find_member(const ew_type *object, const char *name) {
  const ew_object_rules *rules = object->as.object;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    if (strcmp(rules->members[i].name, name) == 0) {
      return &rules->members[i];
    }
  }
  return NULL;
}

static group find_group(const builder *b, const char *name) {
  group g = {NULL, NULL, {NULL, {NULL, 0}, 0}};
  const ew_member *member = find_member(b->handshake->type, name);
  if (member != NULL) {
    g.type = member->type;
    g.value = ew__at(b->in, member->offset);
    g.path.name = ew_member_name(member);
  }
  return g;
}

static uint32_t member_count(const group *g) {
  return g->type == NULL ? 0 : g->type->as.object->member_count;
}

static bool is_there(const group *g, uint32_t index) {
  return ew__presence_of(&g->type->as.object->members[index], g->value) == EW_SET;
}

static ew__path path_of(const group *g, uint32_t index) {
  return (ew__path){&g->path, ew_member_name(&g->type->as.object->members[index]), 0};
}

static item item_of(const group *g, uint32_t index, const ew__path *path) {
  const ew_member *member = &g->type->as.object->members[index];
  uint32_t text = ew_member_text_offset(member);
  const void *value = member->offset == EW_NO_OFFSET ? g->value : ew__at(g->value, member->offset);
  return (item){member->type, value,
                text == EW_NO_OFFSET ? NULL : (const ew_str *)ew__at(g->value, text), path};
}

static ew_str printed(const char *digits, const char *end) {
  return ew_str_from(digits, (size_t)(end - digits));
}

static ew_str number_text(const item *i, char digits[NUMBER_BYTES]) {
  int64_t integer = 0;
  uint64_t natural = 0;
  double number = 0;
  if (i->type->kind == EW_KIND_INT) {
    memcpy(&integer, i->value, sizeof(integer));
    return printed(digits, ew__print_int(integer, digits));
  }
  if (i->type->kind == EW_KIND_UINT) {
    memcpy(&natural, i->value, sizeof(natural));
    return printed(digits, ew__print_uint(natural, digits));
  }
  memcpy(&number, i->value, sizeof(number));
  return printed(digits, ew__print_double(number, digits));
}

static ew_str enum_text(const item *i) {
  int value = ew__load_int(i->value);
  return value == 0 && i->text != NULL ? *i->text : ew_enum_text(i->type->as.names, value);
}

/* The alternative that is set. Alternatives hold no others. */
static item arm_of(const item *i) {
  const ew_union_rules *rules = i->type->as.choice;
  const ew_arm *arm = ew__arm_by_kind(rules, ew__load_int(ew__at(i->value, rules->kind_offset)));
  return (item){arm->type, ew__at(i->value, rules->value_offset), NULL, i->path};
}

/* The encoder has accepted the value. digits is room for a number. */
static ew_str scalar_text(const item *given, char digits[NUMBER_BYTES]) {
  item own = given->type->kind == EW_KIND_UNION ? arm_of(given) : *given;
  const item *i = &own;
  bool truth = false;
  switch (i->type->kind) {
  case EW_KIND_BOOL:
    memcpy(&truth, i->value, sizeof(truth));
    return truth ? EW_STR("true") : EW_STR("false");
  case EW_KIND_INT:
  case EW_KIND_UINT:
  case EW_KIND_DOUBLE:
    return number_text(i, digits);
  case EW_KIND_NUM:
  case EW_KIND_STRING:
    return ew__load_str(i->value);
  case EW_KIND_ENUM:
    return enum_text(i);
  case EW_KIND_CONST:
    return ew_str_from(i->type->as.constant->text.ptr, i->type->as.constant->text.len);
  case EW_KIND_NULL:
  case EW_KIND_RAW:
  case EW_KIND_OBJECT:
  case EW_KIND_ARRAY:
  case EW_KIND_MAP:
  case EW_KIND_UNION:
  case EW_KIND_BOX:
  case EW_KIND_TUPLE:
    break;
  }
  return ew_str_of(NULL);
}

/* ------------------------------------------------------------------------------------- checks */

/* A zeroed struct has strings that are not set, which the encoder takes for empty ones. */
static ew_err check_set(const builder *b, const ew_type *type, const void *value,
                        const ew__path *up) {
  const ew_object_rules *rules = type->as.object;
  for (uint32_t i = 0; i < rules->member_count; i++) {
    const ew_member *member = &rules->members[i];
    ew__path path = {up, ew_member_name(member), 0};
    if (member->offset == EW_NO_OFFSET || ew__presence_of(member, value) != EW_SET) {
      continue;
    }
    const void *at = ew__at(value, member->offset);
    if (member->type->kind == EW_KIND_STRING && ew__load_str(at).ptr == NULL) {
      return refuse(b, EW_ERR_MISSING, &path, "a text");
    }
    ew_err err = EW_OK;
    if (member->type->kind == EW_KIND_OBJECT) {
      err = check_set(b, member->type, at, &path);
    }
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

static ew_err check_schema(const builder *b) {
  static const char secret[] = "/credentials";
  ew_writer w;
  ew_err err = EW_OK;
  char *to = ew__writer_measure(&w, MAX_DEPTH, false);
  (void)ew__table_explain(&w, to, b->handshake->type, b->in, b->diag, &err);
  if (!w.refused) {
    return EW_OK;
  }
  if (b->diag != NULL && strncmp(b->diag->pointer, secret, sizeof(secret) - 1) == 0) {
    b->diag->found[0] = '\0';
  }
  return err;
}

static bool is_host_character(char c) {
  char l = (char)(c | 0x20);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("-._~:[]%", c) != NULL);
}

static bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

/* RFC 9110 section 5.5: no line end, no control character but the tab. */
static bool is_header_character(char c) {
  unsigned char u = (unsigned char)c;
  return (u >= 0x20 && u != 0x7f) || c == '\t';
}

static bool is_element_character(char c) { return is_header_character(c) && c != ','; }

/* RFC 6265 section 4.1.1, cookie-octet. */
static bool is_cookie_character(char c) { return is_visible(c) && strchr("\",;\\", c) == NULL; }

/* Base64 hides what a server would read out of it again. */
static bool is_user_character(char c) { return is_header_character(c) && c != ':' && c != '\t'; }

static bool is_base_character(char c) {
  return is_visible(c) && strchr("?#\"<>\\^`{|}", c) == NULL;
}

static bool has_only(ew_str text, bool (*is_allowed)(char)) {
  for (uint32_t i = 0; i < text.len; i++) {
    if (!is_allowed(text.ptr[i])) {
      return false;
    }
  }
  return true;
}

/* ------------------------------------------------------------------------------------- the URL */

typedef enum place { IN_HOST, IN_PATH, IN_ADDRESS } place;

/* Slashes stay. */
static void put_path(sink *s, ew_str text) {
  while (text.len > 0) {
    const char *slash = memchr(text.ptr, '/', text.len);
    size_t size = slash == NULL ? text.len : (size_t)(slash - text.ptr);
    put_encoded(s, ew_str_from(text.ptr, size));
    put(s, slash == NULL ? EW_STR("") : EW_STR("/"));
    size += slash != NULL;
    text = ew_str_from(text.ptr + size, text.len - size);
  }
}

/* A segment of dots would be resolved away, and what stands before it (RFC 3986 section 5.2.4). */
static bool is_dots(ew_str text) {
  return ew_str_equal(text, EW_STR(".")) || ew_str_equal(text, EW_STR(".."));
}

static bool has_dots(ew_str text) {
  while (text.len > 0) {
    const char *slash = memchr(text.ptr, '/', text.len);
    size_t size = slash == NULL ? text.len : (size_t)(slash - text.ptr);
    if (is_dots(ew_str_from(text.ptr, size))) {
      return true;
    }
    size += slash != NULL;
    text = ew_str_from(text.ptr + size, text.len - size);
  }
  return false;
}

static ew_err put_value(builder *b, place where, ew_str text, const ew__path *path) {
  if (where == IN_HOST) {
    if (text.len == 0 || !has_only(text, is_host_character)) {
      return refuse(b, EW_ERR_PATTERN, path, "what a host name and a port have");
    }
    put(&b->url, text);
    return EW_OK;
  }
  if (where == IN_PATH ? has_dots(text) : is_dots(text)) {
    return refuse(b, EW_ERR_PATTERN, path, "no segment of dots");
  }
  if (where == IN_PATH) {
    put_path(&b->url, text);
  } else {
    put_encoded(&b->url, text);
  }
  return EW_OK;
}

static ew_err put_member(builder *b, place where, const group *g, const ew_piece *piece) {
  uint32_t index = piece->member - 1u;
  char digits[NUMBER_BYTES];
  ew__path path = path_of(g, index);
  if (!is_there(g, index)) {
    return piece->text == NULL ? refuse(b, EW_ERR_MISSING, &path, "a text")
                               : put_value(b, where, ew_str_of(piece->text), &path);
  }
  item i = item_of(g, index, &path);
  return put_value(b, where, scalar_text(&i, digits), &path);
}

static ew_err put_pieces(builder *b, place where, const ew_piece *pieces, uint32_t count) {
  group g = find_group(b, where == IN_ADDRESS ? "parameters" : "variables");
  for (uint32_t i = 0; i < count; i++) {
    if (pieces[i].member == 0) {
      put_text(&b->url, pieces[i].text);
      continue;
    }
    ew_err err = put_member(b, where, &g, &pieces[i]);
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

/* With something of a host behind it. */
static bool is_scheme(ew_str base, const char *scheme) {
  size_t size = strlen(scheme);
  return base.len > size && memcmp(base.ptr, scheme, size) == 0 && base.ptr[size] != '/';
}

static ew_err put_base(builder *b, ew_str base, const ew__path *path) {
  bool known = is_scheme(base, "ws://") || is_scheme(base, "wss://");
  if (!known || !has_only(base, is_base_character)) {
    return refuse(b, EW_ERR_PATTERN, path, "a URL with ws:// or wss://, without query");
  }
  while (base.ptr[base.len - 1] == '/') {
    base.len--;
  }
  put(&b->url, base);
  return EW_OK;
}

/* The endpoint that was chosen, the first when none was; NULL when the document has none. */
static const ew_endpoint *endpoint_of(const builder *b) {
  const ew_handshake *h = b->handshake;
  const ew_member *server = find_member(h->type, "server");
  bool chosen = server != NULL && ew__presence_of(server, b->in) == EW_SET;
  uint32_t index = chosen ? (uint32_t)ew__load_int(ew__at(b->in, server->offset)) - 1 : 0;
  return index < h->endpoint_count ? &h->endpoints[index] : NULL;
}

static ew_err put_server(builder *b) {
  const ew_member *member = find_member(b->handshake->type, "base");
  ew__path path = {NULL, ew_member_name(member), 0};
  if (ew__presence_of(member, b->in) == EW_SET) {
    return put_base(b, ew__load_str(ew__at(b->in, member->offset)), &path);
  }
  const ew_endpoint *endpoint = endpoint_of(b);
  if (endpoint == NULL) {
    return refuse(b, EW_ERR_MISSING, &path, "a URL with ws:// or wss://");
  }
  put_text(&b->url, endpoint->scheme);
  ew_err err = put_pieces(b, IN_HOST, endpoint->host, endpoint->host_count);
  return err == EW_OK ? put_pieces(b, IN_PATH, endpoint->path, endpoint->path_count) : err;
}

static void put_parameter(builder *b, ew_str name, const item *i) {
  char digits[NUMBER_BYTES];
  put(&b->url, b->has_query ? EW_STR("&") : EW_STR("?"));
  b->has_query = true;
  put_encoded(&b->url, name);
  put(&b->url, EW_STR("="));
  put_encoded(&b->url, scalar_text(i, digits));
}

static item element_of(const item *array, ew__list list, uint32_t index) {
  const ew_type *type = array->type->as.array->item;
  return (item){type, ew__at(list.items, index * type->size), NULL, array->path};
}

static void put_query_member(builder *b, const group *g, uint32_t index, ew_str name) {
  ew__path path = path_of(g, index);
  item i = item_of(g, index, &path);
  if (i.type->kind != EW_KIND_ARRAY) {
    put_parameter(b, name, &i);
    return;
  }
  ew__list list = ew__load_list(i.value);
  for (uint32_t k = 0; k < list.count; k++) {
    item element = element_of(&i, list, k);
    put_parameter(b, name, &element);
  }
}

static ew_str name_of(const group *g, uint32_t index) {
  ew_text name = ew_member_name(&g->type->as.object->members[index]);
  return ew_str_from(name.ptr, name.len);
}

static void put_query(builder *b) {
  group query = find_group(b, "query");
  for (uint32_t i = 0; i < member_count(&query); i++) {
    if (is_there(&query, i)) {
      put_query_member(b, &query, i, name_of(&query, i));
    }
  }
  group credentials = find_group(b, "credentials");
  for (uint32_t i = 0; i < member_count(&credentials); i++) {
    const ew_credential *credential = &b->handshake->credentials[i];
    if (credential->kind == EW_CREDENTIAL_QUERY && is_there(&credentials, i)) {
      put_query_member(b, &credentials, i, ew_str_of(credential->key));
    }
  }
}

static ew_err put_url(builder *b) {
  ew_err err = put_server(b);
  if (err != EW_OK) {
    return err;
  }
  err = put_pieces(b, IN_ADDRESS, b->handshake->address, b->handshake->address_count);
  if (err != EW_OK) {
    return err;
  }
  for (uint32_t i = 0; i < b->handshake->address_count; i++) {
    const ew_piece *piece = &b->handshake->address[i];
    b->has_query = b->has_query || (piece->member == 0 && strchr(piece->text, '?') != NULL);
  }
  put_query(b);
  return EW_OK;
}

/* ------------------------------------------------------------------------------------- headers */

static ew_err put_checked(builder *b, const item *i, bool (*is_allowed)(char),
                          const char *expected) {
  char digits[NUMBER_BYTES];
  ew_str text = scalar_text(i, digits);
  if (!has_only(text, is_allowed)) {
    return refuse(b, EW_ERR_PATTERN, i->path, expected);
  }
  put(&b->headers, text);
  return EW_OK;
}

static ew_err put_elements(builder *b, const item *array) {
  ew__list list = ew__load_list(array->value);
  for (uint32_t k = 0; k < list.count; k++) {
    ew__path path = {array->path, {NULL, 0}, k};
    item element = element_of(array, list, k);
    element.path = &path;
    put(&b->headers, k > 0 ? EW_STR(",") : EW_STR(""));
    ew_err err = put_checked(b, &element, is_element_character,
                             "a text without commas and control characters");
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

static ew_err put_header(builder *b, ew_str name, const item *i) {
  bool list = i->type->kind == EW_KIND_ARRAY;
  if (list && ew__load_list(i->value).count == 0) {
    return EW_OK;
  }
  put(&b->headers, name);
  put(&b->headers, EW_STR(": "));
  ew_err err = list ? put_elements(b, i)
                    : put_checked(b, i, is_header_character, "a text without control characters");
  put(&b->headers, EW_STR("\r\n"));
  return err;
}

static ew_err put_plain_headers(builder *b) {
  group headers = find_group(b, "headers");
  for (uint32_t i = 0; i < member_count(&headers); i++) {
    ew__path path = path_of(&headers, i);
    item value = item_of(&headers, i, &path);
    ew_err err = is_there(&headers, i) ? put_header(b, name_of(&headers, i), &value) : EW_OK;
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

/* --------------------------------------------------------------------------------- credentials */

/* volatile: a plain memset of what is not read again may be left out */
static void wipe(char *block, size_t size) {
  volatile char *secret = block;
  for (size_t i = 0; i < size; i++) {
    secret[i] = 0;
  }
}

/* RFC 7617: Base64 of user, colon, password. */
static ew_err put_pair(builder *b, ew_str user, ew_str password, const ew__path *path) {
  char plain[LOGIN_BYTES];
  char coded[(LOGIN_BYTES + 2) / 3 * 4 + 1];
  ew_buf pair;
  ew_arena arena;
  ew_str text;
  ew_buf_init(&pair, plain, sizeof(plain));
  ew_arena_init(&arena, coded, sizeof(coded));
  if (ew_buf_append(&pair, user) != EW_OK || ew_buf_append(&pair, EW_STR(":")) != EW_OK ||
      ew_buf_append(&pair, password) != EW_OK ||
      ew_base64_encode(ew_buf_str(&pair), &arena, &text) != EW_OK) {
    wipe(plain, sizeof(plain));
    return refuse(b, EW_ERR_TOO_LARGE, path, "at most 1 kB of user and password");
  }
  put(&b->headers, EW_STR("Basic "));
  put(&b->headers, text);
  wipe(plain, sizeof(plain));
  wipe(coded, sizeof(coded));
  return EW_OK;
}

static ew_err put_user(builder *b, ew_str user, ew_str password, const ew__path *path) {
  if (!has_only(user, is_user_character) || !has_only(password, is_header_character)) {
    return refuse(b, EW_ERR_PATTERN, path,
                  "no control characters, and no colon in the user");
  }
  return put_pair(b, user, password, path);
}

static ew_err put_login(builder *b, const item *i, ew_credential_kind kind) {
  static const ew_str none = {NULL, 0, 0};
  if (kind == EW_CREDENTIAL_USER) {
    return put_user(b, ew__load_str(i->value), none, i->path);
  }
  if (kind == EW_CREDENTIAL_PASSWORD) {
    return put_user(b, none, ew__load_str(i->value), i->path);
  }
  const ew_member *user = find_member(i->type, "user");
  const ew_member *password = find_member(i->type, "password");
  return put_user(b, ew__load_str(ew__at(i->value, user->offset)),
                  ew__load_str(ew__at(i->value, password->offset)), i->path);
}

static ew_err put_authorization(builder *b, const item *i, const ew_credential *credential) {
  if (b->has_authorization) {
    return refuse(b, EW_ERR_RULE, i->path, "one credential for the header Authorization");
  }
  b->has_authorization = true;
  put(&b->headers, EW_STR("Authorization: "));
  ew_err err = EW_OK;
  if (credential->kind == EW_CREDENTIAL_TOKEN) {
    put_text(&b->headers, credential->key);
    put(&b->headers, EW_STR(" "));
    err = put_checked(b, i, is_header_character, "a text without control characters");
  } else {
    err = put_login(b, i, (ew_credential_kind)credential->kind);
  }
  put(&b->headers, EW_STR("\r\n"));
  return err;
}

static ew_err put_credential(builder *b, const item *i, const ew_credential *credential) {
  switch ((ew_credential_kind)credential->kind) {
  case EW_CREDENTIAL_HEADER:
    return put_header(b, ew_str_of(credential->key), i);
  case EW_CREDENTIAL_TOKEN:
  case EW_CREDENTIAL_LOGIN:
  case EW_CREDENTIAL_USER:
  case EW_CREDENTIAL_PASSWORD:
    return put_authorization(b, i, credential);
  case EW_CREDENTIAL_QUERY:
  case EW_CREDENTIAL_COOKIE:
    break;
  }
  return EW_OK;
}

/* All cookies stand in one header (RFC 6265 section 5.4). */
static ew_err put_cookies(builder *b, const group *credentials) {
  bool first = true;
  for (uint32_t i = 0; i < member_count(credentials); i++) {
    const ew_credential *credential = &b->handshake->credentials[i];
    if (credential->kind != EW_CREDENTIAL_COOKIE || !is_there(credentials, i)) {
      continue;
    }
    ew__path path = path_of(credentials, i);
    item value = item_of(credentials, i, &path);
    put(&b->headers, first ? EW_STR("Cookie: ") : EW_STR("; "));
    first = false;
    put_text(&b->headers, credential->key);
    put(&b->headers, EW_STR("="));
    ew_err err = put_checked(b, &value, is_cookie_character, "what a cookie may have");
    if (err != EW_OK) {
      return err;
    }
  }
  put(&b->headers, first ? EW_STR("") : EW_STR("\r\n"));
  return EW_OK;
}

static ew_err put_credentials(builder *b) {
  group credentials = find_group(b, "credentials");
  for (uint32_t i = 0; i < member_count(&credentials); i++) {
    ew__path path = path_of(&credentials, i);
    item value = item_of(&credentials, i, &path);
    bool there = is_there(&credentials, i);
    ew_err err = there ? put_credential(b, &value, &b->handshake->credentials[i]) : EW_OK;
    if (err != EW_OK) {
      return err;
    }
  }
  return put_cookies(b, &credentials);
}

static ew_err check_credentials(const builder *b) {
  const ew_endpoint *endpoint = endpoint_of(b);
  group credentials = find_group(b, "credentials");
  if (endpoint == NULL || endpoint->accept_count == 0) {
    return EW_OK;
  }
  uint32_t there = 0;
  for (uint32_t i = 0; i < member_count(&credentials); i++) {
    there |= (uint32_t)is_there(&credentials, i) << i;
  }
  for (uint32_t i = 0; i < endpoint->accept_count; i++) {
    if ((endpoint->accepts[i] & ~there) == 0) {
      return EW_OK;
    }
  }
  return refuse(b, EW_ERR_MISSING, &credentials.path, endpoint->expected);
}

/* ----------------------------------------------------------------------------------- all of it */

static ew_err check(const builder *b) {
  ew_err err = check_set(b, b->handshake->type, b->in, NULL);
  err = err == EW_OK ? check_schema(b) : err;
  return err == EW_OK ? check_credentials(b) : err;
}

static ew_err write_both(builder *b) {
  ew_err err = put_url(b);
  err = err == EW_OK ? put_plain_headers(b) : err;
  return err == EW_OK ? put_credentials(b) : err;
}

static ew_err finish(builder *b, bool wants_headers) {
  bool url_fits = fits(&b->url);
  bool headers_fit = !wants_headers || fits(&b->headers);
  if (!wants_headers && b->headers.len > 0) {
    ew__diag_code(b->diag, EW_ERR_ARGUMENT);
    return EW_ERR_ARGUMENT;
  }
  if (!url_fits || !headers_fit) {
    ew__diag_code(b->diag, EW_ERR_BUFFER_TOO_SMALL);
    return EW_ERR_BUFFER_TOO_SMALL;
  }
  commit(&b->url);
  if (wants_headers) {
    commit(&b->headers);
  }
  return EW_OK;
}

static bool is_usable(const ew_buf *buf) { return buf->len <= buf->size; }

ew_err ew_handshake_write(const ew_handshake *handshake, const void *in, ew_buf *url,
                          ew_buf *headers, ew_diag *diag) {
  ew_buf none = {NULL, 0, 0, 0};
  ew_buf *lines = headers == NULL ? &none : headers;
  if (handshake == NULL || in == NULL || url == NULL || !is_usable(url) || !is_usable(lines)) {
    ew__diag_code(diag, EW_ERR_ARGUMENT);
    return EW_ERR_ARGUMENT;
  }
  builder b = {.handshake = handshake, .in = in, .diag = diag,
               .url = {url, url->len}, .headers = {lines, lines->len}};
  ew_err err = check(&b);
  err = err == EW_OK ? write_both(&b) : err;
  return err == EW_OK ? finish(&b, headers != NULL) : err;
}

/* ------------------------------------------------------------------------------------- lines */

static size_t count_lines(const ew_buf *headers) {
  size_t count = 0;
  for (size_t i = 0; i < headers->len; i++) {
    count += headers->ptr[i] == '\n';
  }
  return count;
}

ew_err ew_handshake_lines(ew_buf *headers, const char **lines, size_t count) {
  if (count_lines(headers) + 1 > count) {
    return EW_ERR_TOO_LARGE;
  }
  size_t found = 0;
  size_t start = 0;
  for (size_t i = 0; i < headers->len; i++) {
    if (headers->ptr[i] == '\n') {
      headers->ptr[i - 1] = headers->ptr[i] = '\0';
      lines[found++] = headers->ptr + start;
      start = i + 1;
    }
  }
  lines[found] = NULL;
  return EW_OK;
}
