#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../../src/net/url_internal.h"

typedef struct good_url {
  const char *text;
  bool tls;
  uint16_t port;
  const char *host, *authority, *target, *user, *password, *shown;
} good_url;

static const good_url GOOD[] = {
    {"ws://127.0.0.1:5000/ws", false, 5000, "127.0.0.1", "127.0.0.1:5000", "/ws", NULL, NULL, "ws://127.0.0.1:5000/ws"},
    {"ws://host", false, 80, "host", "host", "/", NULL, NULL, "ws://host/"},
    {"WSS://Host.Example", true, 443, "Host.Example", "Host.Example", "/", NULL, NULL, "wss://Host.Example/"},
    {"https://host:443/", true, 443, "host", "host", "/", NULL, NULL, "https://host/"},
    {"http://host:443", false, 443, "host", "host:443", "/", NULL, NULL, "http://host:443/"},
    {"ws://host:/a", false, 80, "host", "host", "/a", NULL, NULL, "ws://host/a"},
    {"ws://host?x=1", false, 80, "host", "host", "/?x=1", NULL, NULL, "ws://host/?x=1"},
    {"ws://host/a%20b?c=%2F@x:y", false, 80, "host", "host", "/a%20b?c=%2F@x:y", NULL, NULL, "ws://host/a%20b?c=%2F@x:y"},
    {"ws://u:p@host/", false, 80, "host", "host", "/", "u", "p", "ws://host/"},
    {"ws://u%3Ax:p%40%25@host", false, 80, "host", "host", "/", "u:x", "p@%", "ws://host/"},
    {"ws://u@host", false, 80, "host", "host", "/", "u", "", "ws://host/"},
    {"ws://@host", false, 80, "host", "host", "/", "", "", "ws://host/"},
    {"ws://u:a@b:c@host:1", false, 1, "host", "host:1", "/", "u", "a@b:c", "ws://host:1/"},
    {"ws://[::1]:8080/x", false, 8080, "::1", "[::1]:8080", "/x", NULL, NULL, "ws://[::1]:8080/x"},
    {"wss://u:p@[2001:DB8::1]", true, 443, "2001:DB8::1", "[2001:DB8::1]", "/", "u", "p", "wss://[2001:DB8::1]/"},
    {"ws://[::ffff:1.2.3.4]:65535", false, 65535, "::ffff:1.2.3.4", "[::ffff:1.2.3.4]:65535", "/", NULL, NULL,
     "ws://[::ffff:1.2.3.4]:65535/"},
    {"ws://[fe80::1%25eth0]/", false, 80, "fe80::1%eth0", "[fe80::1]", "/", NULL, NULL, "ws://[fe80::1]/"},
    {"wss://h/v1/ws?network=n&access_token=ab/c+d==&source=*", true, 443, "h", "h", "/v1/ws?network=n&access_token=ab/c+d==&source=*",
     NULL, NULL, "wss://h/v1/ws?network=n&access_token=***&source=*"},
    {"ws://h/session/abcdef/ws", false, 80, "h", "h", "/session/abcdef/ws", NULL, NULL, "ws://h/session/***/ws"},
};

static void expect_text(const char *actual, const char *expected) {
  if (expected == NULL) {
    assert_null(actual);
  } else {
    assert_string_equal(actual, expected);
  }
}

static void urls_are_taken_apart(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
    ew__url url;
    const char *why = NULL;
    assert_int_equal(ew__url_parse(&url, GOOD[i].text, &why), EW_OK);
    assert_int_equal(url.tls, GOOD[i].tls);
    assert_int_equal(url.port, GOOD[i].port);
    expect_text(url.host, GOOD[i].host);
    expect_text(url.authority, GOOD[i].authority);
    expect_text(url.target, GOOD[i].target);
    expect_text(url.user, GOOD[i].user);
    expect_text(url.password, GOOD[i].password);
    expect_text(url.shown, GOOD[i].shown);
    ew__url_clear(&url);
  }
}

typedef struct bad_url {
  const char *text, *why;
} bad_url;

static const bad_url BAD[] = {
    {NULL, "the URL is missing"},
    {"", "the URL is missing"},
    {"host:80", "the URL does not begin with ws://, wss://, http:// or https://"},
    {"ws:/host", "the URL does not begin with ws://, wss://, http:// or https://"},
    {"ftp://canary:canary@host", "the URL does not begin with ws://, wss://, http:// or https://"},
    {"ws://", "the host is missing"},
    {"ws:///path", "the host is missing"},
    {"ws://canary:canary@/x", "the host is missing"},
    {"ws://:80/", "the host is missing"},
    {"ws://ho st/", "the URL has a space or control character"},
    {"ws://host/a\r\nX: y", "the URL has a space or control character"},
    {"ws://host/\x7f", "the URL has a space or control character"},
    {"ws://host/#canary", "the URL has a fragment, which RFC 6455 forbids"},
    {"ws://canary%:canary@host", "the user information has a broken percent escape"},
    {"ws://canary:canary%4@host", "the user information has a broken percent escape"},
    {"ws://canary%00:x@host", "the user information has a broken percent escape"},
    {"ws://h\xc3\xb6st/", "the host name has a character that is not allowed"},
    {"ws://a,b/", "the host name has a character that is not allowed"},
    {"ws://host:0", "the port is no number from 1 to 65535"},
    {"ws://host:65536", "the port is no number from 1 to 65535"},
    {"ws://host:99999999999999999999", "the port is no number from 1 to 65535"},
    {"ws://host:80a", "the port is no number from 1 to 65535"},
    {"ws://host:-1", "the port is no number from 1 to 65535"},
    {"ws://user:canary:80", "the port is no number from 1 to 65535"},
    {"ws://[::1", "the address has no closing bracket"},
    {"ws://[::1]x", "something other than a port follows the address"},
    {"ws://[]", "the address in brackets is no IPv6 address"},
    {"ws://[1.2.3.4]", "the address in brackets is no IPv6 address"},
    {"ws://[::g]", "the address in brackets is no IPv6 address"},
    {"ws://[1::2::3]", "the address in brackets is no IPv6 address"},
    {"ws://[::1%eth0]", "the address in brackets is no IPv6 address"},
    {"ws://[::1%25]", "the address in brackets is no IPv6 address"},
    {"ws://[::1]:70000", "the port is no number from 1 to 65535"},
};

static void broken_urls_are_refused_in_words_that_repeat_nothing_of_them(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
    ew__url url;
    const char *why = NULL;
    assert_int_equal(ew__url_parse(&url, BAD[i].text, &why), EW_ERR_ARGUMENT);
    assert_string_equal(why, BAD[i].why);
    assert_null(strstr(why, "canary"));
    ew__url_clear(&url);
  }
}

static void a_huge_url_is_refused(void **state) {
  (void)state;
  ew__url url;
  const char *why = NULL;
  char *text = malloc(100000);
  assert_non_null(text);
  memset(text, 'a', 99999);
  memcpy(text, "ws://h/", 7);
  text[99999] = '\0';
  assert_int_equal(ew__url_parse(&url, text, &why), EW_ERR_ARGUMENT);
  assert_string_equal(why, "the URL is longer than 64 KiB");
  ew__url_clear(&url);
  text[65536] = '\0';
  assert_int_equal(ew__url_parse(&url, text, &why), EW_OK);
  ew__url_clear(&url);
  free(text);
}

static void many_short_secrets_do_not_outgrow_the_text_shown(void **state) {
  (void)state;
  char text[8000];
  ew__url url;
  const char *why = NULL;
  size_t len = (size_t)snprintf(text, sizeof(text), "ws://h/?");
  while (len + 10 < sizeof(text)) {
    len += (size_t)snprintf(text + len, sizeof(text) - len, "token=x&");
  }
  assert_int_equal(ew__url_parse(&url, text, &why), EW_OK);
  assert_null(strchr(url.shown, 'x'));
  assert_int_equal(strlen(url.shown), len + 2 * ((len - 8) / 8));
  ew__url_clear(&url);
}

static void the_path_ends_before_the_query(void **state) {
  (void)state;
  ew__url url;
  const char *why = NULL;
  assert_int_equal(ew__url_parse(&url, "ws://h/a/b?c/d", &why), EW_OK);
  assert_true(ew_str_equal(ew__url_path(&url), EW_STR("/a/b")));
  ew__url_clear(&url);
}

static void expect_redacted(const char *text, const char *expected) {
  char out[200];
  size_t len = ew__redact(ew_str_of(text), out, sizeof(out));
  assert_string_equal(out, expected);
  assert_int_equal(len, strlen(expected));
}

static void secrets_in_any_text_are_redacted(void **state) {
  (void)state;
  expect_redacted("", "");
  expect_redacted("nothing secret: 1/2 session", "nothing secret: 1/2 session");
  expect_redacted("GET /x?access_token=abc/d= HTTP", "GET /x?access_token=*** HTTP");
  expect_redacted("Access_Token=abc&b=c", "Access_Token=***&b=c");
  expect_redacted("access_token=", "access_token=");
  expect_redacted("{\"url\":\"/session/s3cret\"}", "{\"url\":\"/session/***\"}");
  expect_redacted("/session/", "/session/");
  expect_redacted("/SESSION/a/b", "/SESSION/***/b");
  expect_redacted("see ws://me:canary@host/x and http://canary@h", "see ws://host/x and http://h");
  expect_redacted("ws://host/x@y", "ws://host/x@y");
  expect_redacted("password=a secret=b", "password=*** secret=***");
  expect_redacted("a\r\nb\x1b[1m\x7f", "a..b.[1m.");
  expect_redacted("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
  expect_redacted("a\xff\xc3(\xed\xa0\x80" "b\xe2\x82", "a..(...b..");
  expect_redacted("a\xc2\x9b" "1m\xc2\xa0", "a.1m\xc2\xa0");
}

static void redacted_text_is_cut_to_fit(void **state) {
  (void)state;
  char out[8] = "zzzzzzz";
  assert_int_equal(ew__redact(EW_STR("0123456789"), out, 5), 4);
  assert_string_equal(out, "0123");
  assert_int_equal(ew__redact(EW_STR("x"), out, 0), 0);
  assert_string_equal(out, "0123");
  assert_int_equal(ew__redact(EW_STR("012\xc3\xbc" "3"), out, 5), 3);
  assert_string_equal(out, "012");
}

static void elements_of_a_list_are_found_whole(void **state) {
  (void)state;
  assert_true(ew__list_has(EW_STR("upgrade"), "Upgrade"));
  assert_true(ew__list_has(EW_STR("keep-alive,\t UPGRADE "), "upgrade"));
  assert_true(ew__list_has(EW_STR(",, upgrade ,"), "upgrade"));
  assert_false(ew__list_has(EW_STR("upgrades, up grade, xupgrade"), "upgrade"));
  assert_false(ew__list_has(EW_STR("upgrade;q=1"), "upgrade"));
  assert_false(ew__list_has(EW_STR(" , "), "upgrade"));
  assert_false(ew__list_has(EW_STR("x\0upgrade"), "upgrade"));
  assert_false(ew__list_has((ew_str){NULL, 0, 0}, "upgrade"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(urls_are_taken_apart),
      cmocka_unit_test(broken_urls_are_refused_in_words_that_repeat_nothing_of_them),
      cmocka_unit_test(a_huge_url_is_refused),
      cmocka_unit_test(many_short_secrets_do_not_outgrow_the_text_shown),
      cmocka_unit_test(the_path_ends_before_the_query),
      cmocka_unit_test(secrets_in_any_text_are_redacted),
      cmocka_unit_test(redacted_text_is_cut_to_fit),
      cmocka_unit_test(elements_of_a_list_are_found_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
