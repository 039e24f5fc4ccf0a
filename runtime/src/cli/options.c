#include "cli_internal.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

ew__describe ew__describing = EW__RUN;

#define MAX_OPTIONS 64

/* Long options without a letter get numbers above every letter. */
enum { FIRST_LONG = 256, HELP = 'h' };

/* ------------------------------------------------------------------------------------------------- help */

static void print_option(const ew__option *option) {
  char left[64];
  char letter[8] = "    ";
  if (option->letter != '\0') {
    snprintf(letter, sizeof(letter), "-%c, ", option->letter);
  }
  snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name, option->value != NULL ? " " : "",
           option->value != NULL ? option->value : "");
  printf("  %-28s %s\n", left, option->help);
}

static void print_help(const ew__command *command) {
  printf("usage: ew %s [OPTION]...%s%s\n\n%s\n\n", command->name,
         *command->arguments != '\0' ? " " : "", command->arguments, command->summary);
  for (size_t i = 0; i < command->option_count; i++) {
    const ew__option *option = &command->options[i];
    if (option->kind == EW__HEADING) {
      printf("\n%s:\n", option->help);
    } else {
      print_option(option);
    }
  }
  printf("  %-28s %s\n", "-h, --help", "print this text");
  if (command->details != NULL) {
    printf("\n%s", command->details);
  }
}

/* roff: a backslash, and a dot or quote at the start of a line, would be commands. */
static void print_roff(const char *text) {
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\\') {
      fputs("\\e", stdout);
    } else if (*p == '-') {
      fputs("\\-", stdout);
    } else {
      if ((*p == '.' || *p == '\'') && (p == text || p[-1] == '\n')) {
        fputs("\\&", stdout);
      }
      putchar(*p);
    }
  }
}

static void print_man(const ew__command *command) {
  printf(".SS ew %s\n.B ew %s\n[\\fIOPTION\\fR]... ", command->name, command->name);
  print_roff(command->arguments);
  printf("\n.PP\n");
  print_roff(command->summary);
  printf("\n");
  for (size_t i = 0; i < command->option_count; i++) {
    const ew__option *option = &command->options[i];
    if (option->kind == EW__HEADING) {
      printf(".PP\n.I %s\n", option->help);
      continue;
    }
    printf(".TP\n.B ");
    if (option->letter != '\0') {
      printf("\\-%c, ", option->letter);
    }
    printf("\\-\\-");
    print_roff(option->name);
    if (option->value != NULL) {
      printf(" \\fI");
      print_roff(option->value);
      printf("\\fR");
    }
    printf("\n");
    print_roff(option->help);
    printf("\n");
  }
  if (command->details != NULL) {
    printf(".PP\n.nf\n");
    print_roff(command->details);
    printf(".fi\n");
  }
}

/* ------------------------------------------------------------------------------------------------ values */

static bool scan_number(const char *text, unsigned long *out, const char **rest) {
  char *end = NULL;
  if (*text < '0' || *text > '9') {
    return false;
  }
  errno = 0;
  *out = strtoul(text, &end, 10);
  *rest = end;
  return errno == 0;
}

/* number times the factor of a unit; the unit of an empty suffix is units[0]. */
static bool scan_scaled(const char *text, const char *const *units, const uint32_t *factors,
                        size_t count, uint32_t *out) {
  unsigned long number = 0;
  const char *rest = text;
  if (!scan_number(text, &number, &rest)) {
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    if (strcmp(rest, units[i]) == 0) {
      if (number > UINT32_MAX / factors[i]) {
        return false;
      }
      *out = (uint32_t)number * factors[i];
      return true;
    }
  }
  return false;
}

static bool set_time(uint32_t *out, const char *text) {
  static const char *const units[] = {"", "ms", "s", "m", "h"};
  static const uint32_t factors[] = {1000, 1, 1000, 60000, 3600000};
  return scan_scaled(text, units, factors, 5, out);
}

static bool set_size(uint32_t *out, const char *text) {
  static const char *const units[] = {"", "KiB", "MiB", "k", "M"};
  static const uint32_t factors[] = {1, 1024, 1024 * 1024, 1024, 1024 * 1024};
  return scan_scaled(text, units, factors, 5, out);
}

static bool set_number(const ew__option *option, const char *text) {
  unsigned long number = 0;
  const char *rest = text;
  bool bounded = option->minimum != 0 || option->maximum != 0;
  if (!scan_number(text, &number, &rest) || *rest != '\0' || number > UINT32_MAX ||
      (bounded && (number < option->minimum || number > option->maximum))) {
    return false;
  }
  *(uint32_t *)option->target = (uint32_t)number;
  return true;
}

static bool set_choice(const ew__option *option, const char *text) {
  for (int i = 0; option->choices[i] != NULL; i++) {
    if (strcmp(option->choices[i], text) == 0) {
      *(int *)option->target = i;
      return true;
    }
  }
  return false;
}

static bool append(ew__list *list, const char *text) {
  if (list->count == EW__LIST_MAX) {
    return false;
  }
  list->items[list->count++] = text;
  list->items[list->count] = NULL;
  return true;
}

static bool set_option(const ew__option *option, const char *value) {
  switch (option->kind) {
  case EW__FLAG:
    *(bool *)option->target = true;
    return true;
  case EW__TEXT:
    *(const char **)option->target = value;
    return true;
  case EW__NUMBER:
    return set_number(option, value);
  case EW__TIME:
    return set_time((uint32_t *)option->target, value);
  case EW__SIZE:
    return set_size((uint32_t *)option->target, value);
  case EW__LIST:
    return append((ew__list *)option->target, value);
  case EW__CHOICE:
    return set_choice(option, value);
  case EW__HEADING:
    return true;
  }
  return false;
}

static void print_expected(const ew__option *option) {
  switch (option->kind) {
  case EW__NUMBER:
    fprintf(stderr, "a whole number");
    if (option->minimum != 0 || option->maximum != 0) {
      fprintf(stderr, " from %u to %u", option->minimum, option->maximum);
    }
    break;
  case EW__TIME:
    fprintf(stderr, "a time such as 500ms, 5s or 2m");
    break;
  case EW__SIZE:
    fprintf(stderr, "a size such as 4096, 64KiB or 1MiB");
    break;
  case EW__CHOICE:
    fprintf(stderr, "one of");
    for (int i = 0; option->choices[i] != NULL; i++) {
      fprintf(stderr, "%s %s", i == 0 ? "" : ",", option->choices[i]);
    }
    break;
  case EW__LIST:
    fprintf(stderr, "at most %d of them", EW__LIST_MAX);
    break;
  case EW__FLAG:
  case EW__TEXT:
  case EW__HEADING:
    break;
  }
}

/* ------------------------------------------------------------------------------------------------- parse */

typedef struct parser {
  struct option longs[MAX_OPTIONS + 2];
  int index[MAX_OPTIONS + 1]; /* of longs -> of the command's options */
  char letters[2 * MAX_OPTIONS + 4];
} parser;

static void add_letter(char **end, char letter, bool has_value) {
  *(*end)++ = letter;
  if (has_value) {
    *(*end)++ = ':';
  }
}

static void build(parser *p, const ew__command *command) {
  char *letters = p->letters;
  size_t n = 0;
  *letters++ = ':'; /* so that getopt tells a missing value from an unknown option */
  for (size_t i = 0; i < command->option_count; i++) {
    const ew__option *option = &command->options[i];
    if (option->kind == EW__HEADING) {
      continue;
    }
    bool has_value = option->kind != EW__FLAG;
    p->index[n] = (int)i;
    p->longs[n] = (struct option){option->name, has_value ? required_argument : no_argument, NULL,
                                  FIRST_LONG + (int)n};
    if (option->letter != '\0') {
      add_letter(&letters, option->letter, has_value);
    }
    n++;
  }
  p->longs[n++] = (struct option){"help", no_argument, NULL, HELP};
  add_letter(&letters, HELP, false);
  *letters = '\0';
}

static const ew__option *find_option(const parser *p, const ew__command *command, int got) {
  if (got >= FIRST_LONG) {
    return &command->options[p->index[got - FIRST_LONG]];
  }
  for (size_t i = 0; i < command->option_count; i++) {
    if (command->options[i].letter == (char)got && command->options[i].kind != EW__HEADING) {
      return &command->options[i];
    }
  }
  return NULL;
}

static int refuse_option(const ew__command *command, const char *what, const char *option) {
  ew__complain(command->name, "%s %s; see ew %s --help", what, option, command->name);
  return EW__EXIT_USAGE;
}

static int take_option(const parser *p, const ew__command *command, int got) {
  const ew__option *option = find_option(p, command, got);
  if (option == NULL) {
    return EW__EXIT_INTERNAL;
  }
  if (set_option(option, optarg)) {
    return -1;
  }
  fprintf(stderr, "ew %s: --%s takes ", command->name, option->name);
  print_expected(option);
  fprintf(stderr, ", not '%s'\n", optarg);
  return EW__EXIT_USAGE;
}

int ew__options_parse(const ew__command *command, int argc, char **argv, int *first) {
  if (ew__describing == EW__DESCRIBE_MAN) {
    print_man(command);
    return EW__EXIT_OK;
  }
  parser p;
  memset(&p, 0, sizeof(p));
  build(&p, command);
  opterr = 0;
  optind = 1;
  for (;;) {
    int got = getopt_long(argc, argv, p.letters, p.longs, NULL);
    if (got == -1) {
      *first = optind;
      return -1;
    }
    if (got == HELP) {
      print_help(command);
      return EW__EXIT_OK;
    }
    if (got == '?' || got == ':') {
      /* one of several behind a dash: argv does not tell which */
      char letter[] = {'-', (char)optopt, '\0'};
      bool is_letter = optopt > ' ' && optopt < FIRST_LONG;
      return refuse_option(command,
                           got == ':' ? "a value is missing after" : "unknown or ambiguous option",
                           is_letter ? letter : argv[optind - 1]);
    }
    int code = take_option(&p, command, got);
    if (code != -1) {
      return code;
    }
  }
}
