#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "firefly_internal.h"

#define PATH_BEFORE "/api/v1/namespaces/"
#define LIST_LIMIT 25u
#define LIST_MOST 1000u
#define QUERY_SIZE 4096u

/* One request on its way: what was asked and where the answer goes. */
typedef struct exchange {
  firefly_service *service;
  const ew_http_request *request;
  ew_http_response *response;
  firefly_namespace *ns;
  uint64_t now;
} exchange;

/* ------------------------------------------------------------------------------------------------- answers */

static bool is_method(const exchange *x, const char *method) {
  return ew_str_equal(x->request->method, ew_str_of(method));
}

static void answer_text(ew_http_response *response, int status, const char *type, ew_str body) {
  response->status = status;
  response->content_type = type;
  response->body.len = 0;
  if (ew_buf_append(&response->body, body) != EW_OK) {
    response->body.len = 0;
  }
}

static void answer_error(ew_http_response *response, const firefly_error *error) {
  answer_text(response, error->status, "application/json", EW_STR("{\"error\":"));
  if (ew_buf_append_json_string(&response->body, ew_str_of(error->text)) != EW_OK ||
      ew_buf_append(&response->body, EW_STR("}\n")) != EW_OK) {
    answer_text(response, error->status, "application/json",
                EW_STR("{\"error\":\"FF00149: Internal error\"}\n"));
  }
}

static void refuse(exchange *x, int status, const char *text) {
  firefly_error error;
  ew__firefly_fail(&error, status, "%s", text);
  answer_error(x->response, &error);
}

/* What was built in service->out, as Go's encoder ends it. */
static void answer_out(exchange *x, int status, ew_err err) {
  ew__text *out = &x->service->out;
  if (err == EW_OK) {
    err = ew__text_append(out, EW_STR("\n"));
  }
  if (err != EW_OK || out->buf.len > x->response->body.size) {
    refuse(x, 500, "the answer is too large: ask for less with limit and skip");
    return;
  }
  answer_text(x->response, status, "application/json", ew_buf_str(&out->buf));
}

static void answer_resource(exchange *x, int status, const firefly_subscription *s) {
  ew__text_reset(&x->service->out);
  answer_out(x, status, ew__text_append(&x->service->out, s->resource));
}

/* --------------------------------------------------------------------------------------------------- query */

/* The value of a query parameter in block; empty when it is absent, too long or broken. */
static ew_str query_text(const exchange *x, const char *name, char block[QUERY_SIZE]) {
  ew_arena arena;
  ew_str value = {"", 0, 0};
  ew_arena_init(&arena, block, QUERY_SIZE);
  return ew_http_query_find(x->request->query, name, &arena, &value) == EW_OK ? value
                                                                              : (ew_str){"", 0, 0};
}

static bool query_true(const exchange *x, const char *name) {
  char block[QUERY_SIZE];
  ew_str value = query_text(x, name, block);
  static const char text[] = "true";
  if (value.len != sizeof(text) - 1) {
    return false;
  }
  for (uint32_t i = 0; i < value.len; i++) {
    if ((value.ptr[i] | 0x20) != text[i]) {
      return false;
    }
  }
  return true;
}

static uint32_t query_number(const exchange *x, const char *name, uint32_t otherwise) {
  char block[QUERY_SIZE];
  uint64_t number;
  ew_str value = query_text(x, name, block);
  if (value.len == 0 || ew_str_to_uint64(value, &number) != EW_OK) {
    return otherwise;
  }
  return number < LIST_MOST ? (uint32_t)number : LIST_MOST;
}

/* Whether the parameter is absent or says exactly this. */
static bool query_admits(const exchange *x, const char *name, ew_str value) {
  char block[QUERY_SIZE];
  ew_str wanted = query_text(x, name, block);
  return wanted.len == 0 || ew_str_equal(wanted, value);
}

/* ---------------------------------------------------------------------------------------------------- list */

static bool admits(const exchange *x, const firefly_subscription *s) {
  return query_admits(x, "id", ew_str_of(s->id)) && query_admits(x, "name", s->name) &&
         query_admits(x, "transport", EW_STR("websockets"));
}

/* Times without the Z: a shorter fraction is then a prefix, and smaller. */
static int compare_times(const char *a, const char *b) {
  size_t a_len = strlen(a);
  size_t b_len = strlen(b);
  a_len -= a_len > 0 ? 1 : 0;
  b_len -= b_len > 0 ? 1 : 0;
  int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
  return order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
}

static int newest_first(const void *a, const void *b) {
  const firefly_subscription *left = *(firefly_subscription *const *)a;
  const firefly_subscription *right = *(firefly_subscription *const *)b;
  int order = compare_times(right->created, left->created);
  return order != 0 ? order : left->order < right->order ? 1 : -1;
}

/* The subscriptions that are asked for, in order. NULL when memory is out. */
static firefly_subscription **collect(const exchange *x, uint32_t *count) {
  const firefly_namespace *ns = x->ns;
  firefly_subscription **found = malloc((ns->durable_count + 1) * sizeof(firefly_subscription *));
  *count = 0;
  for (uint32_t i = 0; found != NULL && i < ns->durable_count; i++) {
    if (admits(x, ns->durable[i])) {
      found[(*count)++] = ns->durable[i];
    }
  }
  if (found != NULL) {
    qsort(found, *count, sizeof(firefly_subscription *), newest_first);
  }
  return found;
}

static ew_err append_text(ew__text *out, const char *text) {
  return ew__text_append(out, ew_str_of(text));
}

static ew_err append_resources(ew__text *out, firefly_subscription *const *list, uint32_t count,
                               bool reversed) {
  ew_err err = append_text(out, "[");
  for (uint32_t i = 0; i < count && err == EW_OK; i++) {
    const firefly_subscription *s = list[reversed ? count - 1 - i : i];
    err = i == 0 ? EW_OK : append_text(out, ",");
    if (err == EW_OK) {
      err = ew__text_append(out, s->resource);
    }
  }
  return err == EW_OK ? append_text(out, "]") : err;
}

static ew_err append_counts(ew__text *out, uint32_t count, uint32_t total) {
  char text[80];
  snprintf(text, sizeof(text), "{\"count\":%" PRIu32 ",\"total\":%" PRIu32 ",\"items\":", count,
           total);
  return append_text(out, text);
}

static void list(exchange *x) {
  ew__text *out = &x->service->out;
  uint32_t total;
  firefly_subscription **found = collect(x, &total);
  if (found == NULL) {
    refuse(x, 500, "no memory");
    return;
  }
  uint32_t skip = query_number(x, "skip", 0);
  uint32_t limit = query_number(x, "limit", LIST_LIMIT);
  bool ascending = query_true(x, "ascending");
  bool counted = query_true(x, "count");
  skip = skip < total ? skip : total;
  uint32_t count = limit < total - skip ? limit : total - skip;
  uint32_t first = ascending ? total - skip - count : skip;
  ew__text_reset(out);
  ew_err err = counted ? append_counts(out, count, total) : EW_OK;
  if (err == EW_OK) {
    err = append_resources(out, found + first, count, ascending);
  }
  if (err == EW_OK && counted) {
    err = append_text(out, "}");
  }
  free(found);
  answer_out(x, 200, err);
}

/* ------------------------------------------------------------------------------------------ one subscription */

static void refuse_id(exchange *x, ew_str id, firefly_uuid_fault fault) {
  firefly_error error;
  if (fault == FIREFLY_UUID_LENGTH) {
    ew__firefly_fail(&error, 400, "FF00138: Invalid UUID supplied: invalid UUID length: %" PRIu32,
                     id.len);
  } else {
    ew__firefly_fail(&error, 400, "FF00138: Invalid UUID supplied: invalid UUID format");
  }
  answer_error(x->response, &error);
}

/* The subscription of that id; NULL when the request is answered already. */
static firefly_subscription *find(exchange *x, ew_str id, const char *not_found) {
  firefly_uuid uuid;
  firefly_uuid_fault fault = ew__firefly_uuid_read(id, &uuid);
  if (fault != FIREFLY_UUID_OK) {
    refuse_id(x, id, fault);
    return NULL;
  }
  firefly_subscription *s = ew__firefly_durable_find_id(x->ns, uuid);
  if (s == NULL) {
    refuse(x, 404, not_found);
  }
  return s;
}

/* With the offset in front of the last brace, unless it is 0. */
static ew_err append_status(ew__text *out, const firefly_subscription *s) {
  char text[64] = ",\"status\":{}}";
  if (s->positioned && s->position > 0) {
    snprintf(text, sizeof(text), ",\"status\":{\"currentOffset\":%" PRIu64 "}}", s->position);
  }
  ew_err err = ew__text_append(out, ew_str_from(s->resource.ptr, s->resource.len - 1));
  return err == EW_OK ? append_text(out, text) : err;
}

static void get_one(exchange *x, ew_str id) {
  const firefly_subscription *s = find(x, id, "FF00164: No result found");
  if (s == NULL) {
    return;
  }
  if (!query_true(x, "fetchstatus")) {
    answer_resource(x, 200, s);
    return;
  }
  ew__text_reset(&x->service->out);
  answer_out(x, 200, append_status(&x->service->out, s));
}

static void delete_one(exchange *x, ew_str id) {
  firefly_subscription *s = find(x, id, "FF10109: Not found");
  if (s != NULL) {
    ew__firefly_durable_delete(s, x->now);
    answer_text(x->response, 204, NULL, (ew_str){NULL, 0, 0});
  }
}

/* --------------------------------------------------------------------------------------------------- create */

static bool begins_with(ew_str text, const char *start) {
  for (uint32_t i = 0; start[i] != '\0'; i++) {
    if (i >= text.len || (text.ptr[i] | 0x20) != (start[i] | 0x20)) {
      return false;
    }
  }
  return true;
}

static bool is_json(exchange *x) {
  ew_str type = ew_http_header_find(x->request, "content-type");
  if (begins_with(type, "application/json")) {
    return true;
  }
  firefly_error error;
  ew_str shown = ew__firefly_clip(type, 128);
  ew__firefly_fail(&error, 415, "FF00162: Invalid content type '%.*s'", EW_STR_ARG(shown));
  answer_error(x->response, &error);
  return false;
}

static bool read_input(exchange *x, ew_firefly_subscription_input *out) {
  firefly_service *service = x->service;
  const ew_decode_options opts = {.profile = service->base.manner == EW_MANNER_COMPAT ? EW_COMPAT
                                                                                      : EW_STRICT};
  ew_diag diag = {.pointer = ""};
  firefly_error error;
  ew_err err = ew__scratch_decode(&service->scratch, service->input_type, x->request->body, &opts,
                                  out, &diag);
  if (err == EW_OK) {
    return true;
  }
  if (err == EW_ERR_NOMEM || err == EW_ERR_ARENA_FULL) {
    refuse(x, 500, ew_err_text(err));
    return false;
  }
  if (err == EW_ERR_MISSING || strcmp(diag.pointer, "/name") == 0) {
    out->name = (ew_str){"", 0, 0}; /* the name's own refusal says more */
    return true;
  }
  ew__firefly_describe(&error, &diag, x->request->body, "Subscription");
  answer_error(x->response, &error);
  return false;
}

static void put(exchange *x, bool must_be_new) {
  ew_firefly_subscription_input in;
  firefly_error error;
  if (!is_json(x) || !read_input(x, &in)) {
    return;
  }
  const firefly_subscription *s =
      ew__firefly_durable_put(x->service, x->ns, &in, must_be_new, x->now, &error);
  if (s == NULL) {
    answer_error(x->response, &error);
  } else {
    answer_resource(x, must_be_new ? 201 : 200, s);
  }
}

/* --------------------------------------------------------------------------------------------------- status */

static ew_err append_string(ew__text *out, const char *key, ew_str value) {
  ew_err err = append_text(out, key);
  return err == EW_OK ? ew__text_append_json_string(out, value) : err;
}

static ew_err append_start(ew__text *out, const firefly_start *start) {
  ew_err err = append_string(out, "{\"startTime\":", ew_str_of(start->time));
  if (err == EW_OK) {
    err = append_text(out, start->ephemeral ? ",\"ephemeral\":true" : ",\"ephemeral\":false");
  }
  if (err == EW_OK) {
    err = append_string(out, ",\"namespace\":", start->namespace_);
  }
  if (err == EW_OK && start->name.len > 0) {
    err = append_string(out, ",\"name\":", start->name);
  }
  if (err == EW_OK) {
    err = append_text(out, ",\"filter\":");
  }
  if (err == EW_OK) {
    err = ew__text_append(out, start->filter);
  }
  return err == EW_OK ? append_text(out, "}") : err;
}

/* The machine does not know the address of its peers, which the host alone sees. */
static ew_err append_session(ew__text *out, const firefly_session *session) {
  ew_err err = append_string(out, "{\"id\":", ew_str_of(session->id));
  if (err == EW_OK) {
    err = append_string(out, ",\"remoteAddress\":\"\",\"userAgent\":", session->user_agent);
  }
  if (err == EW_OK) {
    err = append_text(out, ",\"subscriptions\":[");
  }
  for (const firefly_start *start = session->starts; start != NULL && err == EW_OK;
       start = start->next) {
    err = start == session->starts ? EW_OK : append_text(out, ",");
    if (err == EW_OK) {
      err = append_start(out, start);
    }
  }
  return err == EW_OK ? append_text(out, "]}") : err;
}

static void status(exchange *x) {
  ew__text *out = &x->service->out;
  ew__text_reset(out);
  ew_err err = append_text(out, "{\"enabled\":true,\"connections\":[");
  for (const firefly_session *session = x->service->sessions; session != NULL && err == EW_OK;
       session = session->next) {
    err = session == x->service->sessions ? EW_OK : append_text(out, ",");
    if (err == EW_OK) {
      err = append_session(out, session);
    }
  }
  answer_out(x, 200, err == EW_OK ? append_text(out, "]}") : err);
}

/* -------------------------------------------------------------------------------------------------- routing */

static void refuse_method(exchange *x) {
  answer_text(x->response, 405, NULL, (ew_str){NULL, 0, 0});
}

static void upgrade(exchange *x) {
  if (x->request->upgrade) {
    x->response->status = 101;
  } else {
    answer_text(x->response, 400, "text/plain; charset=utf-8", EW_STR("Bad Request\n"));
  }
}

static void route_collection(exchange *x) {
  if (is_method(x, "GET")) {
    list(x);
  } else if (is_method(x, "POST") || is_method(x, "PUT")) {
    put(x, is_method(x, "POST"));
  } else {
    refuse_method(x);
  }
}

static void route_one(exchange *x, ew_str id) {
  if (is_method(x, "GET")) {
    get_one(x, id);
  } else if (is_method(x, "DELETE")) {
    delete_one(x, id);
  } else {
    refuse_method(x);
  }
}

static void refuse_namespace(exchange *x, ew_str name) {
  firefly_error error;
  ew_str shown = ew__firefly_clip(name, 128);
  ew__firefly_fail(&error, 404, "FF10436: Unknown namespace '%.*s'", EW_STR_ARG(shown));
  answer_error(x->response, &error);
}

/* rest is what follows the namespace in the path. */
static void route_in_namespace(exchange *x, ew_str name, ew_str rest) {
  static const char one[] = "/subscriptions/";
  const uint32_t one_len = sizeof(one) - 1;
  bool is_socket = ew_str_equal(rest, EW_STR("/ws"));
  x->ns = ew__firefly_namespace_find(x->service, name);
  if (is_socket && x->ns == NULL) {
    refuse(x, 404, "FF10109: Not found");
  } else if (is_socket) {
    upgrade(x);
  } else if (x->ns == NULL) {
    refuse_namespace(x, name);
  } else if (ew_str_equal(rest, EW_STR("/subscriptions"))) {
    route_collection(x);
  } else if (rest.len > one_len && memcmp(rest.ptr, one, one_len) == 0) {
    route_one(x, ew_str_from(rest.ptr + one_len, rest.len - one_len));
  } else if (ew_str_equal(rest, EW_STR("/websockets")) && is_method(x, "GET")) {
    status(x);
  } else {
    refuse(x, 404, "FF10109: Not found");
  }
}

static void route(exchange *x) {
  const uint32_t before = sizeof(PATH_BEFORE) - 1;
  ew_str path = x->request->path;
  if (ew_str_equal(path, EW_STR("/ws"))) {
    upgrade(x);
    return;
  }
  if (path.len <= before || memcmp(path.ptr, PATH_BEFORE, before) != 0) {
    refuse(x, 404, "FF10109: Not found");
    return;
  }
  ew_str behind = ew_str_from(path.ptr + before, path.len - before);
  const char *slash = memchr(behind.ptr, '/', behind.len);
  uint32_t len = slash == NULL ? behind.len : (uint32_t)(slash - behind.ptr);
  route_in_namespace(x, ew_str_from(behind.ptr, len),
                     ew_str_from(behind.ptr + len, behind.len - len));
}

void ew__firefly_http(ew_service *base, const ew_http_request *request, ew_http_response *response,
                      uint64_t now) {
  exchange x = {
      .service = (firefly_service *)base, .request = request, .response = response, .now = now};
  if (!ew__firefly_authorized(x.service, request)) {
    refuse(&x, 403, "FF00169: Unauthorized");
    return;
  }
  route(&x);
}
