#include "cli_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((size_t)1024 * 1024)
#define MAX_STEPS 4 /* HTTP requests before the socket */

static volatile sig_atomic_t interrupted;

typedef struct talker {
  ew__output out, notes;
  const ew_document *document;
  ew_socket *socket;
  bool unchecked;
  bool quiet;
  bool unwritable; /* standard output takes no more */
  uint64_t refused;
  char *line; /* what was typed so far */
  size_t used;
} talker;

static void on_signal(int signal_number) {
  (void)signal_number;
  interrupted = 1;
}

static void note(const talker *t, const char *color, const char *text, const char *more) {
  if (!t->quiet) {
    fprintf(stderr, "%s%s%s%s\n", ew__style(&t->notes, color), text, more,
            ew__style(&t->notes, EW__RESET));
  }
}

/* ------------------------------------------------------------------------------------------- both directions */

static ew_err check_profile(const void *ctx, const ew_message *message, ew_str json,
                            ew_diag *diag) {
  const ew_decode_options *options = (const ew_decode_options *)ctx;
  return ew__validate_message(options, message, json, diag);
}

/* The message of one direction that text is, or NULL with the diagnosis of the closest. */
static const ew_message *recognise(const talker *t, ew_direction direction, ew_profile profile,
                                   ew_str text, ew_diag *diag) {
  ew_decode_options options = {.profile = profile};
  const ew_message *message = NULL;
  ew_err err = ew__recognise(t->document, direction, check_profile, &options, text, &message, diag);
  return err == EW_OK ? message : NULL;
}

static void explain_refusal(const talker *t, const char *what, const ew_diag *diag) {
  char text[768];
  ew_diag_format(diag, text, sizeof(text));
  fprintf(stderr, "%s%s%s: %s\n", ew__style(&t->notes, EW__RED), what,
          ew__style(&t->notes, EW__RESET), text);
}

static void warn_deprecated(void *ctx, const char *pointer, const ew_member *member) {
  const talker *t = (const talker *)ctx;
  (void)member;
  note(t, EW__BOLD, "deprecated: ", pointer);
}

static void explain_answer(talker *t, ew_str text, bool is_binary) {
  ew_diag diag;
  memset(&diag, 0, sizeof(diag));
  text = ew__without_line_end(text);
  const ew_message *message = recognise(t, EW_TO_CLIENT, EW_LENIENT, text, &diag);
  if (t->out.format == EW__PRETTY) {
    fprintf(t->out.to, "%s< %s%s ", ew__style(&t->out, EW__CYAN),
            message != NULL ? message->name : "?", ew__style(&t->out, EW__RESET));
    ew__write_safely(t->out.to, text);
    putc('\n', t->out.to);
  } else {
    fwrite(text.ptr, 1, text.len, t->out.to);
    putc('\n', t->out.to);
  }
  t->unwritable = !ew__output_flush(t->out.to);
  if (is_binary) {
    note(t, EW__BOLD, "the message is binary", "");
  }
  if (message == NULL) {
    explain_refusal(t, "the answer does not fit the protocol", &diag);
  } else if (t->out.format == EW__PRETTY) {
    note(t, EW__DIM, "  ", message->summary);
  }
}

static void hint(const talker *t) {
  if (t->quiet) {
    return;
  }
  fprintf(stderr, "%sa client sends", ew__style(&t->notes, EW__DIM));
  const char *between = " ";
  for (uint32_t i = 0; i < t->document->message_count; i++) {
    if ((t->document->messages[i].directions & EW_TO_SERVER) != 0) {
      fprintf(stderr, "%s%s", between, t->document->messages[i].name);
      between = ", ";
    }
  }
  fprintf(stderr, "; put ! before the line to send it all the same%s\n",
          ew__style(&t->notes, EW__RESET));
}

/*
 * Sends one line when it is a message that a client may send. A leading '!' sends the rest as it
 * is.
 */
static ew_err say(talker *t, ew_str text) {
  if (text.len > 0 && text.ptr[0] == '!') {
    return ew_socket_send(t->socket, EW_FRAME_TEXT, ew_str_from(text.ptr + 1, text.len - 1));
  }
  if (t->unchecked) {
    return ew_socket_send(t->socket, EW_FRAME_TEXT, text);
  }
  ew_diag diag;
  memset(&diag, 0, sizeof(diag));
  const ew_message *message = recognise(t, EW_TO_SERVER, EW_STRICT, text, &diag);
  if (message == NULL) {
    t->refused++;
    explain_refusal(t, "not sent", &diag);
    hint(t);
    return EW_OK;
  }
  note(t, EW__DIM, "> ", message->name);
  ew_type_deprecated(message->type, text, warn_deprecated, t);
  return ew_socket_send(t->socket, EW_FRAME_TEXT, text);
}

/* -------------------------------------------------------------------------------------------- standard input */

/* Sends the complete lines that were read. */
static ew_err say_lines(talker *t) {
  char *start = t->line;
  char *end = t->line + t->used;
  for (;;) {
    char *newline = (char *)memchr(start, '\n', (size_t)(end - start));
    if (newline == NULL) {
      break;
    }
    size_t len = (size_t)(newline - start);
    while (len > 0 && (start[len - 1] == '\r' || start[len - 1] == ' ')) {
      len--;
    }
    ew_err err = len == 0 ? EW_OK : say(t, ew_str_from(start, len));
    if (err != EW_OK) {
      return err;
    }
    start = newline + 1;
  }
  t->used = (size_t)(end - start);
  memmove(t->line, start, t->used);
  return EW_OK;
}

/* False at the end of the input. */
static bool read_input(talker *t, ew_err *err) {
  if (t->used == LINE_MAX_BYTES) {
    ew__complain("connect", "a line is longer than %zu bytes", LINE_MAX_BYTES);
    *err = EW_ERR_TOO_LARGE;
    return false;
  }
  ssize_t got = read(STDIN_FILENO, t->line + t->used, LINE_MAX_BYTES - t->used);
  if (got <= 0) {
    if (got < 0 && errno == EINTR) {
      return true;
    }
    if (t->used != 0) { /* a last line without its end */
      *err = say(t, ew_str_from(t->line, t->used));
    }
    return false;
  }
  t->used += (size_t)got;
  *err = say_lines(t);
  return *err == EW_OK;
}

/* ------------------------------------------------------------------------------------------------ the talk */

static void explain_close(const talker *t, const ew_frame_result *result) {
  if (t->quiet) {
    return;
  }
  fprintf(stderr, "%sthe server closed the connection with code %u%s",
          ew__style(&t->notes, EW__BOLD), result->close_code, result->size != 0 ? ": " : "");
  ew__write_safely(stderr, ew_str_from(result->payload, result->size));
  fprintf(stderr, "%s\n", ew__style(&t->notes, EW__RESET));
}

/* One event of the connection. EW_ERR_TIMEOUT: nothing there. */
static ew_err hear(talker *t) {
  ew_frame_result result;
  memset(&result, 0, sizeof(result));
  ew_err err = ew_socket_receive(t->socket, 0, false, &result);
  if (err == EW_OK && result.event == EW_FRAME_MESSAGE) {
    explain_answer(t, ew_str_from(result.payload, result.size), result.opcode == EW_FRAME_BINARY);
    return EW_OK;
  }
  if (err == EW_ERR_CLOSED && result.close_code == EW_CLOSE_ABNORMAL) {
    note(t, EW__BOLD, "the server ended the connection without a Close frame", "");
    return err;
  }
  if (err == EW_ERR_CLOSED || (err == EW_OK && result.event == EW_FRAME_CLOSED)) {
    explain_close(t, &result);
    return EW_ERR_CLOSED;
  }
  if (err == EW_OK && result.event == EW_FRAME_VIOLATION) {
    ew__complain("connect", "the server broke RFC 6455: %s", result.violation);
    return EW_ERR_PEER;
  }
  return err;
}

static ew_err hear_all(talker *t) {
  do {
    ew_err err = hear(t);
    if (err != EW_OK) {
      return err == EW_ERR_TIMEOUT ? EW_OK : err;
    }
  } while (ew_socket_pending(t->socket));
  return EW_OK;
}

/* wait_ms: how long to go on listening after the input has ended. */
static ew_err talk(talker *t, uint32_t wait_ms) {
  bool open = true;
  ew_err err = ew_socket_pending(t->socket) ? hear_all(t) : EW_OK;
  while (err == EW_OK && !interrupted && !t->unwritable) {
    struct pollfd fds[2] = {{ew_socket_fd(t->socket), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    int ready = poll(fds, open ? 2 : 1, open ? -1 : (int)wait_ms);
    if (ready == 0) {
      break;
    }
    if (ready < 0 && errno != EINTR) {
      return EW_ERR_INTERNAL;
    }
    if (ready > 0 && fds[0].revents != 0) {
      err = hear_all(t);
    }
    if (ready > 0 && err == EW_OK && open && fds[1].revents != 0) {
      open = read_input(t, &err);
    }
  }
  return err;
}

/* --------------------------------------------------------------------------------------------- connecting */

/*
 * The subscriber machine is asked for the way to the socket only; what is said there is the user's
 * business.
 */
static ew_err ignore_send(void *ctx, ew_str message) {
  (void)ctx;
  (void)message;
  return EW_OK;
}

static bool ignore_event(void *ctx, const ew_delivery *delivery) {
  (void)ctx;
  (void)delivery;
  return false;
}

/* scheme://[user@]host[:port] without the path. */
static size_t origin_length(const char *url) {
  const char *host = strstr(url, "://");
  host = host == NULL ? url : host + 3;
  return (size_t)(host - url) + strcspn(host, "/?#");
}

typedef struct way {
  char url[4096];
  char headers[8][8300];
  const char *list[8 + EW__LIST_MAX + 1];
} way;

static bool lay_way(way *w, const char *url, const ew_request *request, const ew__list *extra) {
  int len = snprintf(w->url, sizeof(w->url), "%.*s%.*s", (int)origin_length(url), url,
                     EW_STR_ARG(request->target));
  size_t n = 0;
  for (; n < request->header_count; n++) {
    snprintf(w->headers[n], sizeof(w->headers[n]), "%.*s: %.*s",
             EW_STR_ARG(request->headers[n].name), EW_STR_ARG(request->headers[n].value));
    w->list[n] = w->headers[n];
  }
  for (size_t i = 0; i < extra->count; i++) {
    w->list[n++] = extra->items[i];
  }
  w->list[n] = NULL;
  return len > 0 && (size_t)len < sizeof(w->url);
}

static int refuse_connection(ew_err err, int status, const ew_diag *diag, const ew_buf *body) {
  ew__complain("connect", "%s: %s%s", ew_err_text(err), diag->found, ew__status_hint(diag->found));
  if (status != 0 && body->len != 0) {
    ew__write_safely(stderr, ew__without_line_end(ew_buf_str(body)));
    fputc('\n', stderr);
  }
  return ew__exit_of(err);
}

static int reach(talker *t, const char *url, ew__subscriber_args *args, ew_subscriber *subscriber,
                 way *w) {
  ew_request request;
  ew_diag diag;
  char body_block[65536];
  ew_buf body;
  memset(&diag, 0, sizeof(diag));
  ew_err err = ew_subscriber_connect(subscriber, ew_str_of(url + origin_length(url)), &request);
  for (int step = 0; err == EW_OK && step < MAX_STEPS; step++) {
    int status = 0;
    ew_tls_options tls = ew__tls_options(args);
    ew_buf_init(&body, body_block, sizeof(body_block));
    if (!lay_way(w, url, &request, &args->headers)) {
      ew__complain("connect", "the URL is too long");
      return EW__EXIT_USAGE;
    }
    if (request.upgrade) {
      ew_socket_options options = {.url = w->url, .headers = w->list, .tls = tls};
      err = ew_socket_connect(&t->socket, &options, &status, &body, &diag);
      return err == EW_OK ? EW__EXIT_OK : refuse_connection(err, status, &diag, &body);
    }
    err = ew_http_call(request.method, w->url, w->list, EW_STR(""), &tls, 0, &status, &body, &diag);
    if (err == EW_OK) {
      err = ew_subscriber_answer(subscriber, status, ew_buf_str(&body), &request, &diag);
    }
  }
  ew_buf_init(&body, body_block, 0);
  return refuse_connection(err == EW_OK ? EW_ERR_INTERNAL : err, 0, &diag, &body);
}

static int run(talker *t, const char *url, ew__subscriber_args *args,
               const ew_subscriber_options *options, uint32_t wait_ms) {
  ew_subscriber_host host = {.send = ignore_send, .event = ignore_event};
  ew_subscriber *subscriber = NULL;
  way *w = (way *)calloc(1, sizeof(*w));
  t->line = (char *)malloc(LINE_MAX_BYTES);
  int code = EW__EXIT_INTERNAL;
  ew_err err =
      w == NULL || t->line == NULL ? EW_ERR_NOMEM : ew_subscriber_new(&subscriber, options, &host);
  if (err != EW_OK) {
    ew__complain("connect", "%s", ew_err_text(err));
    code = ew__exit_of(err);
  } else {
    code = reach(t, url, args, subscriber, w);
  }
  if (code == EW__EXIT_OK) {
    /* from here on there is a connection to close; before, a signal just ends the program */
    ew__signals(on_signal);
    note(t, EW__DIM, "connected", "");
    err = talk(t, wait_ms);
    ew_socket_close(t->socket, EW_CLOSE_NORMAL, 1000);
    code = err == EW_ERR_CLOSED ? EW__EXIT_OK : ew__exit_of(err);
  }
  if (code == EW__EXIT_OK && interrupted) {
    code = EW__EXIT_INTERRUPTED;
  }
  if (code == EW__EXIT_OK && t->unwritable) {
    code = EW__EXIT_USAGE;
  }
  if (code == EW__EXIT_OK && t->refused != 0) {
    code = EW__EXIT_INVALID;
  }
  ew_socket_free(t->socket);
  ew_subscriber_free(subscriber);
  free(t->line);
  free(w);
  return code;
}

static const char details[] =
    "Type one message a line. A line that the protocol does not allow is explained and not sent; ! before it sends it\n"
    "all the same. Every answer is named and checked. Steps before the socket (Octave's session) are done for you.\n"
    "Exit code 1 when a line was not sent.\n\n"
    "example:\n"
    "  ew connect ws://127.0.0.1:5000/ws -p firefly\n"
    "  {\"type\":\"start\",\"namespace\":\"ns1\",\"name\":\"app1\",\"autoack\":false}\n";

int ew__connect(int argc, char **argv) {
  ew__subscriber_args args = {.profile = EW_LENIENT};
  talker t = {.refused = 0};
  uint32_t wait_ms = 1000;
  int format = EW__AUTO, color = 0;
  const ew__option options[] = {
      {"no-check", '\0', EW__FLAG, &t.unchecked, NULL, "send every line as it is", NULL, 0, 0},
      {"wait", 'W', EW__TIME, &wait_ms, "TIME", "after the end of the input, wait so long for answers (1s)", NULL, 0, 0},
      {"output", 'o', EW__CHOICE, &format, "FORMAT", "auto, pretty or raw", ew__format_names, 0, 0},
      {"color", '\0', EW__CHOICE, &color, "WHEN", "auto, always or never", ew__color_names, 0, 0},
      {"quiet", 'q', EW__FLAG, &t.quiet, NULL, "answers and refusals only", NULL, 0, 0},
      EW__SUBSCRIBER_OPTIONS(args),
  };
  const ew__command command = {
      "connect", "URL",   "Talk to a server by hand; lines are checked, answers explained.",
      details,   options, sizeof(options) / sizeof(options[0])};
  int first = 0;
  int code = ew__options_parse(&command, argc, argv, &first);
  if (code != -1) {
    return code;
  }
  if (argc - first != 1) {
    ew__complain("connect", "takes one URL; see ew connect --help");
    return EW__EXIT_USAGE;
  }
  ew_subscriber_options subscriber;
  code = ew__subscriber_options("connect", &args, &subscriber);
  if (code != 0) {
    return code;
  }
  if (!ew__subscriber_complete("connect", argv[first], &args, false)) {
    return EW__EXIT_USAGE;
  }
  t.document = ew_protocol_find(args.protocol);
  ew__output_init(&t.out, stdout, format, color);
  ew__output_init(&t.notes, stderr, format, color);
  return run(&t, argv[first], &args, &subscriber, wait_ms);
}
