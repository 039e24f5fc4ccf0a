#include "cli_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "eventwire/version.h"

typedef struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
} command;

static const command commands[] = {
    {"serve", ew__serve, "serve one or several protocols, with an event log"},
    {"publish", ew__publish, "hand events to a running `ew serve`"},
    {"listen", ew__listen, "receive and acknowledge events"},
    {"connect", ew__connect, "talk to a server by hand, every line checked and every answer explained"},
    {"validate", ew__validate, "check messages against a protocol's schema"},
    {"conform", ew__conform, "run the conformance suite against a server"},
};

static const char exit_codes[] =
    "  0    as expected\n"
    "  1    validation or conformance failed\n"
    "  2    wrong usage, or a file that cannot be used\n"
    "  3    cannot connect, or cannot listen\n"
    "  4    refused: HTTP status, authentication or protocol error\n"
    "  5    timed out\n"
    "  6    the peer broke the protocol\n"
    "  7    nothing selected, or a stale entry in a list\n"
    "  70   internal error\n"
    "  130  interrupted\n";

static void print_usage(FILE *to) {
  fputs("usage: ew COMMAND [OPTION]...\n\n"
        "Event protocols over WebSocket: Hyperledger FireFly, Kaleido event streams, Alibaba Cloud BaaS,\n"
        "Sierra Wireless Octave.\n\ncommands:\n",
        to);
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
  }
  fprintf(to, "  %-10s %s\n", "help",
          "this text; `ew help COMMAND` for one command; `ew help --man` for the manual page");
  fprintf(to, "\nexit codes:\n%s", exit_codes);
}

static int print_man(void) {
  printf(".TH EW 1 \"\" \"eventwire %s\" \"User Commands\"\n.SH NAME\n"
         "ew \\- event protocols over WebSocket: serve, listen, publish, validate, test\n"
         ".SH SYNOPSIS\n.B ew\n.I COMMAND\n[\\fIOPTION\\fR]...\n.SH COMMANDS\n",
         EW_VERSION);
  char name[] = "ew";
  char *argv[] = {name, NULL};
  ew__describing = EW__DESCRIBE_MAN;
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    commands[i].run(1, argv);
  }
  printf(".SH EXIT STATUS\n.nf\n%s.fi\n.SH ENVIRONMENT\n"
         ".B EW_TOKEN, EW_USER, EW_PASSWORD, EW_ADMIN_TOKEN\ncredentials; \n.B NO_COLOR\nswitches colours off.\n",
         exit_codes);
  return EW__EXIT_OK;
}

static const command *find_command(const char *name) {
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    if (strcmp(commands[i].name, name) == 0) {
      return &commands[i];
    }
  }
  return NULL;
}

static int refuse_command(const char *name) {
  fprintf(stderr, "ew: unknown command '%s'; see ew help\n", name);
  return EW__EXIT_USAGE;
}

static int help_of(const char *name) {
  char program[] = "ew", option[] = "--help";
  char *argv[] = {program, option, NULL};
  const command *found = find_command(name);
  return found != NULL ? found->run(2, argv) : refuse_command(name);
}

static int help(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--man") == 0) {
    return print_man();
  }
  if (argc > 1 && argv[1][0] != '-' && strcmp(argv[1], "help") != 0) {
    return help_of(argv[1]);
  }
  print_usage(stdout);
  return EW__EXIT_OK;
}

static int run(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
    return help(argc - 1, argv + 1);
  }
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0 || strcmp(name, "version") == 0) {
    puts("ew " EW_VERSION);
    return EW__EXIT_OK;
  }
  const command *found = find_command(name);
  if (found != NULL) {
    return found->run(argc - 1, argv + 1);
  }
  if (*name != '\0') {
    return refuse_command(name);
  }
  print_usage(stderr);
  return EW__EXIT_USAGE;
}

/*
 * A standard stream that the caller closed would give its number to the next socket. It is opened
 * the wrong way round, so that using it still fails.
 */
static bool occupy_standard_streams(void) {
  static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", modes[fd]) != fd) {
      return false;
    }
  }
  return true;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (!occupy_standard_streams()) {
    return EW__EXIT_INTERNAL;
  }
  int code = run(argc, argv);
  /* Data that did not reach its reader is a failure, however late it is noticed. */
  return code != EW__EXIT_OK || ew__output_flush(stdout) ? code : EW__EXIT_USAGE;
}
