/*
 * Every allocation of the BaaS and Octave machines fails once: whatever happens then, nothing
 * crashes, nothing leaks, and afterwards the machine works. Linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "eventwire/protocol.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

/* What the wrapped functions look at; one test runs at a time. */
static struct {
  bool on;
  unsigned count;    /* allocations since the scenario began */
  unsigned fails_at; /* the one that fails, from 1 */
} faults;

static bool is_failing(void) { return faults.on && ++faults.count == faults.fails_at; }

void *__wrap_malloc(size_t size) { return is_failing() ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) {
  return is_failing() ? NULL : __real_calloc(count, size);
}
void *__wrap_realloc(void *block, size_t size) {
  return is_failing() ? NULL : __real_realloc(block, size);
}

/* ------------------------------------------------------------------------------------------ a host without memory */

static unsigned sent;
static unsigned events;
static unsigned ended;

static ew_err on_send(void *ctx, void *connection, ew_str message) {
  (void)ctx;
  (void)connection;
  (void)message;
  sent++;
  return EW_OK;
}

static void on_close(void *ctx, void *connection, uint16_t code, ew_str reason) {
  (void)ctx;
  (void)connection;
  (void)code;
  (void)reason;
  ended++;
}

static void on_random(void *ctx, void *bytes, size_t size) {
  uint32_t *state = ctx;
  for (size_t i = 0; i < size; i++) {
    *state = *state * 1664525u + 1013904223u;
    ((unsigned char *)bytes)[i] = (unsigned char)(*state >> 24);
  }
}

static ew_err on_subscriber_send(void *ctx, ew_str message) { return on_send(ctx, NULL, message); }

static bool on_event(void *ctx, const ew_delivery *delivery) {
  (void)ctx;
  (void)delivery;
  events++;
  return true;
}

static ew_host host_of(uint32_t *random_state) {
  return (ew_host){.ctx = random_state, .send = on_send, .close = on_close, .random = on_random};
}

/*
 * Runs the scenario with each of its allocations failing, then with none: it returns whether it got
 * all it wanted.
 */
static void fail_each_allocation(bool (*scenario)(void)) {
  for (unsigned n = 1;; n++) {
    faults.count = 0;
    faults.fails_at = n;
    sent = events = ended = 0;
    bool good = scenario();
    faults.on = false;
    if (faults.count < n) {
      assert_int_not_equal(faults.count, 0); /* the program was linked with --wrap */
      assert_true(good);
      return;
    }
  }
}

/* --------------------------------------------------------------------------------------------------------- Octave */

#define STREAM "s53b1d1600cf27b75148de0ac"
#define EVENT                                                                                                          \
  "{\"creationDate\":1,\"elems\":{\"a\":\"\\u00e9\"},\"id\":\"e5e9d9d1d0000000000000001\",\"path\":\"/a\\u002fb\","     \
  "\"streamId\":\"" STREAM "\",\"tags\":{\"x\":\"y\"}}"

static bool make_socket(ew_service *service, char path[64], int *connection, ew_session **out) {
  static const ew_http_header headers[] = {
      {EW_STR_INIT("x-auth-company"), EW_STR_INIT("acme")}, {EW_STR_INIT("x-auth-token"), EW_STR_INIT("secret")}};
  char body[65536];
  ew_http_request request = {
      .method = EW_STR("POST"), .path = EW_STR("/session"), .headers = headers, .header_count = 2};
  ew_http_response response = {0};
  ew_buf_init(&response.body, body, sizeof(body) - 1);
  ew_service_http(service, &request, &response, 0);
  body[response.body.len] = '\0';
  const char *id = strstr(body, "\"id\":\"");
  if (response.status != 201 || id == NULL) {
    return false;
  }
  snprintf(path, 64, "/session/%.44s/ws", id + 6);
  ew_http_request upgrade = {.method = EW_STR("GET"), .path = ew_str_of(path), .upgrade = true};
  *out = ew_service_open(service, &upgrade, connection, 0);
  return *out != NULL;
}

static void use_octave_socket(ew_service *service, ew_session *session) {
  static const char *const requests[] = {
      "{\"msgId\":\"1\",\"object\":\"event\",\"type\":\"subscribe\",\"streamId\":\"" STREAM "\"}",
      "{\"msgId\":\"\\u00e9\",\"object\":\"event\",\"type\":\"subscribe\",\"path\":\"/a\\/b\"}",
      "{\"msgId\":\"\\u00e9\",\"path\":\"none\"}",
      "{\"msgId\":\"1\",\"object\":\"event\",\"type\":\"unsubscribe\",\"path\":\"/a/b\"}",
  };
  char stream[64];
  ew_buf buf;
  for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
    ew_service_receive(session, EW_TEXT, ew_str_of(requests[i]), 0);
  }
  ew_buf_init(&buf, stream, sizeof(stream));
  if (ew_service_check(service, EW_STR(""), EW_STR(EVENT), &buf, NULL) == EW_OK) {
    ew_logged logged = {1, EW_STR(EVENT)};
    ew_service_publish(service, ew_buf_str(&buf), &logged, 0);
  }
}

static bool octave_service_scenario(void) {
  uint32_t random_state = 1;
  ew_host host = host_of(&random_state);
  ew_octave_stream stream = {EW_STR(STREAM), EW_STR("/a/b")};
  ew_octave_service_options opts = {.company = EW_STR("acme"),
                                    .restricted_token = EW_STR("secret"),
                                    .streams = &stream,
                                    .stream_count = 1};
  ew_service *service = NULL;
  faults.on = true;
  if (ew_octave_service_new(&service, &opts, &host) != EW_OK) {
    return false;
  }
  char path[64];
  int connection = 0;
  ew_session *session = NULL;
  bool good = make_socket(service, path, &connection, &session);
  if (good) {
    use_octave_socket(service, session);
    good = sent == 5 && ended == 0;
    faults.on = false;
    sent = 0;
    unsigned before = ended;
    use_octave_socket(service, session);
    assert_true(before > 0 || sent == 5); /* it works again, unless it has asked for the end */
    ew_service_close(session, 0);
  }
  ew_service_free(service);
  return good;
}

static void an_octave_service_survives_every_failed_allocation(void **state) {
  (void)state;
  fail_each_allocation(octave_service_scenario);
}

static bool octave_subscriber_scenario(void) {
  static const ew_str streams[] = {EW_STR_INIT(STREAM), EW_STR_INIT("/a/b")};
  ew_subscriber_host host = {.send = on_subscriber_send, .event = on_event};
  ew_subscriber_options opts = {.protocol = "octave",
                                .company = EW_STR("acme"),
                                .token = EW_STR("secret"),
                                .streams = streams,
                                .stream_count = 2};
  ew_subscriber *subscriber = NULL;
  ew_request request;
  faults.on = true;
  if (ew_subscriber_new(&subscriber, &opts, &host) != EW_OK) {
    return false;
  }
  ew_str session = EW_STR("{\"head\":{\"ok\":true,\"status\":201,\"errors\":[]},\"body\":{\"id\":"
                          "\"n2fBC9YeE6g\\u002eqsQNPOZfoSRP3brEY_9QWapawcjXl04Y\"}}");
  bool good = ew_subscriber_connect(subscriber, EW_STR("/"), &request) == EW_OK &&
              ew_subscriber_answer(subscriber, 201, session, &request, NULL) == EW_OK;
  ew_subscriber_open(subscriber, 0);
  ew_subscriber_receive(
      subscriber, EW_TEXT,
      EW_STR(
          "{\"head\":{\"msgId\":\"subscribe-0\",\"ok\":false,\"errors\":[\"n\\u00e9\"],\"messages\":[]},\"body\":{}}"),
      0);
  ew_subscriber_receive(
      subscriber, EW_TEXT,
      EW_STR("{\"type\":\"message\",\"resource\":\"" STREAM "\",\"value\":" EVENT "}"), 0);
  ew_subscriber_free(subscriber);
  return good && sent == 2 && events == 1;
}

static void an_octave_subscriber_survives_every_failed_allocation(void **state) {
  (void)state;
  fail_each_allocation(octave_subscriber_scenario);
}

/* ----------------------------------------------------------------------------------------------------------- BaaS */

#define CONTRACT                                                                                                       \
  "{\"type\":\"Contract\",\"platform\":\"Fabric\",\"instance_id\":\"i\",\"network\":\"c\\u0061\",\"id\":"                \
  "\"contract-3-233718ea379a7ef798f40bfd6ae77f842145334e3d5520292bea7aadfa9faf03\",\"name\":\"m\\u00e9\",\"content\":\"\"}"

static void use_baas_session(ew_service *service, ew_session *session) {
  char stream[300];
  ew_buf buf;
  ew_service_receive(session, EW_TEXT, EW_STR("x"), 0);
  ew_buf_init(&buf, stream, sizeof(stream));
  if (ew_service_check(service, EW_STR(""), EW_STR(CONTRACT), &buf, NULL) == EW_OK) {
    ew_logged logged = {1, EW_STR(CONTRACT)};
    ew_service_publish(service, ew_buf_str(&buf), &logged, 0);
  }
}

static bool baas_service_scenario(void) {
  uint32_t random_state = 1;
  ew_host host = host_of(&random_state);
  ew_str token = EW_STR("secret");
  ew_str network = EW_STR("ca");
  ew_baas_service_options opts = {
      .tokens = &token, .token_count = 1, .networks = &network, .network_count = 1};
  ew_service *service = NULL;
  faults.on = true;
  if (ew_baas_service_new(&service, &opts, &host) != EW_OK) {
    return false;
  }
  char body[65536];
  ew_http_request request = {.method = EW_STR("GET"),
                             .path = EW_STR("/api/v1/networks/ca/events/subscribe"),
                             .query = EW_STR("access_token=s%65cret&source=%2A"),
                             .upgrade = true};
  ew_http_response response = {0};
  ew_buf_init(&response.body, body, sizeof(body));
  ew_service_http(service, &request, &response, 0);
  int connection = 0;
  ew_session *session =
      response.status == 101 ? ew_service_open(service, &request, &connection, 0) : NULL;
  bool good = session != NULL;
  if (good) {
    use_baas_session(service, session);
    good = sent == 1;
    faults.on = false;
    sent = 0;
    use_baas_session(service, session);
    assert_int_equal(sent, 1);
    ew_service_close(session, 0);
  }
  ew_service_free(service);
  return good;
}

static void a_baas_service_survives_every_failed_allocation(void **state) {
  (void)state;
  fail_each_allocation(baas_service_scenario);
}

static bool baas_subscriber_scenario(void) {
  ew_subscriber_host host = {.send = on_subscriber_send, .event = on_event};
  ew_subscriber_options opts = {
      .protocol = "baas", .network = EW_STR("ca"), .token = EW_STR("secret")};
  ew_subscriber *subscriber = NULL;
  ew_request request;
  ew_diag diag = {0};
  faults.on = true;
  if (ew_subscriber_new(&subscriber, &opts, &host) != EW_OK) {
    return false;
  }
  bool good = ew_subscriber_connect(subscriber, EW_STR("/"), &request) == EW_OK;
  assert_int_equal(
      ew_subscriber_answer(subscriber, 401, EW_STR("{\"error\":\"n\\u00e9\"}"), &request, &diag),
      EW_ERR_REFUSED);
  ew_subscriber_open(subscriber, 0);
  ew_subscriber_receive(subscriber, EW_TEXT, EW_STR(CONTRACT), 0);
  ew_subscriber_free(subscriber);
  return good && events == 1;
}

static void a_baas_subscriber_survives_every_failed_allocation(void **state) {
  (void)state;
  fail_each_allocation(baas_subscriber_scenario);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_octave_service_survives_every_failed_allocation),
      cmocka_unit_test(an_octave_subscriber_survives_every_failed_allocation),
      cmocka_unit_test(a_baas_service_survives_every_failed_allocation),
      cmocka_unit_test(a_baas_subscriber_survives_every_failed_allocation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
