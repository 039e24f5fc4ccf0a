#include "player_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const *ew__headers_lines(const ew__header_list *list) { return (const char *const *)list->lines; }

void ew__headers_clear(ew__header_list *list) {
  while (list->count > 0) {
    free(list->lines[--list->count]);
  }
}

static bool add_header(ew__player *p, ew__header_list *list, const char *name, const char *value) {
  ew__ctext line = {0};
  ew__ctext_printf(&line, "%s: %s", name, value);
  if (line.failed || list->count + 1 >= sizeof(list->lines) / sizeof(list->lines[0])) {
    bool full = !line.failed;
    ew__ctext_clear(&line);
    return full ? ew__player_fail(p, "too many headers") : ew__player_no_memory(p);
  }
  list->lines[list->count++] = line.ptr;
  list->lines[list->count] = NULL;
  return true;
}

bool ew__headers_add_map(ew__player *p, ew__header_list *list, const cJSON *map) {
  const cJSON *header = map == NULL ? NULL : map->child;
  for (; header != NULL; header = header->next) {
    ew__ctext value = {0};
    bool ok = ew__player_expand(p, header->valuestring, &value) &&
              add_header(p, list, header->string, ew__ctext_str(&value));
    ew__ctext_clear(&value);
    if (!ok) {
      return false;
    }
  }
  return true;
}

static bool add_basic(ew__player *p, ew__header_list *list, const char *user, const char *password) {
  ew__ctext pair = {0};
  char block[1024];
  ew_arena arena;
  ew_str encoded = {0};
  ew__ctext_printf(&pair, "%s:%s", user, password);
  ew_arena_init(&arena, block, sizeof(block));
  bool ok = !pair.failed && ew_base64_encode(ew_str_from(pair.ptr, pair.len), &arena, &encoded) == EW_OK;
  ew__ctext value = {0};
  ew__ctext_printf(&value, "Basic %.*s", EW_STR_ARG(encoded));
  ok = ok ? add_header(p, list, "Authorization", ew__ctext_str(&value))
          : ew__player_fail(p, "user and password are too long");
  ew__ctext_clear(&value);
  ew__ctext_clear(&pair);
  return ok;
}

/* auth: "basic" (nothing when there is no user), "none", or a mapping with user and password. */
bool ew__headers_add_auth(ew__player *p, ew__header_list *list, const cJSON *how) {
  const cJSON *auth = ew__tree_get(how, "auth");
  auth = auth == NULL ? ew__suite_default(p->kase->suite, "auth") : auth;
  if (cJSON_IsString(auth) && strcmp(auth->valuestring, "basic") == 0) {
    const char *user = ew__vars_text(p->stage->vars, "user");
    return user[0] == '\0' || add_basic(p, list, user, ew__vars_text(p->stage->vars, "password"));
  }
  if (!cJSON_IsObject(auth)) {
    return true;
  }
  ew__ctext user = {0};
  ew__ctext password = {0};
  bool ok = ew__player_expand(p, ew__tree_get_text(auth, "user", ""), &user) &&
            ew__player_expand(p, ew__tree_get_text(auth, "password", ""), &password);
  ok = ok && add_basic(p, list, ew__ctext_str(&user), ew__ctext_str(&password));
  ew__ctext_clear(&user);
  ew__ctext_clear(&password);
  return ok;
}

/* "http" + "://host:port" + base + path */
bool ew__player_url(ew__player *p, bool http, const char *path, ew__ctext *url) {
  ew__ctext_puts(url, http ? "http" : "ws");
  ew__ctext_puts(url, p->stage->origin + 2);
  ew__ctext_puts(url, ew__vars_text(p->stage->vars, "base"));
  return ew__player_expand(p, path, url);
}

/* *nobody: whether it failed because nobody listens there. */
static bool call_http(ew__player *p, const ew__call *call, const char *shown, ew__reply *answer,
                      bool *nobody) {
  ew_diag diag = {0};
  ew_err err = p->stage->peer->http(p->stage->peer->ctx, call, answer, &diag);
  ew__ctext row = {0};
  ew__ctext_printf(&row, "%s %s", call->method, shown);
  ew__ctext_append_visible(&row, call->body.len > 0 ? " " : "", call->body.len > 0, 1);
  ew__ctext_append_visible(&row, call->body.ptr, call->body.len, EW__MAX_ROW_BYTES);
  if (err == EW_OK) {
    ew__ctext_printf(&row, " -> %d ", answer->status);
    ew__ctext_append_visible(&row, answer->body, answer->size, EW__MAX_ROW_BYTES);
  } else {
    ew__ctext_printf(&row, " -> %s: %s", ew_err_text(err), diag.found);
  }
  ew__player_record(p, '=', &row);
  *nobody = err == EW_ERR_CONNECT;
  if (err == EW_OK) {
    return true;
  }
  return err == EW_ERR_NOMEM ? ew__player_no_memory(p) : ew__player_fail(p, "%s %s: %s: %s", call->method, shown, ew_err_text(err), diag.found);
}

static bool check_answer(ew__player *p, const cJSON *http, const ew__reply *answer) {
  const cJSON *status = ew__tree_get(http, "status");
  const cJSON *body = ew__tree_get(http, "answer");
  if (status == NULL && (answer->status < 200 || answer->status > 299)) {
    return ew__player_fail(p, "the answer has status %d", answer->status);
  }
  if (status != NULL && !ew__player_compare_code(p, "the status of the answer", status,
                                                 (unsigned)answer->status)) {
    return false;
  }
  return body == NULL || ew__player_compare_body(p, body, answer);
}

static bool request_body(ew__player *p, const cJSON *http, ew__header_list *headers, ew__ctext *out) {
  const cJSON *body = ew__tree_get(http, "body");
  if (body == NULL) {
    return ew__player_expand(p, ew__tree_get_text(http, "raw", ""), out);
  }
  cJSON *value = ew__player_resolve(p, body);
  if (value == NULL) {
    return false;
  }
  ew__tree_write(value, out);
  cJSON_Delete(value);
  return add_header(p, headers, "Content-Type", "application/json");
}

bool ew__play_http(ew__player *p, const cJSON *http) {
  ew__header_list headers = {0};
  ew__ctext url = {0};
  ew__ctext body = {0};
  ew__reply answer = {0};
  ew__call call = {.method = ew__tree_get_text(http, "method", "GET"), .timeout_ms = p->stage->timeout_ms};
  bool ok = ew__player_url(p, true, ew__tree_get_text(http, "path", "/"), &url);
  ok = ok && ew__headers_add_map(p, &headers, ew__tree_get(http, "headers")) &&
       ew__headers_add_auth(p, &headers, http);
  ok = ok && request_body(p, http, &headers, &body);
  if (ok) {
    const char *const *lines = ew__headers_lines(&headers);
    call.url = ew__ctext_str(&url);
    call.headers = lines;
    call.body = ew_str_from(ew__ctext_str(&body), body.len);
    ok = call_http(p, &call, strchr(call.url + 8, '/'), &answer, &p->outcome->no_connection);
    ok = ok && check_answer(p, http, &answer);
  }
  ew__reply_clear(&answer);
  ew__ctext_clear(&body);
  ew__ctext_clear(&url);
  ew__headers_clear(&headers);
  return ok;
}

static bool write_events(ew__player *p, const cJSON *events, ew__ctext *out) {
  for (const cJSON *event = events->child; event != NULL; event = event->next) {
    cJSON *value = ew__player_resolve(p, event);
    if (value == NULL) {
      return false;
    }
    ew__tree_write(value, out);
    ew__ctext_puts(out, "\n");
    cJSON_Delete(value);
  }
  return !out->failed || ew__player_no_memory(p);
}

static bool publish_url(ew__player *p, const cJSON *publish, ew__ctext *url) {
  const char *admin = p->stage->admin_url;
  size_t len = strlen(admin);
  while (len > 0 && admin[len - 1] == '/') {
    len--;
  }
  ew__ctext_append(url, admin, len);
  ew__ctext_printf(url, "/publish/%s", p->kase->suite->protocol);
  const char *where = ew__tree_get_text(publish, "where", NULL);
  if (where == NULL) {
    return true;
  }
  size_t mark = p->stage->vars->count;
  ew__ctext value = {0};
  ew__ctext_puts(url, "?where=");
  bool ok = ew__player_expand(p, where, &value);
  ok = ok && (ew__vars_set_text(p->stage->vars, "where", ew__ctext_str(&value), false) == EW_OK ||
              ew__player_no_memory(p));
  ok = ok && ew__player_expand(p, "${where|url}", url);
  ew__vars_cut(p->stage->vars, mark);
  ew__ctext_clear(&value);
  return ok;
}

bool ew__play_publish(ew__player *p, const cJSON *publish) {
  ew__header_list headers = {0};
  ew__ctext url = {0};
  ew__ctext body = {0};
  ew__ctext bearer = {0};
  ew__reply answer = {0};
  bool ok = p->stage->admin_url != NULL ||
            ew__player_fail(p, "publishing needs the URL of the admin listener");
  ok = ok && publish_url(p, publish, &url) && write_events(p, ew__tree_get(publish, "events"), &body);
  ok = ok && add_header(p, &headers, "Content-Type", "application/x-ndjson");
  if (ok && p->stage->admin_token != NULL) {
    ew__ctext_printf(&bearer, "Bearer %s", p->stage->admin_token);
    ok = add_header(p, &headers, "Authorization", ew__ctext_str(&bearer));
  }
  if (ok) {
    const char *const *lines = ew__headers_lines(&headers);
    const char *path = strstr(ew__ctext_str(&url), "/publish/");
    ew__call call = {"POST", ew__ctext_str(&url), lines, ew_str_from(body.ptr, body.len),
                     p->stage->timeout_ms};
    ok = call_http(p, &call, path, &answer, &p->outcome->no_admin);
    p->outcome->admin_reached = p->outcome->admin_reached || ok;
    ok = ok && (answer.status == 200 ||
                ew__player_fail(p, "publishing was refused with status %d", answer.status));
  }
  ew__reply_clear(&answer);
  ew__ctext_clear(&bearer);
  ew__ctext_clear(&body);
  ew__ctext_clear(&url);
  ew__headers_clear(&headers);
  return ok;
}
