#include "grammar_internal.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match_internal.h"

typedef struct checker {
  const ew__suite *suite;
  ew__vars vars; /* every name that may be used where the check has come to */
  ew__ctext *error;
  ew_err err;
} checker;

typedef enum value_type { TEXT = 1, NUMBER = 2, BOOLEAN = 4, MAP = 8, LIST = 16, NOTHING = 32,
                         ANY = 63 } value_type;

typedef struct key {
  const char *name;
  unsigned types;
  bool required;
  bool (*check)(checker *c, const cJSON *value); /* NULL: the type is enough */
} key;

#define MAX_KEYS 24

static bool check_steps(checker *c, const cJSON *steps);
static bool check_matcher(checker *c, const cJSON *node);

/* ------------------------------------------------------------------------------------------------ helpers */

static bool refuse(checker *c, const cJSON *node, const char *format, ...) EW__PRINTF(3, 4);

static bool refuse(checker *c, const cJSON *node, const char *format, ...) {
  if (c->err != EW_OK) {
    return false;
  }
  char reason[400];
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof(reason), format, args);
  va_end(args);
  c->err = EW_ERR_SYNTAX;
  ew__ctext_printf(c->error, "%s:%d: %s", c->suite->file, node->valueint, reason);
  return false;
}

static bool out_of_memory(checker *c) {
  c->err = EW_ERR_NOMEM;
  return false;
}

static unsigned type_of(const cJSON *node) {
  if (cJSON_IsString(node)) {
    return TEXT;
  }
  if (cJSON_IsNumber(node)) {
    return NUMBER;
  }
  if (cJSON_IsBool(node)) {
    return BOOLEAN;
  }
  return cJSON_IsObject(node) ? MAP : cJSON_IsArray(node) ? LIST : NOTHING;
}

static bool refuse_type(checker *c, const cJSON *node, unsigned types) {
  static const char *const names[] = {"a string", "a number", "true or false", "a mapping", "a list",
                                      "nothing"};
  char wanted[96] = "";
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    if ((types & 1u << i) != 0) {
      strcat(wanted, wanted[0] == '\0' ? "" : " or ");
      strcat(wanted, names[i]);
    }
  }
  return refuse(c, node, "%s%s%smust be %s, not %s", node->string == NULL ? "" : "\"",
                node->string == NULL ? "this" : node->string,
                node->string == NULL ? " " : "\" ", wanted, ew__tree_type(node));
}

static bool check_type(checker *c, const cJSON *node, unsigned types) {
  return (type_of(node) & types) != 0 || refuse_type(c, node, types);
}

static bool refuse_name(checker *c, const cJSON *node, const char *kind, const char *name,
                        const char *const *known) {
  const char *near = ew__nearest_name(name, known);
  if (near != NULL) {
    return refuse(c, node, "unknown %s \"%s\", did you mean \"%s\"?", kind, name, near);
  }
  char list[256] = "";
  for (; *known != NULL && strlen(list) + strlen(*known) + 3 < sizeof(list); known++) {
    strcat(list, list[0] == '\0' ? "" : ", ");
    strcat(list, *known);
  }
  return refuse(c, node, "unknown %s \"%s\": there is %s", kind, name, list);
}

static const key *find_key(const key *keys, const char *name) {
  for (; keys->name != NULL; keys++) {
    if (strcmp(keys->name, name) == 0) {
      return keys;
    }
  }
  return NULL;
}

static bool refuse_key(checker *c, const cJSON *member, const char *where, const key *keys) {
  const char *names[MAX_KEYS + 1];
  char kind[80];
  size_t count = 0;
  for (; keys->name != NULL && count < MAX_KEYS; keys++) {
    names[count++] = keys->name;
  }
  names[count] = NULL;
  snprintf(kind, sizeof(kind), "key in %s:", where);
  return refuse_name(c, member, kind, member->string, names);
}

/* Members are checked in the order of the file, because later ones may name what earlier ones bind. */
static bool check_map(checker *c, const cJSON *map, const char *where, const key *keys) {
  if (!check_type(c, map, MAP)) {
    return false;
  }
  for (const cJSON *member = map->child; member != NULL; member = member->next) {
    const key *k = find_key(keys, member->string);
    if (k == NULL) {
      return refuse_key(c, member, where, keys);
    }
    if (!check_type(c, member, k->types) || (k->check != NULL && !k->check(c, member))) {
      return false;
    }
  }
  for (; keys->name != NULL; keys++) {
    if (keys->required && ew__tree_get(map, keys->name) == NULL) {
      return refuse(c, map, "%s needs \"%s\"", where, keys->name);
    }
  }
  return true;
}

static bool check_one_verb(checker *c, const cJSON *map, const char *where, const char *const *verbs) {
  int count = 0;
  for (size_t i = 0; verbs[i] != NULL; i++) {
    count += ew__tree_get(map, verbs[i]) != NULL;
  }
  if (count == 1) {
    return true;
  }
  char list[160] = "";
  for (; *verbs != NULL; verbs++) {
    strcat(list, list[0] == '\0' ? "" : ", ");
    strcat(list, *verbs);
  }
  return refuse(c, map, "%s must have exactly one of %s", where, list);
}

static bool learn(checker *c, const char *name) {
  return ew__vars_set_text(&c->vars, name, "1", false) == EW_OK || out_of_memory(c);
}

/* ------------------------------------------------------------------------------------------------ scalars */

/* Every name in the text must be known by now. */
static bool check_text(checker *c, const cJSON *node) {
  if (!cJSON_IsString(node)) {
    return true;
  }
  ew__ctext words = {0};
  cJSON *resolved = ew__vars_resolve(&c->vars, node, &words);
  bool ok = resolved != NULL;
  if (!ok) {
    ok = words.len > 0 ? refuse(c, node, "%s", ew__ctext_str(&words)) : out_of_memory(c);
  }
  cJSON_Delete(resolved);
  ew__ctext_clear(&words);
  return ok;
}

static bool check_texts(checker *c, const cJSON *list) {
  for (const cJSON *item = list->child; item != NULL; item = item->next) {
    if (!check_type(c, item, TEXT) || !check_text(c, item)) {
      return false;
    }
  }
  return true;
}

static bool check_template(checker *c, const cJSON *node) {
  for (const cJSON *child = node->child; child != NULL; child = child->next) {
    if (cJSON_IsObject(node) && child->string[0] == '$') {
      return refuse(c, child, "\"%s\" has no meaning in a value to send", child->string);
    }
    if (!check_template(c, child)) {
      return false;
    }
  }
  return check_text(c, node);
}

static bool check_duration(checker *c, const cJSON *node) {
  uint32_t ms = 0;
  if (strstr(node->valuestring, "${") != NULL) {
    return check_text(c, node);
  }
  return ew__duration_parse(node->valuestring, &ms) ||
         refuse(c, node, "\"%s\" is no duration such as 250ms or 2s", node->valuestring);
}

static bool check_word(checker *c, const cJSON *node, const char *kind, const char *const *words) {
  for (size_t i = 0; words[i] != NULL; i++) {
    if (strcmp(words[i], node->valuestring) == 0) {
      return true;
    }
  }
  return refuse_name(c, node, kind, node->valuestring, words);
}

static bool check_level(checker *c, const cJSON *node) {
  static const char *const levels[] = {"MUST", "SHOULD", "OBSERVED", "HARDENING", "INFO", NULL};
  return check_word(c, node, "level", levels);
}

static bool check_sut(checker *c, const cJSON *node) {
  static const char *const roles[] = {"server", "client", NULL};
  for (const cJSON *role = node->child; role != NULL; role = role->next) {
    if (!check_type(c, role, TEXT) || !check_word(c, role, "role", roles)) {
      return false;
    }
  }
  return true;
}

static bool check_auth(checker *c, const cJSON *node) {
  static const char *const words[] = {"basic", "none", NULL};
  static const key keys[] = {{"user", TEXT, true, check_text}, {"password", TEXT, true, check_text}, {0}};
  return cJSON_IsString(node) ? check_word(c, node, "auth", words) : check_map(c, node, "auth", keys);
}

static bool check_parameter_name(checker *c, const cJSON *node, const char *name) {
  const char *names[64] = {"publish"};
  size_t count = 1;
  for (size_t i = 0; i < c->vars.count && count + 1 < sizeof(names) / sizeof(names[0]); i++) {
    names[count++] = c->vars.items[i].name;
  }
  names[count] = NULL;
  for (size_t i = 0; i < count; i++) {
    if (strcmp(names[i], name) == 0) {
      return true;
    }
  }
  return refuse_name(c, node, "parameter", name, names);
}

static bool check_needs(checker *c, const cJSON *list) {
  for (const cJSON *item = list->child; item != NULL; item = item->next) {
    if (!check_type(c, item, TEXT) || !check_parameter_name(c, item, item->valuestring)) {
      return false;
    }
  }
  return true;
}

static bool check_when(checker *c, const cJSON *map) {
  for (const cJSON *member = map->child; member != NULL; member = member->next) {
    if (!check_parameter_name(c, member, member->string) || !check_type(c, member, TEXT | LIST)) {
      return false;
    }
    if (cJSON_IsArray(member) && !check_texts(c, member)) {
      return false;
    }
  }
  return true;
}

static bool check_headers(checker *c, const cJSON *map) {
  for (const cJSON *header = map->child; header != NULL; header = header->next) {
    if (!check_type(c, header, TEXT) || !check_text(c, header)) {
      return false;
    }
    if (strpbrk(header->string, ":\r\n") != NULL || strpbrk(header->valuestring, "\r\n") != NULL) {
      return refuse(c, header, "a header cannot hold a line break, nor its name a colon");
    }
  }
  return true;
}

/* ----------------------------------------------------------------------------------------------- matchers */

static bool check_regex(checker *c, const cJSON *node) {
  regex_t regex;
  if (!check_type(c, node, TEXT) || !check_text(c, node)) {
    return false;
  }
  int code = regcomp(&regex, node->valuestring, REG_EXTENDED | REG_NOSUB);
  if (code != 0) {
    char reason[128];
    regerror(code, &regex, reason, sizeof(reason));
    return refuse(c, node, "\"%s\" is no regular expression: %s", node->valuestring, reason);
  }
  regfree(&regex);
  return true;
}

static bool check_types(checker *c, const cJSON *node) {
  static const char *const types[] = {"string", "number", "integer", "boolean", "null", "array", "object",
                                      NULL};
  if (cJSON_IsString(node)) {
    return check_word(c, node, "type", types);
  }
  for (const cJSON *item = node->child; item != NULL; item = item->next) {
    if (!check_type(c, item, TEXT) || !check_word(c, item, "type", types)) {
      return false;
    }
  }
  return true;
}

static bool check_bind(checker *c, const cJSON *node) {
  if (!ew__vars_is_name(node->valuestring) || strcmp(node->valuestring, "unique") == 0) {
    return refuse(c, node, "\"%s\" cannot be a name", node->valuestring);
  }
  return learn(c, node->valuestring);
}

static bool check_matchers(checker *c, const cJSON *list) {
  for (const cJSON *item = list->child; item != NULL; item = item->next) {
    if (!check_matcher(c, item)) {
      return false;
    }
  }
  return true;
}

static bool check_schema(checker *c, const cJSON *node) {
  const ew_document *document = c->suite->document;
  if (ew_document_find(document, ew_str_of(node->valuestring)) != NULL) {
    return true;
  }
  const char *names[MAX_KEYS + 1];
  size_t count = 0;
  for (uint32_t i = 0; i < document->message_count && count < MAX_KEYS; i++) {
    names[count++] = document->messages[i].name;
  }
  names[count] = NULL;
  return refuse_name(c, node, "message", node->valuestring, names);
}

static const key matcher_keys[] = {
    {"$eq", ANY, false, check_template},    {"$ne", ANY, false, check_template},
    {"$re", TEXT, false, check_regex},      {"$type", TEXT | LIST, false, check_types},
    {"$any", BOOLEAN, false, NULL},         {"$absent", BOOLEAN, false, NULL},
    {"$len", NUMBER | MAP, false, check_matcher}, {"$min", NUMBER | TEXT, false, check_text},
    {"$max", NUMBER | TEXT, false, check_text},   {"$in", LIST, false, check_template},
    {"$bind", TEXT, false, check_bind},     {"$secret", TEXT, false, check_bind},
    {"$unordered", LIST, false, check_matchers},  {"$exact", MAP, false, check_matcher},
    {"$schema", TEXT, false, check_schema}, {"$not", ANY, false, check_matcher},
    {"$each", ANY, false, check_matcher},   {"$anyOf", LIST, false, check_matchers},
    {0},
};

static bool check_rule(checker *c, const cJSON *rule) {
  const key *k = find_key(matcher_keys, rule->string);
  if (k == NULL) {
    return refuse_key(c, rule, "an expectation", matcher_keys);
  }
  return check_type(c, rule, k->types) && (k->check == NULL || k->check(c, rule));
}

static bool check_matcher(checker *c, const cJSON *node) {
  for (const cJSON *child = node->child; child != NULL; child = child->next) {
    bool is_rule = cJSON_IsObject(node) && child->string[0] == '$';
    if (is_rule ? !check_rule(c, child) : !check_matcher(c, child)) {
      return false;
    }
  }
  return check_text(c, node);
}

/* A number, a list of numbers, or an expectation. */
static bool check_code(checker *c, const cJSON *node) { return check_matcher(c, node); }

/* -------------------------------------------------------------------------------------------------- steps */

static bool check_opcode(checker *c, const cJSON *node) {
  static const char *const opcodes[] = {"continuation", "text", "binary", "close", "ping", "pong", NULL};
  if (cJSON_IsString(node)) {
    return check_word(c, node, "opcode", opcodes);
  }
  return (node->valuedouble >= 0 && node->valuedouble <= 15 && ew__tree_is_integer(node)) ||
         refuse(c, node, "an opcode is 0 to 15");
}

static bool check_count(checker *c, const cJSON *node) {
  bool ok = ew__tree_is_integer(node) && node->valuedouble >= 1 && node->valuedouble <= 1e6;
  return ok || refuse(c, node, "\"%s\" must be an integer from 1 to 1000000", node->string);
}

static bool check_sizes(checker *c, const cJSON *list) {
  for (const cJSON *item = list->child; item != NULL; item = item->next) {
    if (!ew__tree_is_integer(item) || item->valuedouble < 0) {
      return refuse(c, item, "a fragment is a number of bytes");
    }
  }
  return true;
}

static bool check_frame(checker *c, const cJSON *map) {
  static const key keys[] = {{"fin", BOOLEAN, false, NULL},          {"rsv", NUMBER, false, NULL},
                             {"opcode", TEXT | NUMBER, true, check_opcode}, {"mask", BOOLEAN, false, NULL},
                             {"length_form", NUMBER, false, NULL},   {"length", NUMBER, false, NULL},
                             {"payload", TEXT, false, check_text},   {"payload_base64", TEXT, false, NULL},
                             {0}};
  return check_map(c, map, "$frame", keys);
}

static bool check_send(checker *c, const cJSON *node) {
  static const key keys[] = {{"$raw", TEXT, false, check_text}, {"$base64", TEXT, false, NULL},
                             {"$frame", MAP, false, check_frame}, {0}};
  static const char *const verbs[] = {"$raw", "$base64", "$frame", NULL};
  if (!ew__match_is_matcher(node)) {
    return check_template(c, node);
  }
  return check_map(c, node, "send", keys) && check_one_verb(c, node, "send", verbs);
}

static bool check_connect(checker *c, const cJSON *map) {
  static const key keys[] = {{"path", TEXT, false, check_text}, {"headers", MAP, false, check_headers},
                             {"auth", TEXT | MAP, false, check_auth}, {0}};
  return check_map(c, map, "connect", keys);
}

static bool check_drop(checker *c, const cJSON *node) {
  static const char *const ways[] = {"tcp", NULL};
  return check_word(c, node, "way to drop", ways);
}

static bool check_client_close(checker *c, const cJSON *node) {
  static const key keys[] = {{"code", NUMBER, false, NULL}, {"reason", TEXT, false, check_text}, {0}};
  return cJSON_IsNumber(node) || check_map(c, node, "close", keys);
}

static bool check_client(checker *c, const cJSON *map) {
  static const key keys[] = {{"as", TEXT, false, NULL},
                             {"connect", MAP, false, check_connect},
                             {"reconnect", MAP, false, check_connect},
                             {"send", ANY, false, check_send},
                             {"opcode", TEXT | NUMBER, false, check_opcode},
                             {"fragment", LIST, false, check_sizes},
                             {"chop", NUMBER, false, check_count},
                             {"repeat", NUMBER, false, check_count},
                             {"ping", TEXT, false, check_text},
                             {"drop", TEXT, false, check_drop},
                             {"close", NUMBER | MAP, false, check_client_close},
                             {0}};
  static const char *const verbs[] = {"connect", "reconnect", "send", "ping", "drop", "close", NULL};
  return check_map(c, map, "a client step", keys) && check_one_verb(c, map, "a client step", verbs);
}

static bool check_nothing(checker *c, const cJSON *node) {
  static const key keys[] = {{"quiet", TEXT, false, check_duration}, {0}};
  return cJSON_IsTrue(node) || check_map(c, node, "nothing", keys);
}

static bool check_server_close(checker *c, const cJSON *node) {
  static const key keys[] = {{"code", NUMBER | LIST | MAP, false, check_code},
                             {"reason", ANY, false, check_matcher}, {0}};
  return !cJSON_IsObject(node) ? check_code(c, node) : check_map(c, node, "close", keys);
}

static bool check_refuse(checker *c, const cJSON *map) {
  static const key keys[] = {{"status", NUMBER | LIST | MAP, true, check_code},
                             {"body", ANY, false, check_matcher}, {0}};
  return check_map(c, map, "refuse", keys);
}

static bool check_server(checker *c, const cJSON *map) {
  static const key keys[] = {{"as", TEXT, false, NULL},
                             {"within", TEXT, false, check_duration},
                             {"message", ANY, false, check_matcher},
                             {"raw", ANY, false, check_matcher},
                             {"opcode", TEXT, false, check_opcode},
                             {"messages", LIST | MAP, false, check_matcher},
                             {"count", NUMBER, false, check_count},
                             {"nothing", BOOLEAN | MAP, false, check_nothing},
                             {"pong", TEXT, false, check_text},
                             {"close", NUMBER | LIST | MAP, false, check_server_close},
                             {"refuse", MAP, false, check_refuse},
                             {0}};
  static const char *const verbs[] = {"message", "messages", "nothing", "pong", "close", "refuse", NULL};
  return check_map(c, map, "a server step", keys) && check_one_verb(c, map, "a server step", verbs);
}

static bool check_http(checker *c, const cJSON *map) {
  static const key keys[] = {{"method", TEXT, false, NULL},
                             {"path", TEXT, true, check_text},
                             {"headers", MAP, false, check_headers},
                             {"auth", TEXT | MAP, false, check_auth},
                             {"body", ANY, false, check_template},
                             {"raw", TEXT, false, check_text},
                             {"status", NUMBER | LIST | MAP, false, check_code},
                             {"answer", ANY, false, check_matcher},
                             {0}};
  return check_map(c, map, "http", keys);
}

static bool check_publish(checker *c, const cJSON *map) {
  static const key keys[] = {{"where", TEXT, false, check_text}, {"events", LIST, true, check_template}, {0}};
  return check_map(c, map, "publish", keys);
}

static bool check_control(checker *c, const cJSON *map) {
  static const key keys[] = {{"http", MAP, false, check_http}, {"publish", MAP, false, check_publish}, {0}};
  static const char *const verbs[] = {"http", "publish", NULL};
  return check_map(c, map, "a control step", keys) && check_one_verb(c, map, "a control step", verbs);
}

static bool check_steps(checker *c, const cJSON *steps) {
  static const key keys[] = {{"client", MAP, false, check_client}, {"server", MAP, false, check_server},
                             {"control", MAP, false, check_control}, {0}};
  static const char *const verbs[] = {"client", "server", "control", NULL};
  for (const cJSON *step = steps->child; step != NULL; step = step->next) {
    if (!check_map(c, step, "a step", keys) || !check_one_verb(c, step, "a step", verbs)) {
      return false;
    }
  }
  return steps->child != NULL || refuse(c, steps, "there must be at least one step");
}

/* --------------------------------------------------------------------------------------- cases and suites */

static bool check_id_parts(checker *c, const cJSON *node, const char *bytes) {
  const char *text = node->valuestring;
  bool ok = text[0] != '\0' && strspn(text, bytes) == strlen(text);
  ok = ok && text[0] != '/' && text[strlen(text) - 1] != '/' && strstr(text, "//") == NULL;
  return ok || refuse(c, node, "\"%s\" is no id: small letters, digits and '-'", text);
}

static bool check_case_id(checker *c, const cJSON *node) {
  return check_id_parts(c, node, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

static bool check_suite_id(checker *c, const cJSON *node) {
  return check_id_parts(c, node, "abcdefghijklmnopqrstuvwxyz0123456789-/");
}

/* Default path and headers may name what setup binds. */
static bool check_default_texts(checker *c) {
  const cJSON *path = ew__suite_default(c->suite, "path");
  const cJSON *headers = ew__suite_default(c->suite, "headers");
  return (path == NULL || check_text(c, path)) && (headers == NULL || check_headers(c, headers));
}

/* The steps of setup come first, and what they bind is known to every case. */
static bool check_case_steps(checker *c, const cJSON *kase) {
  const cJSON *setup = ew__tree_get(c->suite->tree, "setup");
  bool bare = cJSON_IsFalse(ew__tree_get(kase, "setup"));
  if (cJSON_IsArray(setup) && !bare && !check_steps(c, setup)) {
    return false;
  }
  if (!bare && !check_default_texts(c)) {
    return false;
  }
  const cJSON *steps = ew__tree_get(kase, "steps");
  return cJSON_IsArray(steps) ? check_steps(c, steps) : refuse(c, kase, "a case needs a list of \"steps\"");
}

static bool check_case(checker *c, const cJSON *kase) {
  static const key keys[] = {{"id", TEXT, true, check_case_id}, {"about", TEXT, true, NULL},       {"level", TEXT, false, check_level},
                             {"sut", LIST, false, check_sut},   {"needs", LIST, false, check_needs}, {"when", MAP, false, check_when},
                             {"source", TEXT, false, NULL},     {"setup", BOOLEAN, false, NULL},     {"destructive", BOOLEAN, false, NULL},
                             {"steps", LIST, true, NULL},       {0}};
  size_t mark = c->vars.count;
  bool ok = check_map(c, kase, "a case", keys) && check_case_steps(c, kase);
  ew__vars_cut(&c->vars, mark);
  return ok;
}

static bool check_cases(checker *c, const cJSON *list) {
  for (const cJSON *kase = list->child; kase != NULL; kase = kase->next) {
    if (!check_case(c, kase)) {
      return false;
    }
    for (const cJSON *other = list->child; other != kase; other = other->next) {
      if (strcmp(ew__tree_get_text(other, "id", ""), ew__tree_get_text(kase, "id", "")) == 0) {
        return refuse(c, kase, "the id \"%s\" stands twice", ew__tree_get_text(kase, "id", ""));
      }
    }
  }
  return true;
}

static bool check_params(checker *c, const cJSON *map) {
  for (const cJSON *param = map->child; param != NULL; param = param->next) {
    if (!ew__vars_is_name(param->string)) {
      return refuse(c, param, "\"%s\" cannot be a name", param->string);
    }
    if (!check_type(c, param, TEXT)) {
      return false;
    }
  }
  return true;
}

static bool check_defaults(checker *c, const cJSON *map) {
  static const key keys[] = {{"within", TEXT, false, check_duration}, {"path", TEXT, false, NULL},
                             {"headers", MAP, false, NULL},           {"auth", TEXT | MAP, false, check_auth},
                             {"level", TEXT, false, check_level},     {"needs", LIST, false, check_needs},
                             {"when", MAP, false, check_when},        {0}};
  return check_map(c, map, "defaults", keys);
}

static bool check_suite(checker *c) {
  static const key keys[] = {{"suite", TEXT, true, check_suite_id}, {"protocol", TEXT, true, NULL},   {"source", TEXT, true, NULL},
                             {"about", TEXT, false, NULL},          {"params", MAP, false, check_params}, {"defaults", MAP, false, check_defaults},
                             {"setup", LIST, false, NULL},          {"cases", LIST, true, check_cases},   {0}};
  return check_map(c, c->suite->tree, "a suite", keys);
}

static bool check_protocol(checker *c) {
  const cJSON *protocol = ew__tree_get(c->suite->tree, "protocol");
  if (!cJSON_IsString(protocol)) {
    return refuse(c, c->suite->tree, "a suite needs \"protocol\"");
  }
  return c->suite->document != NULL ||
         refuse_name(c, protocol, "protocol", protocol->valuestring, ew_protocol_names());
}

ew_err ew__grammar_check(const ew__suite *suite, ew__ctext *error) {
  checker c = {.suite = suite, .error = error};
  if (check_type(&c, suite->tree, MAP) && check_protocol(&c)) {
    ew_err err = ew__suite_params(suite, &c.vars);
    if (err != EW_OK) {
      c.err = err;
    } else {
      check_suite(&c);
    }
  }
  ew__vars_clear(&c.vars);
  return c.err;
}
