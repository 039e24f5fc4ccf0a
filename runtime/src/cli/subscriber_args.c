#include "cli_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ew__profile_names[] = {"strict", "lenient", "compat", NULL};

#define TOKEN_MAX 8192

/* The first line of a file, kept for the life of the process. */
static const char *read_secret(const char *command, const char *path) {
  static char line[TOKEN_MAX];
  FILE *file = fopen(path, "r");
  if (file == NULL || fgets(line, sizeof(line), file) == NULL) {
    ew__complain(command, "%s: cannot read the token", path);
    if (file != NULL) {
      fclose(file);
    }
    return NULL;
  }
  fclose(file);
  line[strcspn(line, "\r\n")] = '\0';
  return line;
}

static void take_environment(const char **value, const char *name) {
  const char *found = getenv(name);
  if (*value == NULL && found != NULL && *found != '\0') {
    *value = found;
  }
}

const char *ew__admin_token(const char *command, const char *given) {
  if (given != NULL) {
    ew__complain(
        command,
        "warning: a secret on the command line is visible to other users; use EW_ADMIN_TOKEN");
  }
  take_environment(&given, "EW_ADMIN_TOKEN");
  return given;
}

int ew__credentials_complete(const char *command, ew__credentials *c) {
  if (c->token != NULL || c->password != NULL) {
    ew__complain(
        command,
        "warning: a secret on the command line is visible to other users; use EW_TOKEN, EW_PASSWORD or --token-file");
  }
  if (c->token_file != NULL && c->token == NULL) {
    c->token = read_secret(command, c->token_file);
    if (c->token == NULL) {
      return EW__EXIT_USAGE;
    }
  }
  take_environment(&c->user, "EW_USER");
  take_environment(&c->password, "EW_PASSWORD");
  take_environment(&c->token, "EW_TOKEN");
  return 0;
}

static void complain_protocol(const char *command, const char *name) {
  char list[128] = "";
  size_t used = 0;
  for (const char *const *names = ew_protocol_names(); *names != NULL && used < sizeof(list);
       names++) {
    used +=
        (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used == 0 ? "" : ", ", *names);
  }
  if (name == NULL) {
    ew__complain(command, "which protocol? --protocol takes one of %s", list);
  } else {
    ew__complain(command, "unknown protocol '%s'; known are %s", name, list);
  }
}

/* The path of a URL without its query, "" for none. */
static ew_str path_of(const char *url) {
  const char *host = strstr(url, "://");
  const char *path = host == NULL ? url + strlen(url) : host + 3;
  path += strcspn(path, "/?#");
  return ew_str_from(path, strcspn(path, "?#"));
}

typedef struct need {
  const char *protocol;
  bool met;
  const char *option;
} need;

/* A URL with a path of its own takes the place of what the path would be made of. */
bool ew__subscriber_complete(const char *command, const char *url, const ew__subscriber_args *a,
                             bool listening) {
  ew_str path = path_of(url);
  bool has_session = path.len >= 3 && memcmp(path.ptr + path.len - 3, "/ws", 3) == 0;
  const need needs[] = {
      {"baas", a->network != NULL || path.len > 1, "--network"},
      {"octave", a->company != NULL || has_session, "--company"},
      {"octave", a->credentials.token != NULL || has_session, "a token: EW_TOKEN or --token-file"},
      {"octave", a->streams.count != 0 || !listening, "--stream"},
  };
  if (!ew__url_check(command, "the argument", url, false)) {
    return false;
  }
  for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
    if (!needs[i].met && strcmp(needs[i].protocol, a->protocol) == 0) {
      ew__complain(command, "%s needs %s", a->protocol, needs[i].option);
      return false;
    }
  }
  return true;
}

int ew__subscriber_options(const char *command, ew__subscriber_args *args,
                           ew_subscriber_options *out) {
  static ew_str streams[EW__LIST_MAX];
  if (args->protocol == NULL || ew_protocol_find(args->protocol) == NULL) {
    complain_protocol(command, args->protocol);
    return EW__EXIT_USAGE;
  }
  int code = ew__credentials_complete(command, &args->credentials);
  if (code != 0) {
    return code;
  }
  for (size_t i = 0; i < args->streams.count; i++) {
    streams[i] = ew_str_of(args->streams.items[i]);
  }
  *out = (ew_subscriber_options){
      .protocol = args->protocol,
      .profile = (ew_profile)args->profile,
      .ack = (ew_ack_mode)args->ack,
      .user = ew_str_of(args->credentials.user),
      .password = ew_str_of(args->credentials.password),
      .token = ew_str_of(args->credentials.token),
      .company = ew_str_of(args->company),
      .namespace_ = ew_str_of(args->namespace_),
      .name = ew_str_of(args->subscription),
      .from = ew_str_of(args->from),
      .batch = args->batch,
      .read_ahead = args->read_ahead,
      .topic = ew_str_of(args->topic),
      .replies = args->replies,
      .network = ew_str_of(args->network),
      .sources = ew_str_of(args->sources),
      .streams = streams,
      .stream_count = args->streams.count,
  };
  return 0;
}

ew_tls_options ew__tls_options(const ew__subscriber_args *args) {
  return (ew_tls_options){args->ca_file, args->certificate, args->key, args->insecure};
}
