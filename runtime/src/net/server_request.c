#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"
#include "url_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HEAD_BYTES 512u /* of an answer */

/* -------------------------------------------------------------------------- reading the headers */

/* Bump memory over the text of ew__request_memory. */
typedef struct reader {
  ew__conn *conn;
  ew__request_memory *memory;
  size_t used;
} reader;

static char *take(reader *r, size_t size) {
  if (size > sizeof(r->memory->text) - r->used) {
    return NULL;
  }
  char *at = r->memory->text + r->used;
  r->used += size;
  return at;
}

static ew_str trimmed(const char *text, size_t len) {
  while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t')) {
    len--;
  }
  return ew_str_from(text, len);
}

/* The value of a header libwebsockets knows; ptr NULL when it is absent. */
static ew_str read_token(reader *r, enum lws_token_indexes token) {
  int len = lws_hdr_total_length(r->conn->wsi, token);
  char *at = len <= 0 ? NULL : take(r, (size_t)len + 1);
  if (at == NULL || lws_hdr_copy(r->conn->wsi, at, len + 1, token) < 0) {
    return ew_str_from(NULL, 0);
  }
  return trimmed(at, (size_t)len);
}

static void add_header(reader *r, ew_str name, ew_str value) {
  ew__request_memory *memory = r->memory;
  if (value.ptr != NULL &&
      memory->request.header_count < sizeof(memory->headers) / sizeof(memory->headers[0])) {
    memory->headers[memory->request.header_count++] = (ew_http_header){name, value};
  }
}

/* Token texts are "host:" for headers, "get " for methods and ":path" for HTTP/2. */
static void read_known_headers(reader *r) {
  for (int i = 0; i < WSI_TOKEN_COUNT; i++) {
    enum lws_token_indexes token = (enum lws_token_indexes)i;
    const char *text = (const char *)lws_token_to_string(token);
    size_t len = text == NULL ? 0 : strlen(text);
    if (len > 1 && text[0] != ':' && text[len - 1] == ':') {
      add_header(r, ew_str_from(text, len - 1), read_token(r, token));
    }
  }
}

/* One libwebsockets does not know and can only be asked for by name. */
static void read_custom_header(reader *r, const char *name) {
  struct lws *wsi = r->conn->wsi;
  size_t len = strlen(name);
  char *key = take(r, len + 2);
  if (key == NULL) {
    return;
  }
  for (size_t i = 0; i < len; i++) {
    key[i] = (char)tolower((unsigned char)name[i]);
  }
  key[len] = ':';
  key[len + 1] = '\0';
  int size = lws_hdr_custom_length(wsi, key, (int)len + 1);
  char *value = size < 0 ? NULL : take(r, (size_t)size + 1);
  if (value != NULL && lws_hdr_custom_copy(wsi, value, size + 1, key, (int)len + 1) >= 0) {
    add_header(r, ew_str_from(key, len), trimmed(value, (size_t)size));
  }
}

static void read_custom_headers(reader *r) {
  static const char *const always[] = {"x-auth-user", "x-auth-company", "x-request-id"};
  for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
    read_custom_header(r, always[i]);
  }
  const ew_service *service = r->conn->listener->service;
  const ew_document *document = service == NULL ? NULL : ew_service_document(service);
  for (uint32_t i = 0; document != NULL && i < document->channel_count; i++) {
    const ew_channel *channel = &document->channels[i];
    for (uint32_t k = 0; k < channel->header_count; k++) {
      ew_str name = ew_str_of(channel->headers[k].name);
      if (ew_http_header_find(&r->memory->request, name.ptr).ptr == NULL) {
        read_custom_header(r, name.ptr);
      }
    }
  }
}

typedef struct method {
  enum lws_token_indexes token;
  const char *name;
} method;

static const method methods[] = {
    {WSI_TOKEN_GET_URI, "GET"},         {WSI_TOKEN_POST_URI, "POST"},     {WSI_TOKEN_PUT_URI, "PUT"},
    {WSI_TOKEN_PATCH_URI, "PATCH"},     {WSI_TOKEN_DELETE_URI, "DELETE"}, {WSI_TOKEN_HEAD_URI, "HEAD"},
    {WSI_TOKEN_OPTIONS_URI, "OPTIONS"},
};

static bool read_target(reader *r) {
  for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
    ew_str path = read_token(r, methods[i].token);
    if (path.ptr != NULL) {
      r->memory->request.method = ew_str_of(methods[i].name);
      r->memory->request.path = path;
      return true;
    }
  }
  return false;
}

static ew_buf rest_of_text(reader *r) {
  ew_buf buf;
  ew_buf_init(&buf, r->memory->text + r->used, sizeof(r->memory->text) - r->used);
  return buf;
}

/* libwebsockets hands the path out decoded: encoded again it means the same, but "%2F" has become "/". */
static ew_err encode_path(ew_str path, ew_buf *out) {
  ew_err err = EW_OK;
  for (uint32_t i = 0; i < path.len && err == EW_OK; i++) {
    ew_str c = ew_str_from(path.ptr + i, 1);
    err = path.ptr[i] == '/' ? ew_buf_append(out, c) : ew_http_percent_encode(out, c);
  }
  return err;
}

/*
 * A piece of the query between two '&', decoded: its first '=' is the literal one, an encoded one
 * in the name was made '_'.
 */
static ew_err encode_argument(ew_str piece, ew_buf *out) {
  const char *equals = piece.len == 0 ? NULL : memchr(piece.ptr, '=', piece.len);
  size_t name = equals == NULL ? piece.len : (size_t)(equals - piece.ptr);
  ew_err err = out->len == 0 ? EW_OK : ew_buf_append(out, EW_STR("&"));
  if (err == EW_OK) {
    err = ew_http_percent_encode(out, ew_str_from(piece.ptr, name));
  }
  if (err == EW_OK && equals != NULL) {
    err = ew_buf_append(out, EW_STR("="));
  }
  if (err == EW_OK && equals != NULL) {
    err = ew_http_percent_encode(out, ew_str_from(equals + 1, piece.len - name - 1));
  }
  return err;
}

static ew_err encode_query(reader *r, ew_buf *out) {
  char *piece = take(r, EW__HEADER_BYTES);
  ew_err err = piece == NULL ? EW_ERR_NOMEM : EW_OK;
  *out = rest_of_text(r);
  for (int i = 0; err == EW_OK; i++) {
    int len = lws_hdr_copy_fragment(r->conn->wsi, piece, EW__HEADER_BYTES, WSI_TOKEN_HTTP_URI_ARGS, i);
    if (len < 0) {
      break;
    }
    err = encode_argument(ew_str_from(piece, (size_t)len), out);
  }
  return err;
}

static bool read_encoded(reader *r) {
  ew_http_request *request = &r->memory->request;
  ew_buf path = rest_of_text(r), query;
  if (encode_path(request->path, &path) != EW_OK) {
    return false;
  }
  request->raw_path = ew_buf_str(&path);
  r->used += path.len;
  if (encode_query(r, &query) != EW_OK) {
    return false;
  }
  request->query = ew_buf_str(&query);
  r->used += query.len;
  return true;
}

static bool read_request(ew__conn *conn, bool upgrade, ew_str body) {
  ew__request_memory *memory = &conn->server->memory;
  reader r = {.conn = conn, .memory = memory};
  memory->request = (ew_http_request){
      .method = EW_STR(""), .path = EW_STR(""), .raw_path = EW_STR(""), .query = EW_STR("")};
  memory->request.headers = memory->headers;
  memory->request.upgrade = upgrade;
  memory->request.body = body;
  if (!read_target(&r) || !read_encoded(&r)) {
    return false;
  }
  read_known_headers(&r);
  read_custom_headers(&r);
  return true;
}

static ew_str header(const ew__conn *conn, const char *name) {
  return ew_http_header_find(&conn->server->memory.request, name);
}

/* -------------------------------------------------------------------------------------- answers */

typedef struct reason {
  int status;
  const char *text;
  const char *headers; /* that belong to the status */
} reason;

static const reason reasons[] = {
    {200, "OK", ""},
    {201, "Created", ""},
    {202, "Accepted", ""},
    {204, "No Content", ""},
    {400, "Bad Request", ""},
    {401, "Unauthorized", "WWW-Authenticate: Basic realm=\"eventwire\"\r\n"},
    {403, "Forbidden", ""},
    {404, "Not Found", ""},
    {405, "Method Not Allowed", "Allow: GET\r\n"},
    {409, "Conflict", ""},
    {411, "Length Required", ""},
    {413, "Content Too Large", ""},
    {415, "Unsupported Media Type", ""},
    {426, "Upgrade Required", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"},
    {429, "Too Many Requests", ""},
    {500, "Internal Server Error", ""},
    {503, "Service Unavailable", ""},
};

static const reason *reason_of(int status) {
  static const reason other = {0, "Answer", ""};
  for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
    if (reasons[i].status == status) {
      return &reasons[i];
    }
  }
  return &other;
}

/*
 * The connection always ends with its answer: libwebsockets 4.1 reads freed memory when a kept one
 * comes back with an unknown Upgrade (CVE-2025-11677), and takes the next request for the body of a
 * POST without Content-Length.
 */
static bool set_answer(ew__conn *conn, int status, const char *content_type, ew_str body) {
  const reason *why = reason_of(status);
  bool bearer = status == 401 && conn->listener->service == NULL;
  free(conn->answer);
  conn->answer_len = 0;
  conn->answer = malloc(LWS_PRE + HEAD_BYTES + body.len);
  if (conn->answer == NULL) {
    return false;
  }
  char *at = conn->answer + LWS_PRE;
  int head = snprintf(
      at, HEAD_BYTES,
      "HTTP/1.1 %d %s\r\n%sContent-Type: %s\r\nContent-Length: %lu\r\nConnection: close\r\n\r\n",
      status, why->text, bearer ? "WWW-Authenticate: Bearer realm=\"eventwire\"\r\n" : why->headers,
      content_type == NULL ? "text/plain" : content_type, (unsigned long)body.len);
  if (head < 0 || (size_t)head >= HEAD_BYTES) {
    return false;
  }
  if (body.len > 0) {
    memcpy(at + head, body.ptr, body.len);
  }
  conn->answer_len = (size_t)head + body.len;
  return true;
}

static int shown(ew_str text) { return text.len > 120 ? 120 : (int)text.len; }

static void note_answer(ew__conn *conn, int status) {
  const ew_http_request *request = &conn->server->memory.request;
  ew_str query = request->query.len == 0 ? EW_STR("") : request->query;
  if (status >= 400) {
    conn->listener->counters.refused++;
  }
  ew__note(conn->server, status >= 400 ? EW_LEVEL_NOTICE : EW_LEVEL_DEBUG,
           "%s: %s %.*s %.*s%s%.*s -> %d", conn->listener->name, conn->peer,
           EW_STR_ARG(request->method), shown(request->raw_path), request->raw_path.ptr,
           query.len > 0 ? "?" : "", shown(query), query.ptr, status);
}

/* Writes the answer; libwebsockets keeps what does not fit into the socket and sends it before it closes. */
static int write_answer(ew__conn *conn) {
  unsigned char *at = (unsigned char *)conn->answer + LWS_PRE;
  int written = conn->answer_len == 0 ? -1 : lws_write(conn->wsi, at, conn->answer_len, LWS_WRITE_RAW);
  free(conn->answer);
  conn->answer = NULL;
  conn->phase = EW__CLOSING;
  ew__conn_wait(conn, EW__WAIT_FLUSH);
  return written < 0 ? -1 : 0;
}

static int answer_and_close(ew__conn *conn, int status, const char *content_type, ew_str body) {
  note_answer(conn, status);
  bool is_head = ew_str_equal(conn->server->memory.request.method, EW_STR("HEAD"));
  if (set_answer(conn, status, content_type, is_head ? ew_str_from("", 0) : body)) {
    (void)write_answer(conn);
  }
  return -1;
}

/* The body is still on its way: closing now could reset the connection before the answer has been read. */
static int answer_before_body(ew__conn *conn, int status, const char *content_type, ew_str body) {
  (void)answer_and_close(conn, status, content_type, body);
  ew__conn_half_close(conn);
  return 0;
}

void ew__request_answer_later(ew__conn *conn, int status, const char *content_type, ew_str body) {
  conn->publication = NULL;
  ew__conn_wait(conn, EW__WAIT_FLUSH);
  if (!set_answer(conn, status, content_type, body)) {
    ew__conn_kill(conn);
    return;
  }
  lws_callback_on_writable(conn->wsi);
}

int ew__request_on_writable(ew__conn *conn) {
  if (conn->answer == NULL) {
    return 0;
  }
  (void)write_answer(conn);
  return -1;
}

/* ---------------------------------------------------------------------------- opening handshake */

typedef struct refusal {
  int status; /* 0: none */
  const char *text;
} refusal;

/* 16 bytes in Base64 (RFC 6455 section 4.1). Two keys come joined and are too long. */
static bool is_key(ew_str key) {
  if (key.len != 24 || memcmp(key.ptr + 22, "==", 2) != 0) {
    return false;
  }
  for (size_t i = 0; i < 22; i++) {
    unsigned char c = (unsigned char)key.ptr[i];
    if (!isalnum(c) && c != '+' && c != '/') {
      return false;
    }
  }
  return true;
}

static bool is_allowed_origin(const ew_server *server, ew_str origin) {
  const char *const *allowed = server->options.origins;
  if (allowed == NULL || origin.ptr == NULL) {
    return true; /* only browsers send one */
  }
  for (; *allowed != NULL; allowed++) {
    if (ew_str_equal(origin, ew_str_of(*allowed))) {
      return true;
    }
  }
  return false;
}

static bool is_http_1_1(const ew__conn *conn) {
  char version[16] = "";
  return lws_hdr_copy(conn->wsi, version, sizeof(version), WSI_TOKEN_HTTP) > 0 &&
         strcmp(version, "HTTP/1.1") == 0;
}

/* What libwebsockets 4.1 lets through, or closes without a word. */
static refusal check_handshake(const ew__conn *conn) {
  const ew_http_request *request = &conn->server->memory.request;
  if (!ew_str_equal(request->method, EW_STR("GET"))) {
    return (refusal){405, "a WebSocket opens with GET\n"};
  }
  if (!is_http_1_1(conn) || header(conn, "host").ptr == NULL) {
    return (refusal){400, "a WebSocket opens with HTTP/1.1 and a Host header\n"};
  }
  if (!ew__list_has(header(conn, "connection"), "upgrade")) {
    return (refusal){400, "the Connection header does not say Upgrade\n"};
  }
  if (!ew_str_equal(header(conn, "sec-websocket-version"), EW_STR("13"))) {
    return (refusal){426, "only version 13 of the WebSocket protocol is spoken here\n"};
  }
  if (!is_key(header(conn, "sec-websocket-key"))) {
    return (refusal){400, "Sec-WebSocket-Key is not one value of 16 bytes in Base64\n"};
  }
  if (!is_allowed_origin(conn->server, header(conn, "origin"))) {
    return (refusal){403, "this origin is not allowed\n"};
  }
  if (header(conn, "sec-websocket-protocol").ptr != NULL) {
    return (refusal){400, "no sub-protocol is spoken here\n"};
  }
  return (refusal){0, NULL};
}

static void ask_service(ew__conn *conn, ew_http_response *response) {
  ew_server *server = conn->server;
  memset(response, 0, sizeof(*response));
  response->status = 404;
  ew_buf_init(&response->body, server->memory.response, sizeof(server->memory.response));
  ew_service_http(conn->listener->service, &server->memory.request, response, ew__now(server));
  ew__listener_settle(conn->listener);
}

/*
 * The only place that says yes to an Upgrade. Anything but "websocket" ends here: HTTP/2 of this
 * library must not be reached (h2c), and after another value its headers may be gone already
 * (CVE-2025-11677).
 */
int ew__request_on_upgrade(ew__conn *conn) {
  char upgrade[16] = "";
  if (lws_hdr_total_length(conn->wsi, WSI_TOKEN_UPGRADE) == 0 ||
      lws_hdr_copy(conn->wsi, upgrade, sizeof(upgrade), WSI_TOKEN_UPGRADE) < 0 ||
      strcasecmp(upgrade, "websocket") != 0) {
    return -1;
  }
  if (!read_request(conn, true, EW_STR(""))) {
    return answer_and_close(conn, 400, NULL, EW_STR("this request cannot be read\n"));
  }
  refusal no = check_handshake(conn);
  if (no.status != 0) {
    return answer_and_close(conn, no.status, NULL, ew_str_of(no.text));
  }
  if (conn->listener->service == NULL) {
    return answer_and_close(conn, 404, NULL, EW_STR("no WebSocket here\n"));
  }
  ew_http_response response;
  ask_service(conn, &response);
  if (response.status != 101) {
    return answer_and_close(conn, response.status, response.content_type, ew_buf_str(&response.body));
  }
  note_answer(conn, 101);
  return 0;
}

/* ------------------------------------------------------------------------------- plain requests */

typedef enum length_kind { LENGTH_NONE, LENGTH_GIVEN, LENGTH_BAD } length_kind;

static length_kind read_length(const ew__conn *conn, uint64_t *length) {
  ew_str text = header(conn, "content-length");
  *length = 0;
  if (text.ptr == NULL) {
    return LENGTH_NONE;
  }
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9' || text.len > 18) {
      return LENGTH_BAD;
    }
    *length = *length * 10 + (uint64_t)(text.ptr[i] - '0');
  }
  return text.len > 0 ? LENGTH_GIVEN : LENGTH_BAD;
}

static int answer_request(ew__conn *conn) {
  ew_server *server = conn->server;
  ew_http_response response = {.status = 404};
  ew_buf_init(&response.body, server->memory.response, sizeof(server->memory.response));
  if (conn->listener->service == NULL) {
    if (!ew__admin_http(conn, &server->memory.request, &response)) {
      ew__conn_wait(conn, EW__WAIT_NONE); /* the log answers in its own time */
      return 0;
    }
  } else {
    ask_service(conn, &response);
  }
  /* 101 without an Upgrade: a service that did not look. */
  int status = response.status == 101 ? 426 : response.status;
  return answer_and_close(conn, status, response.content_type, ew_buf_str(&response.body));
}

static int wait_for_body(ew__conn *conn) {
  static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
  if (header(conn, "expect").ptr == NULL) {
    return 0;
  }
  unsigned char buffer[LWS_PRE + sizeof(go_on)];
  memcpy(buffer + LWS_PRE, go_on, sizeof(go_on) - 1);
  return lws_write(conn->wsi, buffer + LWS_PRE, sizeof(go_on) - 1, LWS_WRITE_RAW) < 0 ? -1 : 0;
}

/* Asked before the body has come: nobody makes us collect what we shall refuse. */
static bool admits(ew__conn *conn, ew_http_response *response) {
  ew_server *server = conn->server;
  *response = (ew_http_response){.status = 404};
  ew_buf_init(&response->body, server->memory.response, sizeof(server->memory.response));
  return ew__admin_admits(conn->listener, &server->memory.request, response);
}

int ew__request_on_headers(ew__conn *conn) {
  ew_http_response response;
  uint64_t length;
  if (conn->phase != EW__REQUEST) {
    return -1;
  }
  if (!read_request(conn, false, EW_STR(""))) {
    return answer_and_close(conn, 400, NULL, EW_STR("this request cannot be read\n"));
  }
  length_kind kind = read_length(conn, &length);
  bool chunked = header(conn, "transfer-encoding").ptr != NULL;
  if (kind == LENGTH_BAD || (kind == LENGTH_GIVEN && chunked)) {
    return answer_and_close(conn, 400, NULL, EW_STR("Content-Length is not one number\n"));
  }
  if (chunked) {
    return answer_before_body(conn, 411, NULL, EW_STR("a body needs a Content-Length\n"));
  }
  if (conn->listener->service == NULL && !admits(conn, &response)) {
    return length == 0 ? answer_and_close(conn, response.status, response.content_type,
                                          ew_buf_str(&response.body))
                       : answer_before_body(conn, response.status, response.content_type,
                                            ew_buf_str(&response.body));
  }
  if (length > conn->listener->max_body_bytes) {
    return answer_before_body(conn, 413, NULL, EW_STR("the body is too large\n"));
  }
  /*
   * A POST without Content-Length has no body (RFC 9112 section 6.3); libwebsockets would wait for
   * 100 MiB.
   */
  return length == 0 ? answer_request(conn) : wait_for_body(conn);
}

int ew__request_on_body(ew__conn *conn, const char *bytes, size_t size) {
  if (conn->phase != EW__REQUEST || size == 0) {
    return 0;
  }
  if (size > conn->listener->max_body_bytes - conn->in.end ||
      !ew__bytes_reserve(&conn->in, size + EW__READABLE_AFTER)) {
    return -1;
  }
  memcpy(conn->in.ptr + conn->in.end, bytes, size);
  conn->in.end += size;
  return 0;
}

int ew__request_on_complete(ew__conn *conn) {
  if (conn->phase != EW__REQUEST) {
    return -1;
  }
  if (!read_request(conn, false, ew_str_from(conn->in.ptr, conn->in.end))) {
    return answer_and_close(conn, 400, NULL, EW_STR("this request cannot be read\n"));
  }
  return answer_request(conn);
}
