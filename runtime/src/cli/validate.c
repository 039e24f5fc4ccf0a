#include "cli_internal.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_START ((size_t)64 * 1024)
#define ARENA_MAX ((size_t)2048 * 1024 * 1024)

typedef struct checker {
  ew__output out;
  const ew_document *document;
  const ew_message *message; /* NULL: any of the document */
  ew_message any;            /* of one direction, as its union has it; no type: of both */
  unsigned directions;
  ew_decode_options decode;
  bool by_line;
  bool quiet;
  bool check_rules;
  uint64_t accepted, refused, warnings;
} checker;

/* ------------------------------------------------------------------------------------------- one message */

/* What a text stands for, and thrice that where bad bytes are replaced. */
ew_err ew__validate_message(const ew_decode_options *options, const ew_message *message,
                            ew_str json, ew_diag *diag) {
  ew_err err = ew_type_validate(message->type, json, options, diag);
  if (err != EW_ERR_ARENA_FULL) {
    return err;
  }
  char *block = (char *)malloc((size_t)json.len * 3);
  if (block == NULL) {
    return err;
  }
  ew_arena scratch;
  ew_arena_init(&scratch, block, (size_t)json.len * 3);
  ew_decode_options opts = *options;
  opts.scratch = &scratch;
  err = ew_type_validate(message->type, json, &opts, diag);
  free(block);
  return err;
}

/*
 * Decodes, so that the rules across members can be checked; the arena grows until the message fits.
 */
static ew_err check_message(const void *ctx, const ew_message *message, ew_str json,
                            ew_diag *diag) {
  const checker *c = (const checker *)ctx;
  ew_err err = ew__validate_message(&c->decode, message, json, diag);
  if (err != EW_OK || !c->check_rules) {
    return err;
  }
  void *value = calloc(1, message->type->size + 1);
  char *block = NULL;
  err = EW_ERR_NOMEM;
  for (size_t size = ARENA_START + (size_t)json.len * 4; value != NULL && size <= ARENA_MAX;
       size *= 2) {
    free(block);
    block = (char *)malloc(size);
    if (block == NULL) {
      break;
    }
    ew_arena arena;
    ew_arena_init(&arena, block, size);
    err = ew_type_decode(message->type, json, &arena, &c->decode, value, diag);
    if (err != EW_ERR_ARENA_FULL) {
      break;
    }
  }
  if (err == EW_OK) {
    err = ew_protocol_check(c->document, message, value, diag);
  }
  free(block);
  free(value);
  return err;
}

/*
 * Without a type: a message of the socket. Bodies over HTTP would take almost any object. Of one
 * direction, what tells its messages apart says what is wrong.
 */
static ew_err check_any(const checker *c, ew_str json, const ew_message **found, ew_diag *diag) {
  ew_err err = c->any.type == NULL ? EW_OK : ew__validate_message(&c->decode, &c->any, json, diag);
  if (err != EW_OK) {
    *found = &c->any;
    return err;
  }
  return ew__recognise(c->document, c->directions, check_message, c, json, found, diag);
}

/* What is no JSON is no message at all. */
static bool is_of_schema(ew_err err) { return err <= EW_ERR_TYPE && err > EW_ERR_ARENA_FULL; }

static void print_verdict(checker *c, const char *path, uint64_t line, const ew_message *message,
                          ew_err err, const ew_diag *diag) {
  FILE *to = c->out.to;
  if (c->out.format == EW__PRETTY) {
    if (err == EW_OK && c->quiet) {
      return;
    }
    char text[768];
    ew_diag_format(diag, text, sizeof(text));
    fprintf(to, "%s:", path);
    if (err == EW_OK) {
      if (c->by_line) {
        fprintf(to, "%llu:", (unsigned long long)line);
      }
      fprintf(to, " %sok%s %s\n", ew__style(&c->out, EW__GREEN), ew__style(&c->out, EW__RESET),
              message->name);
    } else {
      bool guessed = message != c->message && message != &c->any && is_of_schema(err);
      fprintf(to, "%s%s%s%s\n", text, guessed ? " (as " : "", guessed ? message->name : "",
              guessed ? ")" : "");
    }
    return;
  }
  fputs("{\"file\":", to);
  ew__write_json_string(to, ew_str_of(path));
  if (c->by_line) {
    fprintf(to, ",\"record\":%llu", (unsigned long long)line);
  }
  fprintf(to, ",\"ok\":%s,\"message\":", err == EW_OK ? "true" : "false");
  ew__write_json_string(to, ew_str_of(message->name));
  if (err != EW_OK) {
    fprintf(to, ",\"error\":\"%s\",\"text\":", ew_err_name(err));
    ew__write_json_string(to, ew_str_of(ew_err_text(err)));
    fprintf(to, ",\"offset\":%zu,\"line\":%u,\"column\":%u,\"pointer\":", diag->offset, diag->line,
            diag->column);
    ew__write_json_string(to, ew_str_of(diag->pointer));
    fputs(",\"schema\":", to);
    ew__write_json_string(to, ew_str_of(diag->schema));
    fputs(",\"expected\":", to);
    ew__write_json_string(to, ew_str_of(diag->expected));
    fputs(",\"found\":", to);
    ew__write_json_string(to, ew_str_of(diag->found));
  }
  fputs("}\n", to);
}

typedef struct warning_ctx {
  checker *c;
  const char *path;
} warning_ctx;

static void warn_deprecated(void *ctx, const char *pointer, const ew_member *member) {
  warning_ctx *w = (warning_ctx *)ctx;
  (void)member;
  w->c->warnings++;
  if (!w->c->quiet) {
    fprintf(stderr, "%s: warning: %s is deprecated\n", w->path, pointer);
  }
}

static void check_one(checker *c, const char *path, uint64_t line, ew_str json) {
  ew_diag diag;
  memset(&diag, 0, sizeof(diag));
  diag.expected = "";
  const ew_message *message = c->message;
  ew_err err = message != NULL ? check_message(c, message, json, &diag)
                               : check_any(c, json, &message, &diag);
  if (err == EW_OK) {
    c->accepted++;
  } else {
    c->refused++;
  }
  if (c->by_line && c->out.format == EW__PRETTY) {
    diag.line = (uint32_t)line; /* of the file: FILE:LINE:COLUMN, as editors read it */
  }
  print_verdict(c, path, line, message, err, &diag);
  if (err == EW_OK) {
    warning_ctx w = {c, path};
    ew_type_deprecated(message->type, json, warn_deprecated, &w);
  }
}

/* ------------------------------------------------------------------------------------------------- files */

static void check_lines(checker *c, const char *path, const char *text, size_t size) {
  uint64_t number = 0;
  const char *end = text + size;
  for (const char *p = text; p < end;) {
    const char *newline = (const char *)memchr(p, '\n', (size_t)(end - p));
    const char *stop = newline == NULL ? end : newline;
    number++;
    if (stop != p) {
      check_one(c, path, number, ew_str_from(p, (size_t)(stop - p)));
    }
    p = stop + 1;
  }
}

static bool is_line_file(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot != NULL && (strcmp(dot, ".ndjson") == 0 || strcmp(dot, ".jsonl") == 0);
}

static int check_file(checker *c, const char *path, bool lines) {
  size_t size = 0;
  char *text = ew__file_read("validate", path, EW__FILE_MAX, &size);
  if (text == NULL) {
    return EW__EXIT_USAGE;
  }
  const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
  c->by_line = lines || is_line_file(path);
  if (c->by_line) {
    check_lines(c, shown, text, size);
  } else {
    check_one(c, shown, 1, ew_str_from(text, size));
  }
  free(text);
  return EW__EXIT_OK;
}

static int list_messages(const ew_document *document) {
  for (uint32_t i = 0; i < document->message_count; i++) {
    const ew_message *m = &document->messages[i];
    printf("%-24s %s%s%s  %s\n", m->name, (m->directions & EW_TO_SERVER) != 0 ? "to server" : "",
           (m->directions & EW_TO_CLIENT) != 0 ? "to client" : "",
           (m->directions & EW_OVER_HTTP) != 0 ? "over HTTP" : "", m->summary);
  }
  return EW__EXIT_OK;
}

static const ew_document *find_document(const char *name) {
  const ew_document *document = name == NULL ? NULL : ew_protocol_find(name);
  if (document == NULL) {
    ew__complain("validate",
                 name == NULL ? "which protocol? --protocol takes firefly, kaleido, baas or octave"
                              : "unknown protocol '%s'; known are firefly, kaleido, baas, octave (a document of your own: "
                                "ewgen validate)",
                 name);
  }
  return document;
}

static const char *const direction_names[] = {"both", "to-server", "to-client", NULL};

/* False: no message goes there. */
static bool choose_direction(checker *c, int direction) {
  c->directions = direction == 0 ? EW_TO_SERVER | EW_TO_CLIENT
                                 : direction == 1 ? EW_TO_SERVER : EW_TO_CLIENT;
  if (direction != 0) {
    c->any.name = direction_names[direction];
    c->any.type = direction == 1 ? c->document->to_server : c->document->to_client;
  }
  return direction == 0 || c->any.type != NULL;
}

static const char details[] =
    "A file holds one message, or one a line with --lines or when its name ends in .ndjson or .jsonl. Without --type\n"
    "any message of the socket will do; bodies over HTTP want their type. Exit code 1 when a message is refused. `-` is\n"
    "standard input. Messages of a document of your own: ewgen validate DOC FILE...\n\n"
    "examples:\n"
    "  ew validate -p firefly --type start start.json\n"
    "  ew validate -p kaleido --lines - < recorded.txt\n"
    "  ew validate -p baas --list\n";

int ew__validate(int argc, char **argv) {
  checker c = {.check_rules = true};
  const char *protocol = NULL, *type = NULL;
  int profile = EW_STRICT, format = EW__PRETTY, color = 0, direction = 0;
  bool lines = false, list = false, no_rules = false;
  const ew__option options[] = {
      {"protocol", 'p', EW__TEXT, &protocol, "NAME", "firefly, kaleido, baas or octave", NULL, 0, 0},
      {"type", 't', EW__TEXT, &type, "MESSAGE", "the message it must be; --list names them", NULL, 0, 0},
      {"direction", '\0', EW__CHOICE, &direction, "WAY", "without a type: to-server, to-client or both (default)", direction_names, 0, 0},
      {"list", '\0', EW__FLAG, &list, NULL, "list the messages of the protocol", NULL, 0, 0},
      {"profile", '\0', EW__CHOICE, &profile, "NAME", "strict (default), lenient or compat", ew__profile_names, 0, 0},
      {"no-rules", '\0', EW__FLAG, &no_rules, NULL, "check the schema only, not the rules across members", NULL, 0, 0},
      {"lines", 'l', EW__FLAG, &lines, NULL, "one message a line", NULL, 0, 0},
      {"max-message", '\0', EW__SIZE, &c.decode.limits.max_bytes, "SIZE", "refuse larger messages", NULL, 0, 0},
      {"max-depth", '\0', EW__NUMBER, &c.decode.limits.max_depth, "N", "refuse deeper nesting", NULL, 1, 1024},
      {"max-items", '\0', EW__NUMBER, &c.decode.limits.max_items, "N", "refuse longer lists", NULL, 1, UINT32_MAX},
      {"max-string", '\0', EW__SIZE, &c.decode.limits.max_string_bytes, "SIZE", "refuse longer strings", NULL, 0, 0},
      {"output", 'o', EW__CHOICE, &format, "FORMAT", "pretty (default) or ndjson", ew__report_names, 0, 0},
      {"color", '\0', EW__CHOICE, &color, "WHEN", "auto, always or never", ew__color_names, 0, 0},
      {"quiet", 'q', EW__FLAG, &c.quiet, NULL, "print refusals only", NULL, 0, 0},
  };
  const ew__command command = {
      "validate", "FILE...", "Check messages against the schema of a protocol.",
      details,    options,   sizeof(options) / sizeof(options[0])};
  int first = 0;
  int code = ew__options_parse(&command, argc, argv, &first);
  if (code != -1) {
    return code;
  }
  c.document = find_document(protocol);
  if (c.document == NULL) {
    return EW__EXIT_USAGE;
  }
  if (list) {
    return list_messages(c.document);
  }
  if (type != NULL) {
    c.message = ew_document_find(c.document, ew_str_of(type));
    if (c.message == NULL) {
      ew__complain("validate", "%s has no message '%s'; see ew validate -p %s --list", protocol,
                   type, protocol);
      return EW__EXIT_USAGE;
    }
  }
  if (!choose_direction(&c, direction)) {
    ew__complain("validate", "no message of %s goes %s", protocol, direction_names[direction]);
    return EW__EXIT_USAGE;
  }
  if (first == argc) {
    ew__complain("validate", "takes one or more files; see ew validate --help");
    return EW__EXIT_USAGE;
  }
  c.check_rules = !no_rules;
  c.decode.profile = (ew_profile)profile;
  c.decode.readable_after = 0;
  ew__output_init(&c.out, stdout, format == EW__AUTO ? EW__PRETTY : format, color);
  for (int i = first; i < argc; i++) {
    code = check_file(&c, argv[i], lines);
    if (code != EW__EXIT_OK) {
      return code;
    }
  }
  if (!ew__output_flush(c.out.to)) {
    return EW__EXIT_USAGE;
  }
  return c.refused == 0 ? EW__EXIT_OK : EW__EXIT_INVALID;
}
