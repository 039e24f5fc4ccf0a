/* Which batch goes to whom and when, and what becomes of it. */
#include "kaleido_support.h"

#include <stdio.h>
#include <stdlib.h>

static const ew_kaleido_service_options compat = {.manner = EW_MANNER_COMPAT,
                                                  .skip_on_error = true};
static const ew_kaleido_service_options blocking = {.manner = EW_MANNER_COMPAT,
                                                    .blocked_retry_delay_ms = 2000};
static const ew_kaleido_service_options strict = {.manner = EW_MANNER_STRICT,
                                                  .blocked_retry_delay_ms = 2000};
static const ew_kaleido_service_options numbered = {.numbered_batches = true,
                                                    .blocked_retry_delay_ms = 2000};

/* ------------------------------------------------------------------------------------------ one batch in flight */

static void the_next_batch_waits_for_the_ack(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_advance(&r, 3600000);
  recorder_expect(&r, SENT("a", EVENT(1)));
  say(&r, "a", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(2)));
  say(&r, "a", ACK("t"));
  recorder_expect(&r, "");
  publish(&r, "t", EVENT(3));
  recorder_expect(&r, SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void the_position_is_committed_after_the_ack_and_not_before(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  r.quiet = RECORDER_QUIET_NOTE;
  listen_on(&r, "a", "t");
  recorder_expect(&r, "position kaleido/t kaleido/t\n");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  publish(&r, "t", EVENT(3));
  recorder_expect(&r, SENT("a", EVENT(1)));
  say(&r, "a", ACK("t"));
  recorder_expect(&r, "commit kaleido/t 1\nread kaleido/t after 2 limit 1\n" SENT("a", EVENT(2)));
  recorder_clear(&r);
}

static void topics_are_apart(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  listen_on(&r, "b", "T");
  listen_on(&r, "c", "");
  publish(&r, "t", EVENT(1));
  publish(&r, "T", EVENT(2));
  publish(&r, "", EVENT(3));
  publish(&r, "u", EVENT(4));
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("b", EVENT(2)) SENT("c", EVENT(3)));
  publish(&r, "t", EVENT(5));
  publish(&r, "", EVENT(6));
  say(&r, "a", "{\"type\":\"ack\"}");
  recorder_expect(&r, SENT("c", EVENT(6)));
  say(&r, "a", ACK("T"));
  recorder_expect(&r, "");
  say(&r, "a", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(5)));
  recorder_clear(&r);
}

static void a_connection_with_two_topics_has_two_batches_in_flight(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"topic\":\"u\"}");
  publish(&r, "t", EVENT(1));
  publish(&r, "u", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("a", EVENT(2)));
  recorder_clear(&r);
}

static void listening_twice_is_listening_once(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.broadcast = true});
  listen_on(&r, "a", "t");
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"topic\":\"t\"}");
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_close(&r, "a");
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void what_was_published_before_anyone_listened_is_delivered_then(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 3});
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  listen_on(&r, "a", "t");
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  recorder_clear(&r);
}

static void what_was_published_while_nobody_listened_is_delivered_to_the_next_listener(
    void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_receive(&r, "a", ACK("t"));
  recorder_close(&r, "a");
  recorder_expect(&r, SENT("a", EVENT(1)));
  publish(&r, "t", EVENT(2));
  publish(&r, "t", EVENT(3));
  recorder_advance(&r, 60000);
  listen_on(&r, "b", "t");
  recorder_expect(&r, SENT("b", EVENT(2)));
  say(&r, "b", ACK("t"));
  recorder_expect(&r, SENT("b", EVENT(3)));
  recorder_clear(&r);
}

static void white_space_around_a_published_event_is_not_sent(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  publish(&r, "t", " \t" EVENT(1) "\r\n");
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------ batches */

static void a_batch_closes_when_it_is_full_or_its_time_is_up(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 3, .batch_timeout_ms = 1500});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, "");
  publish(&r, "t", EVENT(3));
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2) "," EVENT(3)));
  publish(&r, "t", EVENT(4));
  say(&r, "a", ACK("t"));
  recorder_advance(&r, 1000);
  publish(&r, "t", EVENT(5));
  recorder_advance(&r, 499);
  recorder_expect(&r, "");
  recorder_advance(&r, 1);
  recorder_expect(&r, SENT("a", EVENT(4) "," EVENT(5)));
  recorder_clear(&r);
}

static void the_next_batch_fills_while_one_is_in_flight(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 2, .batch_timeout_ms = 1000});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  publish(&r, "t", EVENT(3));
  recorder_advance(&r, 5000);
  recorder_expect(&r, "");
  say(&r, "a", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void a_backlog_is_cut_into_full_batches(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 2, .batch_timeout_ms = 1000});
  for (unsigned i = 0; i < 2; i++) {
    publish(&r, "t", EVENT(1));
    publish(&r, "t", EVENT(2));
  }
  publish(&r, "t", EVENT(3));
  listen_on(&r, "a", "t");
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  say(&r, "a", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  say(&r, "a", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void every_topic_has_a_time_of_its_own(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 2, .batch_timeout_ms = 100});
  listen_on(&r, "a", "t");
  listen_on(&r, "b", "u");
  listen_on(&r, "c", "v");
  publish(&r, "u", EVENT(1));
  recorder_advance(&r, 60);
  publish(&r, "t", EVENT(2));
  publish(&r, "v", EVENT(3));
  recorder_advance(&r, 40);
  recorder_expect(&r, SENT("b", EVENT(1)));
  assert_int_equal(ew_service_deadline(r.service), r.now + 60);
  recorder_advance(&r, 59);
  recorder_expect(&r, "");
  recorder_advance(&r, 1);
  recorder_expect(&r, SENT("c", EVENT(3)) SENT("a", EVENT(2)));
  assert_true(ew_service_deadline(r.service) == EW_NEVER);
  recorder_clear(&r);
}

static void a_batch_is_as_old_as_its_first_event_even_when_nobody_listened(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 3, .batch_timeout_ms = 10000});
  listen_on(&r, "a", "t");
  recorder_append(&r, "other", EVENT(9));
  publish(&r, "t", EVENT(1));
  recorder_advance(&r, 10000);
  say(&r, "a", ACK("t"));
  recorder_close(&r, "a");
  recorder_expect(&r, SENT("a", EVENT(1)));
  publish(&r, "t", EVENT(2));
  recorder_advance(&r, 9000);
  publish(&r, "t", EVENT(3));
  listen_on(&r, "b", "t");
  recorder_advance(&r, 999);
  recorder_expect(&r, "");
  recorder_advance(&r, 1);
  recorder_expect(&r, SENT("b", EVENT(2) "," EVENT(3)));
  recorder_clear(&r);
}

static void events_published_while_the_log_is_asked_arrive_once_and_in_order(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 2, .batch_timeout_ms = 100});
  r.hold = true;
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_answer(&r); /* the position; now the log is read */
  publish(&r, "t", EVENT(2));
  publish(&r, "t", EVENT(3));
  recorder_expect(&r, "");
  recorder_answer(&r);
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  recorder_answer(&r);
  r.hold = false;
  say(&r, "a", ACK("t"));
  recorder_advance(&r, 100);
  recorder_expect(&r, SENT("a", EVENT(3)));
  say(&r, "a", ACK("t"));
  recorder_advance(&r, 1000);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void a_batch_does_not_close_while_more_of_it_is_read(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 3, .batch_timeout_ms = 100});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  r.hold = true;
  recorder_append(&r, "kaleido/t", EVENT(2));
  recorder_append(&r, "kaleido/t", EVENT(3));
  ew_logged third = {3, EW_STR(EVENT(3))};
  ew_service_publish(r.service, EW_STR("kaleido/t"), &third, r.now);
  recorder_advance(&r, 1000);
  recorder_expect(&r, "");
  recorder_answer(&r);
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2) "," EVENT(3)));
  recorder_clear(&r);
}

static void batch_sizes_over_1000_are_cut_to_1000(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 5000});
  listen_on(&r, "a", "t");
  for (unsigned i = 0; i < 999; i++) {
    publish(&r, "t", EVENT(1));
  }
  recorder_expect(&r, "");
  publish(&r, "t", EVENT(1));
  assert_true(r.text_len > 1000 * strlen(EVENT(1)));
  recorder_clear(&r);
}

static char *large_event(size_t bytes) {
  static const char head[] = EVENT_HEAD "1\",\"transactionIndex\":\"0x0\",\"transactionHash\":"
                             "\"0xcb7ce842ef1a2042558256e5c78307d608fa583e1a8235c10b6808bf8b5b672e\",\"data\":{\"x\":\"";
  static const char tail[] =
      "\"},\"subId\":\"sb-d0391aeb-9bee-427b-64c4-a3be23557fae\",\"signature\":\"E()\",\"logIndex\":\"0\"}";
  char *event = malloc(sizeof(head) + bytes + sizeof(tail));
  assert_non_null(event);
  memcpy(event, head, sizeof(head) - 1);
  memset(event + sizeof(head) - 1, 'x', bytes);
  memcpy(event + sizeof(head) - 1 + bytes, tail, sizeof(tail));
  return event;
}

static void a_batch_is_never_larger_than_a_message_may_be(void **state) {
  (void)state;
  static const size_t bytes = 7u << 20;
  recorder r;
  char *event = large_event(bytes);
  start(&r, (ew_kaleido_service_options){.batch_size = 10});
  publish(&r, "t", event);
  publish(&r, "t", event);
  publish(&r, "t", event);
  listen_on(&r, "a", "t");
  assert_true(r.text_len > 2 * bytes && r.text_len < 3 * bytes);
  recorder_forget(&r);
  say(&r, "a", ACK("t"));
  assert_true(r.text_len > bytes && r.text_len < 2 * bytes);
  recorder_clear(&r);
  free(event);
}

static void an_event_of_the_log_that_fits_no_message_is_left_out(void **state) {
  (void)state;
  recorder r;
  char *event = large_event(17u << 20);
  start(&r, compat);
  recorder_append(&r, "kaleido/t", event);
  recorder_append(&r, "kaleido/t", EVENT(2));
  listen_on(&r, "a", "t");
  recorder_expect(&r, SENT("a", EVENT(2)));
  recorder_clear(&r);
  free(event);
}

/* ------------------------------------------------------------------------------------------ several listeners */

static void listeners_of_a_topic_take_turns(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  listen_on(&r, "b", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  publish(&r, "t", EVENT(3));
  say(&r, "a", ACK("t"));
  say(&r, "b", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("b", EVENT(2)) SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void a_batch_that_cannot_be_sent_goes_to_the_next_listener(void **state) {
  (void)state;
  recorder r;
  start(&r, blocking);
  listen_on(&r, "a", "t");
  r.send_result = EW_ERR_QUEUE_FULL;
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, "refused a [" EVENT(1) "]\\n\n");
  r.send_result = EW_OK;
  listen_on(&r, "b", "t");
  recorder_expect(&r, SENT("b", EVENT(1)));
  publish(&r, "t", EVENT(2));
  say(&r, "b", ACK("t"));
  recorder_expect(&r, SENT("b", EVENT(2)));
  recorder_clear(&r);
}

static void the_turn_does_not_change_when_one_leaves_who_had_his(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  listen_on(&r, "b", "t");
  listen_on(&r, "c", "t");
  publish(&r, "t", EVENT(1));
  say(&r, "a", ACK("t"));
  recorder_close(&r, "a");
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("b", EVENT(2)));
  recorder_clear(&r);
}

static void a_topic_lives_on_with_its_remaining_listeners(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  listen_on(&r, "b", "t");
  recorder_close(&r, "a");
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, SENT("b", EVENT(1)));
  recorder_clear(&r);
}

static void in_compat_the_end_of_any_listener_fails_the_batch_of_another(void **state) {
  (void)state;
  recorder r;
  start(&r, blocking);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  listen_on(&r, "b", "t");
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_close(&r, "b");
  recorder_advance(&r, 1999);
  recorder_expect(&r, "");
  recorder_advance(&r, 1);
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_clear(&r);
}

static void in_strict_only_the_holder_counts(void **state) {
  (void)state;
  recorder r;
  start(&r, strict);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  listen_on(&r, "b", "t");
  recorder_expect(&r, "send a [" EVENT(1) "]\n");
  say(&r, "b", ACK("t"));
  say(&r, "b", NACK("t"));
  recorder_close(&r, "b");
  recorder_advance(&r, 60000);
  recorder_expect(&r, "");
  say(&r, "a", ACK("t"));
  recorder_expect(&r, "send a [" EVENT(2) "]\n");
  recorder_clear(&r);
}

static void in_compat_an_ack_from_a_stranger_releases_the_batch(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_open(&r, "stranger", "/ws", NULL);
  say(&r, "stranger", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("a", EVENT(2)));
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------ stale acks */

static void an_ack_that_came_before_the_batch_was_sent_does_not_count(void **state) {
  (void)state;
  recorder r;
  start(&r, blocking);
  listen_on(&r, "a", "t");
  recorder_receive(&r, "a", ACK("t"));
  recorder_receive(&r, "a", NACK("t"));
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  publish(&r, "t", EVENT(3));
  recorder_receive_pair(&r, "a", ACK("t"), ACK("t"));
  recorder_advance(&r, 60000);
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("a", EVENT(2)));
  assert_int_equal(recorder_cursor(&r, "kaleido/t"), 1);
  recorder_clear(&r);
}

static void stray_acks_do_no_harm_without_numbers(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  recorder_open(&r, "a", "/ws", NULL);
  for (unsigned i = 0; i < 100; i++) {
    recorder_receive(&r, "a", ACK("nobody"));
    recorder_receive(&r, "a", NACK("nobody"));
  }
  recorder_expect(&r, "");
  assert_true(recorder_is_open(&r, "a"));
  recorder_clear(&r);
}

/* ----------------------------------------------------------------------------------------------- skip, block */

static void skip_loses_a_rejected_batch_and_goes_on(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  r.quiet &= ~(unsigned)RECORDER_QUIET_COMMIT;
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  say(&r, "a", NACK("t"));
  recorder_expect(&r, SENT("a", EVENT(1)) "commit kaleido/t 1\n" SENT("a", EVENT(2)));
  say(&r, "a", "{\"type\":\"error\",\"topic\":\"t\"}");
  recorder_expect(&r, "commit kaleido/t 2\n");
  recorder_clear(&r);
}

static void skip_loses_the_batch_of_a_connection_that_ends(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_close(&r, "a");
  listen_on(&r, "b", "t");
  recorder_advance(&r, 0);
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("b", EVENT(2)));
  recorder_clear(&r);
}

static void block_sends_a_rejected_batch_again_after_the_delay_byte_for_byte(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){
                .batch_size = 3, .batch_timeout_ms = 10, .blocked_retry_delay_ms = 2000});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_advance(&r, 10);
  publish(&r, "t", EVENT(3));
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  for (unsigned i = 0; i < 5; i++) {
    say(&r, "a", NACK("t"));
    recorder_advance(&r, 1999);
    recorder_expect(&r, "");
    recorder_advance(&r, 1);
    recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  }
  say(&r, "a", ACK("t"));
  recorder_expect(&r, SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void block_keeps_the_batch_of_a_lost_connection_for_the_next_listener(void **state) {
  (void)state;
  recorder r;
  start(&r, blocking);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_close(&r, "a");
  listen_on(&r, "b", "t");
  recorder_advance(&r, 1999);
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_advance(&r, 1);
  recorder_expect(&r, SENT("b", EVENT(1)));
  recorder_close(&r, "b");
  recorder_advance(&r, 3600000);
  listen_on(&r, "c", "t");
  recorder_expect(&r, SENT("c", EVENT(1)));
  recorder_clear(&r);
}

static void an_ack_during_the_delay_comes_too_late(void **state) {
  (void)state;
  recorder r;
  start(&r, blocking);
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_receive_pair(&r, "a", NACK("t"), ACK("t"));
  recorder_advance(&r, 2000);
  recorder_expect(&r, SENT("a", EVENT(1)) SENT("a", EVENT(1)));
  recorder_clear(&r);
}

static void expect_attempt_after(recorder *r, uint64_t ms) {
  say(r, "a", NACK("t"));
  if (ms > 0) {
    recorder_advance(r, ms - 1);
    recorder_expect(r, "");
    recorder_advance(r, 1);
  }
  recorder_expect(r, SENT("a", EVENT(1)));
}

static void attempts_follow_after_1_2_and_4_seconds_until_the_retry_time_is_over(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.retry_timeout_ms = 5000, .blocked_retry_delay_ms = 7000});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, SENT("a", EVENT(1)));
  for (unsigned round = 0; round < 3; round++) {
    expect_attempt_after(&r, 1000);
    expect_attempt_after(&r, 2000);
    expect_attempt_after(&r, 4000);
    expect_attempt_after(&r, 7000);
  }
  recorder_clear(&r);
}

static void skip_comes_after_the_last_attempt(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.retry_timeout_ms = 2000, .skip_on_error = true});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(1)));
  expect_attempt_after(&r, 1000);
  expect_attempt_after(&r, 2000);
  say(&r, "a", NACK("t"));
  recorder_expect(&r, SENT("a", EVENT(2)));
  recorder_clear(&r);
}

static void a_batch_waits_for_a_listener_without_limit_and_is_not_skipped(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.skip_on_error = true, .retry_timeout_ms = 5000});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_close(&r, "a");
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_advance(&r, 86400000);
  listen_on(&r, "b", "t");
  recorder_expect(&r, SENT("b", EVENT(1)));
  recorder_clear(&r);
}

/* ------------------------------------------------------------------------------------------------- broadcast */

static void broadcast_sends_to_all_without_acks(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.broadcast = true});
  listen_on(&r, "a", "t");
  listen_on(&r, "b", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  recorder_expect(&r,
                  SENT("a", EVENT(1)) SENT("b", EVENT(1)) SENT("a", EVENT(2)) SENT("b", EVENT(2)));
  recorder_receive(&r, "a", ACK("t"));
  recorder_receive(&r, "b", NACK("t"));
  recorder_close(&r, "b");
  publish(&r, "t", EVENT(3));
  recorder_expect(&r, SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void broadcast_without_listeners_is_gone_and_committed(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.broadcast = true});
  publish(&r, "t", EVENT(1));
  assert_int_equal(recorder_cursor(&r, "kaleido/t"), 1);
  listen_on(&r, "a", "t");
  recorder_expect(&r, "");
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(2)));
  recorder_close(&r, "a");
  publish(&r, "t", EVENT(3));
  assert_int_equal(recorder_cursor(&r, "kaleido/t"), 3);
  listen_on(&r, "b", "t");
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void broadcast_has_batches_too(void **state) {
  (void)state;
  recorder r;
  start(&r,
        (ew_kaleido_service_options){.broadcast = true, .batch_size = 2, .batch_timeout_ms = 100});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, "");
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)));
  publish(&r, "t", EVENT(3));
  recorder_advance(&r, 99);
  recorder_expect(&r, "");
  recorder_advance(&r, 1);
  recorder_expect(&r, SENT("a", EVENT(3)));
  recorder_clear(&r);
}

static void a_broadcast_that_was_begun_is_committed_without_listeners(void **state) {
  (void)state;
  recorder r;
  start(&r,
        (ew_kaleido_service_options){.broadcast = true, .batch_size = 2, .batch_timeout_ms = 100});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_close(&r, "a");
  recorder_advance(&r, 100);
  recorder_expect(&r, "");
  assert_int_equal(recorder_cursor(&r, "kaleido/t"), 1);
  recorder_clear(&r);
}

static void a_large_broadcast_is_cut_between_events(void **state) {
  (void)state;
  static const size_t bytes = 7u << 20;
  recorder r;
  char *event = large_event(bytes);
  start(&r,
        (ew_kaleido_service_options){.broadcast = true, .batch_size = 10, .batch_timeout_ms = 100});
  listen_on(&r, "a", "t");
  publish(&r, "t", event);
  publish(&r, "t", event);
  recorder_expect(&r, "");
  publish(&r, "t", event);
  assert_true(r.text_len > 2 * bytes && r.text_len < 3 * bytes);
  recorder_forget(&r);
  recorder_advance(&r, 100);
  assert_true(r.text_len > bytes && r.text_len < 2 * bytes);
  recorder_clear(&r);
  free(event);
}

/* ------------------------------------------------------------------------------------------ numbered batches */

static void numbers_rise_and_an_ack_must_repeat_them(void **state) {
  (void)state;
  recorder r;
  start(&r, numbered);
  listen_on(&r, "a", "t");
  publish(&r, "t", NUMBERED(1));
  publish(&r, "t", NUMBERED(2));
  recorder_expect(&r, SENT_NUMBERED("a", 1, NUMBERED(1)));
  say(&r, "a", ACK("t"));
  say(&r, "a", ACK_NUMBER("t", 2));
  say(&r, "a", ACK_NUMBER("t", 0));
  say(&r, "a", ACK_NUMBER("t", -1));
  recorder_expect(&r, "");
  say(&r, "a", ACK_NUMBER("t", 1));
  recorder_expect(&r, SENT_NUMBERED("a", 2, NUMBERED(2)));
  recorder_clear(&r);
}

static void a_redelivered_batch_keeps_its_number(void **state) {
  (void)state;
  recorder r;
  start(&r, numbered);
  listen_on(&r, "a", "t");
  publish(&r, "t", NUMBERED(1));
  publish(&r, "t", NUMBERED(2));
  say(&r, "a", "{\"type\":\"error\",\"topic\":\"t\",\"batchNumber\":77}");
  recorder_advance(&r, 2000);
  recorder_expect(&r, SENT_NUMBERED("a", 1, NUMBERED(1)) SENT_NUMBERED("a", 1, NUMBERED(1)));
  recorder_close(&r, "a");
  listen_on(&r, "b", "t");
  recorder_advance(&r, 2000);
  say(&r, "b", ACK_NUMBER("t", 1));
  recorder_expect(&r, SENT_NUMBERED("b", 1, NUMBERED(1)) SENT_NUMBERED("b", 2, NUMBERED(2)));
  recorder_clear(&r);
}

static void a_stream_member_counts_instead_of_the_topic(void **state) {
  (void)state;
  recorder r;
  start(&r, numbered);
  recorder_open(&r, "a", "/ws", NULL);
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"topic\":\"x\",\"stream\":\"t\"}");
  recorder_receive(&r, "a", "{\"type\":\"listen\",\"topic\":\"u\",\"stream\":\"\"}");
  publish(&r, "x", NUMBERED(1));
  publish(&r, "t", NUMBERED(2));
  publish(&r, "u", NUMBERED(3));
  recorder_expect(&r, SENT_NUMBERED("a", 1, NUMBERED(2)) SENT_NUMBERED("a", 1, NUMBERED(3)));
  recorder_clear(&r);
}

static void a_number_that_is_no_integer_drops_the_connection_where_numbers_are_used(void **state) {
  (void)state;
  static const char *const messages[] = {
      "{\"type\":\"ack\",\"batchNumber\":\"1\"}", "{\"type\":\"ack\",\"batchNumber\":1.0}",
      "{\"type\":\"ack\",\"batchNumber\":1e0}",   "{\"type\":\"ack\",\"BATCHNUMBER\":9223372036854775808}",
      "{\"type\":\"ack\",\"batchNumber\":true}",  "{\"type\":\"ack\",\"stream\":1}",
  };
  for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
    recorder r;
    start(&r, numbered);
    recorder_open(&r, "a", "/ws", NULL);
    recorder_receive(&r, "a", "{\"type\":\"ack\",\"batchNumber\":9223372036854775807}");
    recorder_receive(&r, "a", "{\"type\":\"ack\",\"batchNumber\":null}");
    recorder_expect(&r, "");
    recorder_receive(&r, "a", messages[i]);
    recorder_expect(&r, "drop a\n");
    recorder_clear(&r);
  }
}

static void too_many_spurious_acks_end_the_connection_where_numbers_are_used(void **state) {
  (void)state;
  recorder r;
  start(&r, numbered);
  listen_on(&r, "a", "t");
  for (unsigned i = 0; i < 10; i++) {
    recorder_receive(&r, "a", ACK_NUMBER("t", 1));
  }
  publish(&r, "t", NUMBERED(1));
  say(&r, "a", ACK_NUMBER("t", 1));
  recorder_expect(&r, SENT_NUMBERED("a", 1, NUMBERED(1)));
  for (unsigned i = 0; i < 10; i++) {
    recorder_receive(&r, "a", ACK_NUMBER("u", 1));
  }
  recorder_expect(&r, "");
  recorder_receive(&r, "a", ACK_NUMBER("t", 1));
  recorder_expect(&r, "drop a\n");
  recorder_clear(&r);
}

static void in_strict_an_error_with_another_number_is_not_meant_for_the_batch(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){
                .manner = EW_MANNER_STRICT, .numbered_batches = true, .skip_on_error = true});
  listen_on(&r, "a", "t");
  publish(&r, "t", NUMBERED(1));
  publish(&r, "t", NUMBERED(2));
  recorder_forget(&r);
  say(&r, "a", "{\"type\":\"error\",\"topic\":\"t\",\"batchNumber\":2}");
  recorder_expect(&r, "");
  say(&r, "a", "{\"type\":\"error\",\"topic\":\"t\",\"batchNumber\":1}");
  recorder_expect(&r, "send a {\"batchNumber\":2,\"events\":[" NUMBERED(2) "]}\n");
  say(&r, "a", "{\"type\":\"error\",\"topic\":\"t\"}");
  publish(&r, "t", NUMBERED(3));
  recorder_advance(&r, 0);
  recorder_expect(&r, "send a {\"batchNumber\":3,\"events\":[" NUMBERED(3) "]}\n");
  recorder_clear(&r);
}

/* ---------------------------------------------------------------------------------------- restarts, log errors */

static void after_a_restart_the_first_event_without_an_ack_comes_first(void **state) {
  (void)state;
  recorder r;
  start(&r, numbered);
  listen_on(&r, "a", "t");
  publish(&r, "t", NUMBERED(1));
  publish(&r, "t", NUMBERED(2));
  publish(&r, "t", NUMBERED(3));
  say(&r, "a", ACK_NUMBER("t", 1));
  recorder_forget(&r);
  recorder_restart(&r);
  start_service(&r, numbered);
  listen_on(&r, "a", "t");
  recorder_expect(&r, SENT_NUMBERED("a", 1, NUMBERED(2)));
  say(&r, "a", ACK_NUMBER("t", 1));
  recorder_expect(&r, SENT_NUMBERED("a", 2, NUMBERED(3)));
  recorder_clear(&r);
}

static void a_cursor_ahead_of_the_log_means_that_nothing_is_left(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  recorder_append(&r, "kaleido/t", EVENT(1));
  recorder_set_cursor(&r, "kaleido/t", 1);
  listen_on(&r, "a", "t");
  recorder_advance(&r, 60000);
  recorder_expect(&r, "");
  publish(&r, "t", EVENT(2));
  recorder_expect(&r, SENT("a", EVENT(2)));
  recorder_clear(&r);
}

static void a_log_that_fails_is_asked_again_after_a_second(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  r.quiet = RECORDER_QUIET_NOTE;
  recorder_append(&r, "kaleido/t", EVENT(1));
  r.log_result = EW_ERR_IO;
  listen_on(&r, "a", "t");
  recorder_expect(&r, "position kaleido/t kaleido/t\n");
  r.ask_result = EW_ERR_QUEUE_FULL;
  r.log_result = EW_OK;
  recorder_advance(&r, 999);
  recorder_expect(&r, "");
  recorder_advance(&r, 1);
  recorder_expect(&r, "position kaleido/t kaleido/t\n");
  r.ask_result = EW_OK;
  recorder_advance(&r, 1000);
  recorder_expect(
      &r, "position kaleido/t kaleido/t\nread kaleido/t after 0 limit 1\n" SENT("a", EVENT(1)));
  recorder_clear(&r);
}

static void nothing_is_delivered_before_the_position_is_known(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  r.log_result = EW_ERR_IO;
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  recorder_expect(&r, "");
  r.log_result = EW_OK;
  recorder_advance(&r, 1000);
  say(&r, "a", ACK("t"));
  recorder_advance(&r, 60000);
  recorder_expect(&r, SENT("a", EVENT(1)));
  recorder_clear(&r);
}

static void what_was_gathered_goes_out_while_the_log_fails(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 3, .batch_timeout_ms = 500});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  r.log_result = EW_ERR_IO;
  recorder_append(&r, "kaleido/t", EVENT(2));
  recorder_append(&r, "kaleido/t", EVENT(3));
  /* Without a notice of event 2 the log must be read. */
  ew_logged third = {3, EW_STR(EVENT(3))};
  ew_service_publish(r.service, EW_STR("kaleido/t"), &third, r.now);
  recorder_settle(&r);
  recorder_advance(&r, 500);
  recorder_expect(&r, SENT("a", EVENT(1)));
  r.log_result = EW_OK;
  say(&r, "a", ACK("t"));
  recorder_advance(&r, 500);
  recorder_expect(&r, SENT("a", EVENT(2) "," EVENT(3)));
  recorder_clear(&r);
}

static void an_event_that_the_log_does_not_give_back_is_not_asked_for_for_ever(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  r.quiet = RECORDER_QUIET_NOTE;
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  ew_logged ghost = {5, EW_STR(EVENT(5))};
  recorder_forget(&r);
  say(&r, "a", ACK("t"));
  recorder_close(&r, "a");
  ew_service_publish(r.service, EW_STR("kaleido/t"), &ghost, r.now);
  listen_on(&r, "b", "t");
  recorder_advance(&r, 60000);
  recorder_expect(&r, "commit kaleido/t 1\nread kaleido/t after 1 limit 1\n");
  recorder_clear(&r);
}

static void answers_for_a_topic_that_is_gone_are_ignored(void **state) {
  (void)state;
  recorder r;
  start(&r, compat);
  recorder_append(&r, "kaleido/t", EVENT(1));
  ew_logged event = {1, EW_STR(EVENT(1))};
  ew_service_events(r.service, 12345, EW_OK, &event, 1, r.now);
  ew_service_position(r.service, 12345, EW_OK, 1, false, 0, r.now);
  recorder_expect(&r, "");
  recorder_clear(&r);
}

static void an_event_that_is_announced_twice_is_delivered_once(void **state) {
  (void)state;
  recorder r;
  start(&r, (ew_kaleido_service_options){.batch_size = 2, .batch_timeout_ms = 100});
  listen_on(&r, "a", "t");
  publish(&r, "t", EVENT(1));
  publish(&r, "t", EVENT(2));
  publish(&r, "t", EVENT(3));
  say(&r, "a", ACK("t"));
  ew_logged again = {1, EW_STR(EVENT(1))};
  ew_service_publish(r.service, EW_STR("kaleido/t"), &again, r.now);
  recorder_advance(&r, 60000);
  recorder_expect(&r, SENT("a", EVENT(1) "," EVENT(2)) SENT("a", EVENT(3)));
  recorder_clear(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_next_batch_waits_for_the_ack),
      cmocka_unit_test(the_position_is_committed_after_the_ack_and_not_before),
      cmocka_unit_test(topics_are_apart),
      cmocka_unit_test(a_connection_with_two_topics_has_two_batches_in_flight),
      cmocka_unit_test(listening_twice_is_listening_once),
      cmocka_unit_test(what_was_published_before_anyone_listened_is_delivered_then),
      cmocka_unit_test(what_was_published_while_nobody_listened_is_delivered_to_the_next_listener),
      cmocka_unit_test(white_space_around_a_published_event_is_not_sent),
      cmocka_unit_test(a_batch_closes_when_it_is_full_or_its_time_is_up),
      cmocka_unit_test(the_next_batch_fills_while_one_is_in_flight),
      cmocka_unit_test(a_backlog_is_cut_into_full_batches),
      cmocka_unit_test(every_topic_has_a_time_of_its_own),
      cmocka_unit_test(a_batch_is_as_old_as_its_first_event_even_when_nobody_listened),
      cmocka_unit_test(events_published_while_the_log_is_asked_arrive_once_and_in_order),
      cmocka_unit_test(a_batch_does_not_close_while_more_of_it_is_read),
      cmocka_unit_test(batch_sizes_over_1000_are_cut_to_1000),
      cmocka_unit_test(a_batch_is_never_larger_than_a_message_may_be),
      cmocka_unit_test(an_event_of_the_log_that_fits_no_message_is_left_out),
      cmocka_unit_test(listeners_of_a_topic_take_turns),
      cmocka_unit_test(a_batch_that_cannot_be_sent_goes_to_the_next_listener),
      cmocka_unit_test(the_turn_does_not_change_when_one_leaves_who_had_his),
      cmocka_unit_test(a_topic_lives_on_with_its_remaining_listeners),
      cmocka_unit_test(in_compat_the_end_of_any_listener_fails_the_batch_of_another),
      cmocka_unit_test(in_strict_only_the_holder_counts),
      cmocka_unit_test(in_compat_an_ack_from_a_stranger_releases_the_batch),
      cmocka_unit_test(an_ack_that_came_before_the_batch_was_sent_does_not_count),
      cmocka_unit_test(stray_acks_do_no_harm_without_numbers),
      cmocka_unit_test(skip_loses_a_rejected_batch_and_goes_on),
      cmocka_unit_test(skip_loses_the_batch_of_a_connection_that_ends),
      cmocka_unit_test(block_sends_a_rejected_batch_again_after_the_delay_byte_for_byte),
      cmocka_unit_test(block_keeps_the_batch_of_a_lost_connection_for_the_next_listener),
      cmocka_unit_test(an_ack_during_the_delay_comes_too_late),
      cmocka_unit_test(attempts_follow_after_1_2_and_4_seconds_until_the_retry_time_is_over),
      cmocka_unit_test(skip_comes_after_the_last_attempt),
      cmocka_unit_test(a_batch_waits_for_a_listener_without_limit_and_is_not_skipped),
      cmocka_unit_test(broadcast_sends_to_all_without_acks),
      cmocka_unit_test(broadcast_without_listeners_is_gone_and_committed),
      cmocka_unit_test(broadcast_has_batches_too),
      cmocka_unit_test(a_broadcast_that_was_begun_is_committed_without_listeners),
      cmocka_unit_test(a_large_broadcast_is_cut_between_events),
      cmocka_unit_test(numbers_rise_and_an_ack_must_repeat_them),
      cmocka_unit_test(a_redelivered_batch_keeps_its_number),
      cmocka_unit_test(a_stream_member_counts_instead_of_the_topic),
      cmocka_unit_test(a_number_that_is_no_integer_drops_the_connection_where_numbers_are_used),
      cmocka_unit_test(too_many_spurious_acks_end_the_connection_where_numbers_are_used),
      cmocka_unit_test(in_strict_an_error_with_another_number_is_not_meant_for_the_batch),
      cmocka_unit_test(after_a_restart_the_first_event_without_an_ack_comes_first),
      cmocka_unit_test(a_cursor_ahead_of_the_log_means_that_nothing_is_left),
      cmocka_unit_test(a_log_that_fails_is_asked_again_after_a_second),
      cmocka_unit_test(nothing_is_delivered_before_the_position_is_known),
      cmocka_unit_test(what_was_gathered_goes_out_while_the_log_fails),
      cmocka_unit_test(an_event_that_the_log_does_not_give_back_is_not_asked_for_for_ever),
      cmocka_unit_test(answers_for_a_topic_that_is_gone_are_ignored),
      cmocka_unit_test(an_event_that_is_announced_twice_is_delivered_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
