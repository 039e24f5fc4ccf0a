/* An event whose append was reported done survives kill -9 at any moment, in order and without gaps. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log_support.h"

#define CYCLES 40
#define MAX_ACKS_OF_A_CYCLE 700u
#define STREAMS 3u

/* What the child says through the pipe, after the fact: smaller than PIPE_BUF, so never torn. */
typedef struct report {
  uint64_t token; /* the number in the event */
  uint64_t sequence;
} report;

static void say_acknowledged(void *ctx, uint64_t token, ew_err err, uint64_t sequence) {
  report r = {token, sequence};
  if (err != EW_OK || write(*(int *)ctx, &r, sizeof(r)) != (ssize_t)sizeof(r)) {
    _exit(3);
  }
}

static ew_str stream_of(uint64_t number) {
  static const char *const names[STREAMS] = {"a", "b", "c"};
  return ew_str_of(names[number % STREAMS]);
}

/* Appends numbered events until it is killed. */
static void run_child(const char *path, uint64_t number, int fd) {
  ew_log *log;
  if (ew_log_open(&log, &(ew_log_options){.path = path, .group_max_events = 16, .group_max_ms = 1}, NULL) != EW_OK) {
    _exit(2);
  }
  for (;; number++) {
    char event[64];
    int len = snprintf(event, sizeof(event), "{\"number\":%llu}", (unsigned long long)number);
    ew_err err = EW_ERR_QUEUE_FULL;
    while (err == EW_ERR_QUEUE_FULL) {
      err = ew_log_append(log, stream_of(number), ew_str_from(event, (size_t)len), say_acknowledged, &fd, number);
    }
    if (err != EW_OK || (number % 7 == 0 && ew_log_commit(log, EW_STR("cursor"), number) != EW_OK)) {
      _exit(4);
    }
  }
}

/* The acknowledged numbers of one stream by sequence. */
typedef struct acknowledged {
  uint64_t numbers[CYCLES * 20000];
  uint64_t last;
} acknowledged;

typedef struct world {
  log_folder folder;
  acknowledged streams[STREAMS];
  uint64_t next; /* number not used yet */
} world;

static void note(world *w, const report *r) {
  acknowledged *stream = &w->streams[r->token % STREAMS];
  assert_in_range(r->sequence, 1, sizeof(stream->numbers) / sizeof(stream->numbers[0]) - 1);
  assert_true(r->sequence > stream->last);
  stream->numbers[r->sequence] = r->token;
  stream->last = r->sequence;
}

/* Kills the child after so many reports, then takes what was still in the pipe: that too was said. */
static void run_cycle(world *w, unsigned kill_after) {
  int fds[2];
  assert_int_equal(pipe(fds), 0);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    close(fds[0]);
    run_child(w->folder.file, w->next, fds[1]);
  }
  close(fds[1]);
  report r;
  for (unsigned count = 0; read(fds[0], &r, sizeof(r)) == (ssize_t)sizeof(r); count++) {
    note(w, &r);
    if (count == kill_after) {
      kill(child, SIGKILL);
    }
  }
  close(fds[0]);
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Every acknowledged event is in its place; what was written but not acknowledged may follow, in order. */
static void check_stream(world *w, ew_log *log, uint64_t index) {
  acknowledged *stream = &w->streams[index];
  uint64_t sequence = 0, before = 0;
  for (;;) {
    read_result page = read_some(log, stream_of(index), sequence, 1000);
    assert_int_equal(page.err, EW_OK);
    char *at = page.bytes;
    for (size_t i = 0; i < page.count; i++) {
      unsigned long long number;
      assert_int_equal(sscanf(at, "{\"number\":%llu}", &number), 1);
      at = strchr(at, '\n') + 1;
      sequence++;
      assert_true(sequence == 1 || number > before);
      assert_int_equal(number % STREAMS, index);
      if (sequence <= stream->last && stream->numbers[sequence] != 0) {
        assert_int_equal(number, stream->numbers[sequence]);
      }
      before = number;
      w->next = number >= w->next ? number + 1 : w->next;
    }
    free(page.bytes);
    if (page.count == 0) {
      break;
    }
  }
  assert_true(sequence >= stream->last);
  stream->last = sequence;
}

static void nothing_acknowledged_is_lost_when_the_process_is_killed(void **state) {
  world *w = *state;
  uint64_t total = 0;
  srand(20240229);
  for (int cycle = 0; cycle < CYCLES; cycle++) {
    run_cycle(w, (unsigned)rand() % MAX_ACKS_OF_A_CYCLE);
    ew_log *log;
    assert_int_equal(ew_log_open(&log, &(ew_log_options){.path = w->folder.file}, NULL), EW_OK);
    for (uint64_t i = 0; i < STREAMS; i++) {
      check_stream(w, log, i);
    }
    assert_int_equal(position_of(log, EW_STR("a"), EW_STR("cursor")).err, EW_OK);
    ew_log_close(log);
  }
  for (size_t i = 0; i < STREAMS; i++) {
    total += w->streams[i].last;
  }
  assert_true(total > CYCLES);
}

static int setup(void **state) {
  world *w = calloc(1, sizeof(*w));
  if (w == NULL) {
    return -1;
  }
  w->next = 1;
  make_folder(&w->folder);
  *state = w;
  return 0;
}

static int teardown(void **state) {
  world *w = *state;
  remove_folder(&w->folder);
  free(w);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nothing_acknowledged_is_lost_when_the_process_is_killed, setup, teardown),
  };
  return cmocka_run_group_tests_name("log_kill", tests, NULL, NULL);
}
