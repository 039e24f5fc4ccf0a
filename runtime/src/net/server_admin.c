#define _POSIX_C_SOURCE 200809L

#include "server_internal.h"

#include <inttypes.h>
#include <stdio.h>

static const char json[] = "application/json";

/* -------------------------------------------------------------------------------------- answers */

/* {"error":"..."}, with "line" in front when it is not 0. */
static void write_error(ew_buf *body, size_t line, ew_str text) {
  char head[64];
  int len = line == 0 ? snprintf(head, sizeof(head), "{\"error\":")
                      : snprintf(head, sizeof(head), "{\"line\":%zu,\"error\":", line);
  body->len = 0;
  if (ew_buf_append(body, ew_str_from(head, (size_t)len)) != EW_OK ||
      ew_buf_append_json_string(body, text) != EW_OK ||
      ew_buf_append(body, EW_STR("}\n")) != EW_OK) {
    body->len = 0;
  }
}

static void answer_error(ew_http_response *response, int status, const char *text) {
  response->status = status;
  response->content_type = json;
  write_error(&response->body, 0, ew_str_of(text));
}

/* A refused event is the sender's fault; all else is ours, and can be tried again. */
static int status_of(ew_err err, size_t line) {
  if (err == EW_OK) {
    return 200;
  }
  if (line > 0) {
    return 400;
  }
  return err == EW_ERR_COUNT ? 413 : 503;
}

static void write_result(ew_buf *body, const ew__published *result) {
  char text[600];
  body->len = 0;
  if (result->err == EW_OK) {
    int len = snprintf(text, sizeof(text),
                       "{\"published\":%zu,\"first\":%" PRIu64 ",\"last\":%" PRIu64 "}\n",
                       result->count, result->first, result->last);
    (void)!ew_buf_append(body, ew_str_from(text, (size_t)len));
    return;
  }
  if (result->line == 0) {
    write_error(body, 0, ew_str_of(ew_err_text(result->err)));
    return;
  }
  ew_diag_format(&result->diag, text, sizeof(text));
  write_error(body, result->line, ew_str_of(text));
  if (body->len == 0) { /* what was found is not UTF-8 */
    write_error(body, result->line, ew_str_of(ew_err_text(result->err)));
  }
}

/* ----------------------------------------------------------------------------------- publishing */

static void on_published(void *ctx, const ew__published *result) {
  char text[1024];
  ew_buf body;
  ew_buf_init(&body, text, sizeof(text));
  write_result(&body, result);
  ew__request_answer_later(ctx, status_of(result->err, result->line), json, ew_buf_str(&body));
}

static ew_err read_where(const ew_http_request *request, char *block, size_t size, ew_str *where) {
  ew_arena arena;
  ew_arena_init(&arena, block, size);
  *where = EW_STR("");
  ew_err err = ew_http_query_find(request->query, "where", &arena, where);
  return err == EW_ERR_NOT_FOUND ? EW_OK : err;
}

/* True: answered. The text of the body goes over to the publication. */
static bool publish(ew__conn *conn, ew__listener *protocol, const ew_http_request *request,
                    ew_http_response *response) {
  char block[2048];
  ew_str where;
  ew__published result;
  if (read_where(request, block, sizeof(block), &where) != EW_OK) {
    answer_error(response, 400, "where is not a usable name");
    return true;
  }
  ew_err err = ew__publish_lines(&conn->publication, protocol, where, conn->in.ptr, conn->in.end,
                                 &result, on_published, conn);
  ew__listener_settle(protocol);
  if (conn->publication != NULL) {
    memset(&conn->in, 0, sizeof(conn->in));
    return false;
  }
  response->status = status_of(err, result.line);
  response->content_type = json;
  result.err = err;
  write_result(&response->body, &result);
  return true;
}

/* --------------------------------------------------------------------------------------- status */

static ew_err write_listener(ew_buf *body, const ew__listener *l) {
  char text[512];
  const ew__counters *c = &l->counters;
  int len =
      snprintf(text, sizeof(text),
               "{\"name\":\"%s\",\"port\":%u,\"connections\":%" PRIu64 ",\"accepted\":%" PRIu64
               ",\"refused\":%" PRIu64 ",\"opened\":%" PRIu64 ",\"received\":%" PRIu64
               ",\"sent\":%" PRIu64 ",\"published\":%" PRIu64 ",\"slow\":%" PRIu64 "}",
               l->name, (unsigned)l->port, c->connections, c->accepted, c->refused, c->opened,
               c->received, c->sent, c->published, c->slow);
  return ew_buf_append(body, ew_str_from(text, (size_t)len));
}

static void status(ew_server *server, ew_http_response *response) {
  char text[64];
  int len = snprintf(text, sizeof(text), "{\"connections\":%zu,\"listeners\":[", server->conn_count);
  ew_err err = ew_buf_append(&response->body, ew_str_from(text, (size_t)len));
  for (const ew__listener *l = server->listeners; l != NULL && err == EW_OK; l = l->next) {
    err = write_listener(&response->body, l);
    if (err == EW_OK && l->next != NULL) {
      err = ew_buf_append(&response->body, EW_STR(","));
    }
  }
  if (err == EW_OK) {
    err = ew_buf_append(&response->body, EW_STR("]}\n"));
  }
  if (err != EW_OK) {
    response->body.len = 0;
    answer_error(response, 500, ew_err_text(err));
    return;
  }
  response->status = 200;
  response->content_type = json;
}

/* -------------------------------------------------------------------------------------- routing */

static bool is_authorized(const ew__listener *admin, const ew_http_request *request) {
  if (admin->token == NULL) {
    return true;
  }
  ew_str given = ew_http_header_find(request, "authorization");
  ew_str scheme = EW_STR("Bearer ");
  if (given.len < scheme.len || memcmp(given.ptr, scheme.ptr, scheme.len) != 0) {
    return false;
  }
  return ew_secret_equal(ew_str_from(given.ptr + scheme.len, given.len - scheme.len),
                         ew_str_of(admin->token));
}

/*
 * A web page that is open in a browser on this machine must not publish: without a token nobody who
 * names an origin is served.
 */
static bool is_from_page(const ew__listener *admin, const ew_http_request *request) {
  return admin->token == NULL && ew_http_header_find(request, "origin").ptr != NULL;
}

static bool route_publish(ew__conn *conn, const ew_http_request *request, ew_str name,
                          ew_http_response *response) {
  ew__listener *protocol = ew__server_find(conn->server, name);
  if (protocol == NULL) {
    answer_error(response, 404, "no such protocol here");
    return true;
  }
  if (!ew_str_equal(request->method, EW_STR("POST"))) {
    answer_error(response, 405, "publish with POST");
    return true;
  }
  if (conn->server->stopping) {
    answer_error(response, 503, "the server is stopping");
    return true;
  }
  return publish(conn, protocol, request, response);
}

bool ew__admin_admits(const ew__listener *admin, const ew_http_request *request, ew_http_response *response) {
  if (!is_authorized(admin, request)) {
    answer_error(response, 401, "the token is missing or wrong");
    return false;
  }
  if (is_from_page(admin, request)) {
    answer_error(response, 403, "not from a web page");
    return false;
  }
  return true;
}

bool ew__admin_http(ew__conn *conn, const ew_http_request *request, ew_http_response *response) {
  static const char prefix[] = "/publish/";
  const size_t skip = sizeof(prefix) - 1;
  if (request->path.len > skip && memcmp(request->path.ptr, prefix, skip) == 0) {
    return route_publish(conn, request,
                         ew_str_from(request->path.ptr + skip, request->path.len - skip), response);
  }
  if (ew_str_equal(request->path, EW_STR("/status"))) {
    status(conn->server, response);
    return true;
  }
  answer_error(response, 404, "there is /status and /publish/{protocol}");
  return true;
}
