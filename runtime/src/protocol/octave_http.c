/*
 * What Octave says over HTTP. No failure of these calls is documented: statuses and bodies are the
 * choices of schema/octave/NOTES.md, the form of the body is that of Octave's REST service.
 */
#include "eventwire/octave.h"
#include "octave_internal.h"

static const char content_type[] = "application/json";

static void fail(ew_http_response *response, int status, const char *reason) {
  ew_octave_error_item item = {.kind = EW_OCTAVE_ERROR_ITEM_TEXT, .text = ew_str_of(reason)};
  ew_octave_session_failure failure;
  ew_octave_session_failure_init(&failure);
  failure.head.status = status;
  failure.head.errors = (ew_octave_error_item_list){&item, 1};
  failure.head.has_messages = true;
  failure.body.json = EW_STR("{}");
  failure.has_body = true;
  response->status = status;
  bool written = ew_octave_session_failure_encode(&failure, &response->body, NULL) == EW_OK;
  response->content_type = written ? content_type : NULL;
}

/* ------------------------------------------------------------------------------------------------ POST /session */

typedef struct credentials {
  ew_str user, company, token;
} credentials;

static bool is_company_name(ew_str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) {
      return false;
    }
  }
  return text.len > 0;
}

static bool is_token(ew_str known, ew_str token) {
  return known.len > 0 && ew_secret_equal(known, token);
}

/*
 * A master token belongs to a user who must be named; a restricted one has no user and none may be
 * named.
 */
static bool may_enter(const ew__octave_service *service, const credentials *c) {
  if (!ew_str_equal(c->company, service->company)) {
    return false;
  }
  if (is_token(service->restricted_token, c->token)) {
    return c->user.len == 0;
  }
  return is_token(service->master_token, c->token) && c->user.len > 0 &&
         ew_str_equal(c->user, service->user);
}

static void answer_session(ew_http_response *response, const ew__octave_session *session) {
  ew_octave_session_response answer;
  ew_octave_session_response_init(&answer);
  answer.head.status = 201;
  answer.body.id = session->node.key;
  response->status = 201;
  response->content_type = content_type;
  if (ew_octave_session_response_encode(&answer, &response->body, NULL) != EW_OK) {
    fail(response, 500, "The answer does not fit");
  }
}

static void make_session(ew__octave_service *service, ew_http_response *response, uint64_t now) {
  ew__octave_session *session = NULL;
  ew_err err = ew__octave_session_new(service, now, &session);
  if (err == EW_OK) {
    answer_session(response, session);
  } else {
    fail(response, 503,
         err == EW_ERR_QUEUE_FULL ? "Too many sessions" : "No session can be made now");
  }
}

/*
 * A body is ignored, and so is its absence: the documented command line sends neither a body nor
 * its length.
 */
static void on_session(ew__octave_service *service, const ew_http_request *request,
                       ew_http_response *response, uint64_t now) {
  if (!ew_str_equal(request->method, EW_STR("POST"))) {
    fail(response, 405, "Method not allowed");
    return;
  }
  credentials c = {
      .user = ew_http_header_find(request, "x-auth-user"),
      .company = ew_http_header_find(request, "x-auth-company"),
      .token = ew_http_header_find(request, "x-auth-token"),
  };
  if (c.token.len == 0) {
    fail(response, 400, "X-Auth-Token is missing");
  } else if (c.company.len == 0) {
    fail(response, 400, "X-Auth-Company is missing");
  } else if (!is_company_name(c.company)) {
    fail(response, 400, "X-Auth-Company is malformed");
  } else if (!may_enter(service, &c)) {
    fail(response, 403, "Forbidden");
  } else {
    make_session(service, response, now);
  }
}

/* --------------------------------------------------------------------------------------- GET /session/{id}/ws */

bool ew__octave_path_id(ew_str path, ew_str *id) {
  static const char before[] = "/session/";
  static const char behind[] = "/ws";
  const size_t fixed = sizeof(before) - 1 + sizeof(behind) - 1;
  if (path.len < fixed || memcmp(path.ptr, before, sizeof(before) - 1) != 0 ||
      memcmp(path.ptr + path.len - (sizeof(behind) - 1), behind, sizeof(behind) - 1) != 0) {
    return false;
  }
  *id = ew_str_from(path.ptr + sizeof(before) - 1, path.len - fixed);
  return true;
}

static void on_socket(ew__octave_service *service, const ew_http_request *request, ew_str id,
                      ew_http_response *response) {
  const ew__octave_session *session = ew__octave_session_find(service, id);
  if (!ew_str_equal(request->method, EW_STR("GET"))) {
    fail(response, 405, "Method not allowed");
  } else if (session == NULL) {
    fail(response, 404, "Session not found");
  } else if (!request->upgrade) {
    fail(response, 426, "Upgrade required");
  } else if (session->socket != NULL) {
    fail(response, 409, "Session is in use");
  } else {
    response->status = 101;
    response->content_type = NULL;
  }
}

void ew__octave_http(ew_service *base, const ew_http_request *request, ew_http_response *response,
                     uint64_t now) {
  ew__octave_service *service = ew__octave_service_of(base);
  ew_str id;
  ew__octave_session_expire(service, now);
  if (ew_str_equal(request->path, EW_STR("/session"))) {
    on_session(service, request, response, now);
  } else if (ew__octave_path_id(request->path, &id)) {
    on_socket(service, request, id, response);
  } else {
    fail(response, 404, "Not found");
  }
}
