/*
 * Texts and starts that the Kaleido tests share.
 */
#ifndef EW_TEST_KALEIDO_SUPPORT_H
#define EW_TEST_KALEIDO_SUPPORT_H

#include "recorder.h"

/* Events of the plain and of the numbered dialect, told apart by their block number. */
#define EVENT_HEAD "{\"address\":\"0xbB28C19a411c6513ED6c57186a9B9156f83A65D0\",\"blockNumber\":\""
#define EVENT_TAIL                                                                                       \
  "\",\"transactionIndex\":\"0x0\",\"transactionHash\":"                                                 \
  "\"0xcb7ce842ef1a2042558256e5c78307d608fa583e1a8235c10b6808bf8b5b672e\",\"data\":{\"data\":\"10\"},"   \
  "\"subId\":\"sb-d0391aeb-9bee-427b-64c4-a3be23557fae\",\"signature\":\"DataStored(uint256)\",\"logIndex\":\"0\"}"
#define EVENT(number) EVENT_HEAD #number EVENT_TAIL

#define NUMBERED_HEAD                                                                                    \
  "{\"blockHash\":\"0x0000000000000000000000000000000000000000000000000000000000000065\",\"blockNumber\":\""
#define NUMBERED_TAIL                                                                                    \
  "\",\"data\":null,\"listenerId\":\"2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01\",\"listenerType\":\"events\"," \
  "\"signature\":\"DataStored(uint256)\",\"streamId\":\"8f2d3c8e-7f1b-4b0e-9d57-3f0a5b7d1c02\","         \
  "\"subId\":\"2b8e0d2c-1f0a-4a53-b1c7-5f7d5a3c9e01\"}"
#define NUMBERED(number) NUMBERED_HEAD #number NUMBERED_TAIL

#define REPLY "{\"headers\":{\"requestId\":\"r-1\",\"type\":\"TransactionSuccess\"},\"status\":\"Succeeded\"}"

/* A line of the transcript: one batch as the plain dialect sends it. */
#define SENT(name, events) "send " name " [" events "]\\n\n"
#define SENT_NUMBERED(name, number, events) "send " name " {\"batchNumber\":" #number ",\"events\":[" events "]}\\n\n"

/* A service of these options on the recorder; questions to the log stay out of the transcript. */
static inline void start_service(recorder *r, ew_kaleido_service_options options) {
  ew_service *service;
  assert_int_equal(ew_kaleido_service_new(&service, &options, &r->host), EW_OK);
  recorder_attach(r, service);
  r->quiet |= RECORDER_QUIET_LOG;
}

static inline void start(recorder *r, ew_kaleido_service_options options) {
  recorder_init(r);
  start_service(r, options);
}

/* Opens a connection that listens on a topic. */
static inline void listen_on(recorder *r, const char *name, const char *topic) {
  char message[256];
  assert_true(strlen(topic) < sizeof(message) - 64);
  ew_buf buf;
  ew_buf_init(&buf, message, sizeof(message) - 1);
  assert_int_equal(recorder_open(r, name, "/ws", NULL), 101);
  assert_int_equal(ew_buf_append(&buf, EW_STR("{\"type\":\"listen\",\"topic\":")), EW_OK);
  assert_int_equal(ew_buf_append_json_string(&buf, ew_str_of(topic)), EW_OK);
  assert_int_equal(ew_buf_append(&buf, EW_STR("}")), EW_OK);
  message[buf.len] = '\0';
  recorder_receive(r, name, message);
}

static inline void publish(recorder *r, const char *topic, const char *event) {
  assert_int_equal(recorder_publish(r, topic, event), EW_OK);
}

/* What follows an answer is sent at the next tick. */
static inline void say(recorder *r, const char *name, const char *message) {
  recorder_receive(r, name, message);
  recorder_advance(r, 0);
}

#define ACK(topic) "{\"type\":\"ack\",\"topic\":\"" topic "\"}"
#define ACK_NUMBER(topic, number) "{\"type\":\"ack\",\"topic\":\"" topic "\",\"batchNumber\":" #number "}"
#define NACK(topic) "{\"type\":\"error\",\"topic\":\"" topic "\",\"message\":\"database is away\"}"

#endif
