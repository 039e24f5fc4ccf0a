/*
 * Runs what the generator makes of tests/data/handshake.yaml: URLs and headers, and what is refused.
 * Prints one line per failure; exit 1 when there was any.
 */
#include <stdio.h>
#include <string.h>

#include "eventwire/hs_client.h"

static int failures;

#define CHECK(condition)                                \
  do {                                                  \
    if (!(condition)) {                                 \
      failures++;                                       \
      printf("line %d: %s\n", __LINE__, #condition);    \
    }                                                   \
  } while (0)

static char url_block[2048], header_block[4096];
static ew_buf url, headers;
static ew_diag diag;

static void clear(void) {
  ew_buf_init(&url, url_block, sizeof(url_block));
  ew_buf_init(&headers, header_block, sizeof(header_block));
  memset(&diag, 0, sizeof(diag));
}

static ew_err build(const ew_hs_room_connect *in) {
  clear();
  return ew_hs_room_url(in, &url, &headers, &diag);
}

/* What must be set, and nothing else. */
static ew_hs_room_connect least(void) {
  ew_hs_room_connect in;
  memset(&in, 0, sizeof(in));
  in.variables.has_base = true;
  in.variables.base = EW_STR("api");
  in.parameters.room = EW_STR("r1");
  in.query.user_name = EW_STR("ann");
  in.credentials.has_token = true;
  in.credentials.token = EW_STR("t0");
  return in;
}

#define EXPECT(in, wanted_url, wanted_headers)             \
  do {                                                     \
    CHECK(build(in) == EW_OK);                             \
    CHECK(strcmp(url_block, (wanted_url)) == 0);           \
    CHECK(url.len == strlen(wanted_url));                  \
    CHECK(strcmp(header_block, (wanted_headers)) == 0);    \
    CHECK(headers.len == strlen(wanted_headers));          \
    if (failures > 0) {                                    \
      printf("%s\n%s", url_block, header_block);           \
    }                                                      \
  } while (0)

#define REFUSED(in, wanted, where)              \
  do {                                          \
    CHECK(build(in) == (wanted));               \
    CHECK(diag.err == (wanted));                \
    CHECK(strcmp(diag.pointer, (where)) == 0);  \
    CHECK(url.len == 0 && headers.len == 0);    \
  } while (0)

#define FIXED "Sec-WebSocket-Protocol: chat.v2\r\n"
#define START "wss://eu.example.com:8443/api/v2/rooms/"

static void the_least_is_enough(void) {
  ew_hs_room_connect in = least();
  EXPECT(&in, START "r1/part%20left?v=1&user%20name=ann&on=false", FIXED "Authorization: Bearer t0\r\n");
}

static void every_kind_of_value(void) {
  ew_hs_room_connect in = least();
  ew_str topics[] = {EW_STR("a b"), EW_STR("\xc3\xa9&=+/?")};
  ew_str list[] = {EW_STR("x"), EW_STR("y z")};
  int64_t levels[] = {-1, 9223372036854775807};
  in.variables.has_region = true;
  in.variables.region = EW_HS_ROOM_REGION_US_EAST;
  in.variables.has_port = true;
  in.variables.port = EW_STR("1");
  in.variables.base = EW_STR("a/b c");
  in.parameters.room = EW_STR("../a%");
  in.parameters.has_side = true;
  in.parameters.side = EW_HS_ROOM_SIDE_RIGHT_SIDE;
  in.query.user_name = EW_STR("");
  in.query.on = true;
  in.query.has_count = true;
  in.query.count = -5;
  in.query.has_big = true;
  in.query.big = UINT64_MAX;
  in.query.has_ratio = true;
  in.query.ratio = 1e30;
  in.query.has_exact = true;
  in.query.exact.digits = EW_STR("1.50e+7");
  in.query.has_mode = true;
  in.query.mode = EW_HS_ROOM_QUERY_MODE_VERY_SLOW;
  in.query.has_topics = true;
  in.query.topics.items = topics;
  in.query.topics.count = 2;
  in.query.has_levels = true;
  in.query.levels.items = levels;
  in.query.levels.count = 2;
  in.query.has_format = true;
  in.query.has_zip = true;
  in.query.has_any = true;
  in.query.any = EW_STR("~-._");
  in.headers.has_x_trace = true;
  in.headers.x_trace = EW_STR("a\tb");
  in.headers.has_x_list = true;
  in.headers.x_list.items = list;
  in.headers.x_list.count = 2;
  in.headers.has_x_depth = true;
  in.headers.x_depth = 3;
  in.credentials.has_token = false;
  in.credentials.has_login = true;
  in.credentials.login.user = EW_STR("Aladdin");
  in.credentials.login.password = EW_STR("open sesame");
  in.credentials.has_key = true;
  in.credentials.key = EW_STR("k-abc");
  in.credentials.has_session = true;
  in.credentials.session = EW_STR("s=1");
  EXPECT(&in,
         "wss://us-east.example.com:1/a/b%20c/v2/rooms/..%2Fa%25/part%20right%20side?v=1&user%20name=&on=true&count=-5"
         "&big=18446744073709551615&ratio=1e%2B30&exact=1.50e%2B7&mode=very%20slow&topics=a%20b"
         "&topics=%C3%A9%26%3D%2B%2F%3F&levels=-1&levels=9223372036854775807&format=json&zip=true&any=~-._"
         "&api_key=k-abc",
         "X-Trace: a\tb\r\nX-List: x,y z\r\nX-Depth: 3\r\n" FIXED
         "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\nCookie: sid=s=1\r\n");
}

static void one_of_several_types_and_null(void) {
  ew_hs_room_connect in = least();
  in.query.has_wait = true;
  in.query.wait.kind = EW_HS_ROOM_QUERY_WAIT_NUMBER;
  in.query.wait.number = 30;
  in.query.none_presence = EW_NULL;
  EXPECT(&in, START "r1/part%20left?v=1&user%20name=ann&on=false&wait=30", FIXED "Authorization: Bearer t0\r\n");
  in.query.wait.number = -1;
  REFUSED(&in, EW_ERR_RANGE, "/query/wait");
  in.query.wait.kind = EW_HS_ROOM_QUERY_WAIT_BOOLEAN;
  in.query.wait.boolean = false;
  in.query.none_presence = EW_SET;
  in.query.none = EW_STR("null");
  EXPECT(&in, START "r1/part%20left?v=1&user%20name=ann&on=false&wait=false&none=null",
         FIXED "Authorization: Bearer t0\r\n");
  in.query.has_either = true;
  in.query.either.kind = EW_HS_ROOM_QUERY_EITHER_NUMBER;
  in.query.either.number = 1.5;
  EXPECT(&in, START "r1/part%20left?v=1&user%20name=ann&on=false&wait=false&none=null&either=1.5",
         FIXED "Authorization: Bearer t0\r\n");
  in.query.wait.kind = EW_HS_ROOM_QUERY_WAIT_NONE;
  REFUSED(&in, EW_ERR_UNION, "/query/wait");
}

static void an_empty_array_is_not_written(void) {
  ew_hs_room_connect in = least();
  in.query.has_topics = true;
  in.headers.has_x_list = true;
  EXPECT(&in, START "r1/part%20left?v=1&user%20name=ann&on=false", FIXED "Authorization: Bearer t0\r\n");
}

static void another_server_and_a_base(void) {
  ew_hs_room_connect in = least();
  in.has_server = true;
  in.server = EW_HS_ROOM_SERVER_TEST;
  in.credentials.has_token = false;
  REFUSED(&in, EW_ERR_MISSING, "/variables/port");
  in.variables.has_port = true;
  in.variables.port = EW_STR("81");
  EXPECT(&in, "ws://localhost:81/rooms/r1/part%20left?v=1&user%20name=ann&on=false", FIXED);
  in.has_base = true;
  in.base = EW_STR("wss://[::1]:9/x//");
  EXPECT(&in, "wss://[::1]:9/x/rooms/r1/part%20left?v=1&user%20name=ann&on=false", FIXED);
  in.server = (ew_hs_room_server)7;
  REFUSED(&in, EW_ERR_ENUM, "/server");
}

static void a_base_is_a_url_without_query(void) {
  static const char *const wrong[] = {"",          "ws://",       "ws:///x",        "http://a",     "ws://a?b",
                                      "ws://a#b",  "ws://a b",    "ws://a\r\nX: y", "ws://\xc3\xa9", "//a"};
  ew_hs_room_connect in = least();
  in.has_base = true;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    in.base = ew_str_of(wrong[i]);
    REFUSED(&in, EW_ERR_PATTERN, "/base");
  }
}

static void what_is_missing_is_named(void) {
  ew_hs_room_connect in = least();
  in.parameters.room.ptr = NULL;
  in.parameters.room.len = 0;
  REFUSED(&in, EW_ERR_MISSING, "/parameters/room");
  in = least();
  in.query.user_name = ew_str_of(NULL);
  REFUSED(&in, EW_ERR_MISSING, "/query/user name");
  in = least();
  in.variables.has_base = false;
  REFUSED(&in, EW_ERR_MISSING, "/variables/base");
  in = least();
  in.credentials.has_token = false;
  REFUSED(&in, EW_ERR_MISSING, "/credentials");
  CHECK(strcmp(diag.expected, "one of token, login, key, session") == 0);
  in.credentials.has_login = true;
  in.credentials.login.user = EW_STR("u");
  REFUSED(&in, EW_ERR_MISSING, "/credentials/login/password");
}

static void the_schema_is_obeyed(void) {
  ew_str many[] = {EW_STR("a"), EW_STR("b"), EW_STR("c"), EW_STR("d")};
  ew_hs_room_connect in = least();
  in.query.has_count = true;
  in.query.count = 101;
  REFUSED(&in, EW_ERR_RANGE, "/query/count");
  in = least();
  in.query.user_name = EW_STR("123456789012345678901");
  REFUSED(&in, EW_ERR_LENGTH, "/query/user name");
  in = least();
  in.query.has_topics = true;
  in.query.topics.items = many;
  in.query.topics.count = 4;
  REFUSED(&in, EW_ERR_COUNT, "/query/topics");
  in.query.topics.count = 2;
  many[1] = EW_STR("\xff");
  REFUSED(&in, EW_ERR_UTF8, "/query/topics/1");
  in = least();
  in.query.has_mode = true;
  REFUSED(&in, EW_ERR_ENUM, "/query/mode");
  in = least();
  in.parameters.room = EW_STR("");
  REFUSED(&in, EW_ERR_LENGTH, "/parameters/room");
  in = least();
  in.query.has_exact = true;
  in.query.exact.digits = EW_STR("1&x=2");
  REFUSED(&in, EW_ERR_TYPE, "/query/exact");
}

static void an_error_does_not_repeat_a_credential(void) {
  ew_hs_room_connect in = least();
  in.credentials.has_key = true;
  in.credentials.key = EW_STR("SECRET");
  REFUSED(&in, EW_ERR_PATTERN, "/credentials/key");
  CHECK(diag.found[0] == '\0');
  in = least();
  in.credentials.token = EW_STR("SECRET\n");
  REFUSED(&in, EW_ERR_PATTERN, "/credentials/token");
  CHECK(diag.found[0] == '\0');
}

static void nothing_can_be_slipped_into_the_headers(void) {
  static const char *const wrong[] = {"a\r\nX-Evil: 1", "a\nb", "a\rb", "\x01", "\x7f", "\r\n"};
  ew_str items[1];
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    ew_hs_room_connect in = least();
    in.headers.has_x_trace = true;
    in.headers.x_trace = ew_str_of(wrong[i]);
    REFUSED(&in, EW_ERR_PATTERN, "/headers/X-Trace");
    in = least();
    in.headers.has_x_list = true;
    items[0] = ew_str_of(wrong[i]);
    in.headers.x_list.items = items;
    in.headers.x_list.count = 1;
    REFUSED(&in, EW_ERR_PATTERN, "/headers/X-List/0");
    in = least();
    in.credentials.token = ew_str_of(wrong[i]);
    REFUSED(&in, EW_ERR_PATTERN, "/credentials/token");
    in = least();
    in.credentials.has_session = true;
    in.credentials.session = ew_str_of(wrong[i]);
    REFUSED(&in, EW_ERR_PATTERN, "/credentials/session");
    in = least();
    in.credentials.has_token = false;
    in.credentials.has_login = true;
    in.credentials.login.user = ew_str_of(wrong[i]);
    in.credentials.login.password = EW_STR("");
    REFUSED(&in, EW_ERR_PATTERN, "/credentials/login");
  }
}

static void separators_of_lists_cookies_and_users_are_refused(void) {
  ew_str comma[] = {EW_STR("a,b")};
  ew_hs_room_connect in = least();
  in.headers.has_x_list = true;
  in.headers.x_list.items = comma;
  in.headers.x_list.count = 1;
  REFUSED(&in, EW_ERR_PATTERN, "/headers/X-List/0");
  in = least();
  in.credentials.has_session = true;
  in.credentials.session = EW_STR("a; sid=b");
  REFUSED(&in, EW_ERR_PATTERN, "/credentials/session");
  in = least();
  in.credentials.has_token = false;
  in.credentials.has_login = true;
  in.credentials.login.user = EW_STR("a:b");
  in.credentials.login.password = EW_STR("c:d");
  REFUSED(&in, EW_ERR_PATTERN, "/credentials/login");
  in.credentials.login.user = EW_STR("ab");
  CHECK(build(&in) == EW_OK);
}

static void two_credentials_for_one_header_are_refused(void) {
  ew_hs_room_connect in = least();
  in.credentials.has_login = true;
  in.credentials.login.user = EW_STR("u");
  in.credentials.login.password = EW_STR("p");
  REFUSED(&in, EW_ERR_RULE, "/credentials/login");
}

static void a_login_has_an_end(void) {
  static char long_text[1025];
  ew_hs_room_connect in = least();
  memset(long_text, 'a', sizeof(long_text));
  in.credentials.has_token = false;
  in.credentials.has_login = true;
  in.credentials.login.user = ew_str_from(long_text, 1000);
  in.credentials.login.password = ew_str_from(long_text, 23);
  CHECK(build(&in) == EW_OK);
  in.credentials.login.password = ew_str_from(long_text, 24);
  REFUSED(&in, EW_ERR_TOO_LARGE, "/credentials/login");
}

static void hosts_and_dots_lead_nowhere_else(void) {
  static const char *const hosts[] = {"a/b", "a@b", "a?b", "a#b", "a b", "a\r\n", "\xc3\xa9", "a\\b"};
  static const char *const dots[] = {".", "..", "a/../b", "../a", "a/."};
  ew_hs_room_connect in = least();
  in.variables.has_port = true;
  for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
    in.variables.port = ew_str_of(hosts[i]);
    REFUSED(&in, EW_ERR_PATTERN, "/variables/port");
  }
  for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
    in = least();
    in.variables.base = ew_str_of(dots[i]);
    REFUSED(&in, EW_ERR_PATTERN, "/variables/base");
  }
  in = least();
  in.parameters.room = EW_STR("..");
  REFUSED(&in, EW_ERR_PATTERN, "/parameters/room");
  in.parameters.room = EW_STR("a/../b");
  CHECK(build(&in) == EW_OK);
}

static void what_a_buffer_needs_is_exact(void) {
  ew_hs_room_connect in = least();
  CHECK(build(&in) == EW_OK);
  size_t wanted_url = url.len + 1, wanted_headers = headers.len + 1;
  for (size_t u = 0; u <= wanted_url; u++) {
    size_t h = u % (wanted_headers + 1);
    ew_buf_init(&url, url_block, u);
    ew_buf_init(&headers, header_block, h);
    ew_err err = ew_hs_room_url(&in, &url, &headers, &diag);
    CHECK(err == (u == wanted_url && h == wanted_headers ? EW_OK : EW_ERR_BUFFER_TOO_SMALL));
    CHECK(url.needed == wanted_url && headers.needed == wanted_headers);
    CHECK(err == EW_OK || (url.len == 0 && headers.len == 0));
  }
  ew_buf_init(&url, url_block, wanted_url);
  ew_buf_init(&headers, header_block, wanted_headers);
  CHECK(ew_hs_room_url(&in, &url, &headers, &diag) == EW_OK);
}

static void headers_may_be_unwanted_when_there_are_none(void) {
  ew_hs_plain_connect in;
  memset(&in, 0, sizeof(in));
  in.variables.has_port = true;
  in.variables.port = EW_STR("80");
  clear();
  CHECK(ew_hs_plain_url(&in, &url, NULL, NULL) == EW_OK);
  CHECK(strcmp(url_block, "ws://localhost:80/plain") == 0);
  in.credentials.has_signed = true;
  in.credentials.signed_ = EW_STR("s");
  clear();
  CHECK(ew_hs_plain_url(&in, &url, NULL, &diag) == EW_ERR_ARGUMENT);
  CHECK(ew_hs_plain_url(&in, &url, &headers, &diag) == EW_OK);
  CHECK(strcmp(header_block, "X-Signature: s\r\n") == 0);
}

static void header_lines_become_c_strings(void) {
  const char *lines[4] = {0};
  ew_hs_room_connect in = least();
  CHECK(build(&in) == EW_OK);
  CHECK(ew_handshake_lines(&headers, lines, 2) == EW_ERR_TOO_LARGE);
  CHECK(lines[0] == NULL);
  CHECK(ew_handshake_lines(&headers, lines, 3) == EW_OK);
  CHECK(strcmp(lines[0], "Sec-WebSocket-Protocol: chat.v2") == 0);
  CHECK(strcmp(lines[1], "Authorization: Bearer t0") == 0);
  CHECK(lines[2] == NULL);
}

int main(void) {
  the_least_is_enough();
  every_kind_of_value();
  one_of_several_types_and_null();
  an_empty_array_is_not_written();
  another_server_and_a_base();
  a_base_is_a_url_without_query();
  what_is_missing_is_named();
  the_schema_is_obeyed();
  an_error_does_not_repeat_a_credential();
  nothing_can_be_slipped_into_the_headers();
  separators_of_lists_cookies_and_users_are_refused();
  two_credentials_for_one_header_are_refused();
  a_login_has_an_end();
  hosts_and_dots_lead_nowhere_else();
  what_a_buffer_needs_is_exact();
  headers_may_be_unwanted_when_there_are_none();
  header_lines_become_c_strings();
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
