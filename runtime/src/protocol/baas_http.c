/*
 * The answer to the upgrade. What the gateway says when it refuses is not documented; statuses and
 * bodies are the choices of schema/baas/NOTES.md, in the order of the gateway's own questions:
 * path, token, channel, source.
 */
#include <stdio.h>

#include "baas_internal.h"

#define CODE_PARAMETER 131077         /* 0x020005 */
#define CODE_FABRIC_PARAMETER 327685  /* 0x050005 */

#define MAX_QUERY_VALUE 65536 /* the host bounds the header anyway */

static const char content_type[] = "application/json";

/* ----------------------------------------------------------------------------------------------------- refusals */

static void refuse_token(ew_http_response *response, const char *error, const char *description) {
  ew_baas_token_error body;
  ew_baas_token_error_init(&body);
  body.error = ew_str_of(error);
  body.error_description = ew_str_of(description);
  body.has_error_description = true;
  response->status = 401;
  bool written = ew_baas_token_error_encode(&body, &response->body, NULL) == EW_OK;
  response->content_type = written ? content_type : NULL;
}

/* RFC 9562 section 5.4 */
static void write_uuid(const ew_host *host, char out[40]) {
  unsigned char b[16];
  host->random(host->ctx, b, sizeof(b));
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  snprintf(out, 40, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
           b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
           b[15]);
}

static void refuse(const ew__baas_service *service, ew_http_response *response, int status,
                   int32_t code, const char *message) {
  char request_id[40];
  ew_baas_error_response body;
  ew_baas_error_response_init(&body);
  write_uuid(&service->base.host, request_id);
  body.result.json = EW_STR("null");
  body.has_result = true;
  body.error.code = code;
  body.error.message = ew_str_of(message);
  body.error.request_id = ew_str_of(request_id);
  body.error.has_request_id = true;
  response->status = status;
  bool written = ew_baas_error_response_encode(&body, &response->body, NULL) == EW_OK;
  response->content_type = written ? content_type : NULL;
}

static void refuse_path(ew_http_response *response) {
  response->status = 404;
  response->content_type = NULL;
}

/* --------------------------------------------------------------------------------------------------- parameters */

bool ew__baas_path_network(ew_str path, ew_str *network) {
  static const char before[] = "/api/v1/networks/";
  static const char behind[] = "/events/subscribe";
  const size_t before_len = sizeof(before) - 1;
  const size_t behind_len = sizeof(behind) - 1;
  if (path.len < before_len + behind_len || memcmp(path.ptr, before, before_len) != 0 ||
      memcmp(path.ptr + path.len - behind_len, behind, behind_len) != 0) {
    return false;
  }
  *network = ew_str_from(path.ptr + before_len, path.len - before_len - behind_len);
  return true;
}

/*
 * A query parameter in the service's scratch memory, where it stays until the next one or the next
 * message.
 */
static ew_err find_in_query(ew__baas_service *service, ew_str query, const char *name,
                            ew_str *out) {
  ew_arena_reset(&service->scratch.arena);
  ew_err err = ew_http_query_find(query, name, &service->scratch.arena, out);
  while (err == EW_ERR_ARENA_FULL && service->scratch.arena.size < MAX_QUERY_VALUE) {
    err = ew__scratch_grow(&service->scratch);
    if (err == EW_OK) {
      err = ew_http_query_find(query, name, &service->scratch.arena, out);
    }
  }
  return err;
}

static unsigned type_bits(ew_str item) {
  if (ew_str_equal(item, EW_STR("*"))) {
    return 1u << EW_BAAS_EVENT_TYPE_TX | 1u << EW_BAAS_EVENT_TYPE_CONFIG |
           1u << EW_BAAS_EVENT_TYPE_CONTRACT | 1u << EW_BAAS_EVENT_TYPE_BLOCK;
  }
  ew_baas_event_type type = ew_baas_event_type_from_text(item);
  return type == EW_BAAS_EVENT_TYPE_UNKNOWN ? 0 : 1u << type;
}

/* Nothing is trimmed, case counts, the same item twice is harmless. */
static ew_err parse_source(ew_str source, unsigned *types) {
  unsigned all = 0;
  uint32_t begin = 0;
  for (uint32_t i = 0; i <= source.len; i++) {
    if (i < source.len && source.ptr[i] != ',') {
      continue;
    }
    unsigned bits = type_bits(ew_str_from(source.ptr + begin, i - begin));
    if (bits == 0) {
      return EW_ERR_ARGUMENT;
    }
    all |= bits;
    begin = i + 1;
  }
  *types = all;
  return EW_OK;
}

ew_err ew__baas_query_types(ew__baas_service *service, ew_str query, unsigned *types) {
  ew_str source;
  ew_err err = find_in_query(service, query, "source", &source);
  if (err != EW_OK) {
    return err;
  }
  return source.len == 0 ? EW_ERR_ARGUMENT : parse_source(source, types);
}

/* -------------------------------------------------------------------------------------------------------- token */

/* RFC 6750 section 2.1; the name of the scheme in any case. */
static ew_str bearer_token(const ew_http_request *request) {
  static const char scheme[] = "bearer ";
  ew_str value = ew_http_header_find(request, "authorization");
  for (uint32_t i = 0; i < sizeof(scheme) - 1; i++) {
    if (i >= value.len || (value.ptr[i] | (scheme[i] == ' ' ? 0 : 0x20)) != scheme[i]) {
      return (ew_str){NULL, 0, 0};
    }
  }
  return ew_str_from(value.ptr + sizeof(scheme) - 1, value.len - (sizeof(scheme) - 1));
}

static bool is_known_token(const ew__baas_service *service, ew_str token) {
  bool known = false;
  for (size_t i = 0; i < service->token_count; i++) {
    known |= ew_secret_equal(service->tokens[i], token);
  }
  return known;
}

/* The token of the URL; when there is none, that of the header. */
static bool check_token(ew__baas_service *service, const ew_http_request *request,
                        ew_http_response *response) {
  ew_str token = {NULL, 0, 0};
  ew_err err = find_in_query(service, request->query, "access_token", &token);
  if (err == EW_ERR_NOT_FOUND) {
    token = bearer_token(request);
  } else if (err != EW_OK) {
    refuse_token(response, "invalid_token", "the access token is garbled");
    return false;
  }
  if (token.len == 0) {
    refuse_token(response, "invalid_request", "the access token is missing");
    return false;
  }
  if (!is_known_token(service, token)) {
    refuse_token(response, "invalid_token", "the access token is not known or has expired");
    return false;
  }
  return true;
}

/* ------------------------------------------------------------------------------------------------- the questions */

static bool check_network(const ew__baas_service *service, ew_str network,
                          ew_http_response *response) {
  if (ew__baas_has_network(service, network)) {
    return true;
  }
  refuse(service, response, 404, CODE_FABRIC_PARAMETER,
         "Fabric Blockchain parameter error: no such channel");
  return false;
}

static bool check_source(ew__baas_service *service, ew_str query, ew_http_response *response) {
  unsigned types = 0;
  ew_err err = ew__baas_query_types(service, query, &types);
  if (err == EW_OK) {
    return true;
  }
  refuse(
      service, response, 400, CODE_PARAMETER,
      err == EW_ERR_NOT_FOUND ? "Parameter error: source is missing" : "Parameter error: source");
  return false;
}

void ew__baas_http(ew_service *base, const ew_http_request *request, ew_http_response *response,
                   uint64_t now) {
  ew__baas_service *service = ew__baas_service_of(base);
  ew_str network;
  (void)now;
  if (!ew__baas_path_network(request->path, &network)) {
    refuse_path(response);
    return;
  }
  if (!ew_str_equal(request->method, EW_STR("GET"))) {
    refuse(service, response, 405, CODE_PARAMETER, "Parameter error: method");
    return;
  }
  if (!check_token(service, request, response) || !check_network(service, network, response) ||
      !check_source(service, request->query, response)) {
    return;
  }
  if (!request->upgrade) {
    refuse(service, response, 426, CODE_PARAMETER,
           "Parameter error: a WebSocket upgrade is required");
    return;
  }
  response->status = 101;
  response->content_type = NULL;
}
