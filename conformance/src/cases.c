#define _POSIX_C_SOURCE 200809L

#include "cases_internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grammar_internal.h"
#include "yaml_internal.h"

#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define MAX_FOLDER_DEPTH 8

/* ---------------------------------------------------------------------------------------------- the model */

const cJSON *ew__suite_default(const ew__suite *suite, const char *name) { return ew__tree_get(suite->defaults, name); }

ew_err ew__suite_params(const ew__suite *suite, ew__vars *vars) {
  ew_err err = EW_OK;
  for (size_t i = 0; i < ew__param_count && err == EW_OK; i++) {
    const ew__param *param = &ew__params[i];
    if (param->protocol == NULL || strcmp(param->protocol, suite->protocol) == 0) {
      err = ew__vars_set_text(vars, param->name, param->value, param->secret);
    }
  }
  const cJSON *own = cJSON_IsObject(suite->params) ? suite->params->child : NULL;
  for (; own != NULL && err == EW_OK; own = own->next) {
    err = ew__vars_set_text(vars, own->string, cJSON_IsString(own) ? own->valuestring : "", false);
  }
  return err;
}

static ew_conform_level level_of(const char *text) {
  static const ew_conform_level levels[] = {EW_CONFORM_MUST, EW_CONFORM_SHOULD, EW_CONFORM_OBSERVED,
                                            EW_CONFORM_HARDENING, EW_CONFORM_INFO};
  for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
    if (strcmp(ew_conform_level_text(levels[i]), text) == 0) {
      return levels[i];
    }
  }
  return EW_CONFORM_MUST;
}

static const char *own_or_default(const ew__suite *suite, const cJSON *kase, const char *name,
                                  const char *fallback) {
  return ew__tree_get_text(kase, name, ew__tree_get_text(suite->defaults, name, fallback));
}

static ew_err add_case(ew__cases *cases, const ew__suite *suite, const cJSON *tree) {
  ew__case *items = realloc(cases->items, (cases->count + 1) * sizeof(*items));
  if (items == NULL) {
    return EW_ERR_NOMEM;
  }
  cases->items = items;
  const char *id = ew__tree_get_text(tree, "id", "");
  size_t size = strlen(suite->name) + strlen(id) + 2;
  char *full_id = malloc(size);
  if (full_id == NULL) {
    return EW_ERR_NOMEM;
  }
  snprintf(full_id, size, "%s/%s", suite->name, id);
  bool bare = cJSON_IsFalse(ew__tree_get(tree, "setup"));
  items[cases->count++] = (ew__case){.id = full_id,
                                     .suite = suite,
                                     .tree = tree,
                                     .setup = bare ? NULL : ew__tree_get(suite->tree, "setup"),
                                     .steps = ew__tree_get(tree, "steps"),
                                     .about = ew__tree_get_text(tree, "about", ""),
                                     .source = ew__tree_get_text(tree, "source", ew__tree_get_text(suite->tree, "source", "")),
                                     .level = level_of(own_or_default(suite, tree, "level", "MUST")),
                                     .line = tree->valueint};
  return EW_OK;
}

static void free_suite(ew__suite *suite) {
  if (suite != NULL) {
    cJSON_Delete(suite->tree);
    free(suite->file);
    free(suite);
  }
}

void ew__cases_clear(ew__cases *cases) {
  for (size_t i = 0; i < cases->count; i++) {
    free(cases->items[i].id);
  }
  for (size_t i = 0; i < cases->suite_count; i++) {
    free_suite(cases->suites[i]);
  }
  free(cases->items);
  free(cases->suites);
  memset(cases, 0, sizeof(*cases));
}

/* ----------------------------------------------------------------------------------------------- one text */

static ew_err refuse_twin(const ew__cases *cases, const ew__case *kase, ew__ctext *error) {
  for (const ew__case *other = cases->items; other < kase; other++) {
    if (strcmp(other->id, kase->id) == 0) {
      ew__ctext_printf(error, "%s:%d: the id \"%s\" stands in %s:%d already", kase->suite->file, kase->line,
                       kase->id,
                       other->suite->file, other->line);
      return EW_ERR_SYNTAX;
    }
  }
  return EW_OK;
}

static ew_err add_suite(ew__cases *cases, ew__suite *suite, ew__ctext *error) {
  ew__suite **suites = realloc(cases->suites, (cases->suite_count + 1) * sizeof(ew__suite *));
  if (suites == NULL) {
    free_suite(suite);
    return EW_ERR_NOMEM;
  }
  cases->suites = suites;
  suites[cases->suite_count++] = suite;
  const cJSON *list = ew__tree_get(suite->tree, "cases");
  for (const cJSON *tree = list->child; tree != NULL; tree = tree->next) {
    ew_err err = add_case(cases, suite, tree);
    if (err == EW_OK) {
      err = refuse_twin(cases, &cases->items[cases->count - 1], error);
    }
    if (err != EW_OK) {
      return err;
    }
  }
  return EW_OK;
}

static ew_err new_suite(ew__suite **out, const char *file, ew_str text, ew__ctext *error) {
  ew__suite *suite = calloc(1, sizeof(*suite));
  ew_err err = EW_ERR_NOMEM;
  if (suite == NULL) {
    return err;
  }
  suite->file = malloc(strlen(file) + 1);
  if (suite->file == NULL) {
    goto fail;
  }
  strcpy(suite->file, file);
  err = ew__yaml_parse(file, text, &suite->tree, error);
  if (err != EW_OK) {
    goto fail;
  }
  suite->name = ew__tree_get_text(suite->tree, "suite", "");
  suite->protocol = ew__tree_get_text(suite->tree, "protocol", "");
  suite->document = ew_protocol_find(suite->protocol);
  suite->params = ew__tree_get(suite->tree, "params");
  suite->defaults = ew__tree_get(suite->tree, "defaults");
  err = ew__grammar_check(suite, error);
  if (err != EW_OK) {
    goto fail;
  }
  *out = suite;
  return EW_OK;

fail:
  free_suite(suite);
  return err;
}

ew_err ew__cases_load_text(ew__cases *cases, const char *file, ew_str text, ew__ctext *error) {
  ew__suite *suite = NULL;
  ew_err err = new_suite(&suite, file, text, error);
  return err == EW_OK ? add_suite(cases, suite, error) : err;
}

/* -------------------------------------------------------------------------------------- files and folders */

static ew_err io_error(const char *path, ew__ctext *error) {
  ew__ctext_printf(error, "%s: %s", path, strerror(errno));
  return EW_ERR_IO;
}

static ew_err load_file(ew__cases *cases, const char *path, ew__ctext *error) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    return io_error(path, error);
  }
  ew_err err = EW_ERR_NOMEM;
  char *text = malloc(MAX_FILE_BYTES + 1);
  if (text != NULL) {
    size_t len = fread(text, 1, MAX_FILE_BYTES + 1, file);
    if (ferror(file)) {
      err = io_error(path, error);
    } else if (len > MAX_FILE_BYTES) {
      ew__ctext_printf(error, "%s: larger than %d bytes", path, MAX_FILE_BYTES);
      err = EW_ERR_SYNTAX;
    } else {
      err = ew__cases_load_text(cases, path, ew_str_from(text, len), error);
    }
  }
  free(text);
  fclose(file);
  return err;
}

static bool is_case_file(const char *name) {
  const char *dot = strrchr(name, '.');
  return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static ew_err load_path(ew__cases *cases, const char *path, unsigned depth, ew__ctext *error);

static ew_err load_entry(ew__cases *cases, const char *folder, const char *name, unsigned depth,
                         ew__ctext *error) {
  struct stat info;
  ew__ctext path = {0};
  ew__ctext_printf(&path, "%s/%s", folder, name);
  ew_err err = path.failed ? EW_ERR_NOMEM : EW_OK;
  if (err == EW_OK && (is_case_file(name) || (stat(path.ptr, &info) == 0 && S_ISDIR(info.st_mode)))) {
    err = load_path(cases, path.ptr, depth + 1, error);
  }
  ew__ctext_clear(&path);
  return err;
}

static ew_err load_folder(ew__cases *cases, const char *path, unsigned depth, ew__ctext *error) {
  struct dirent **entries = NULL;
  int count = scandir(path, &entries, visible, alphasort);
  if (count < 0) {
    return io_error(path, error);
  }
  ew_err err = EW_OK;
  for (int i = 0; i < count; i++) {
    if (err == EW_OK) {
      err = load_entry(cases, path, entries[i]->d_name, depth, error);
    }
    free(entries[i]);
  }
  free(entries);
  return err;
}

static ew_err load_path(ew__cases *cases, const char *path, unsigned depth, ew__ctext *error) {
  struct stat info;
  if (stat(path, &info) != 0) {
    return io_error(path, error);
  }
  if (!S_ISDIR(info.st_mode)) {
    return load_file(cases, path, error);
  }
  return depth < MAX_FOLDER_DEPTH ? load_folder(cases, path, depth, error) : EW_OK;
}

/* Built-in files are named cases/PROTOCOL/FILE.yaml. */
static bool belongs_to(const char *file, const char *protocol) {
  const char *folder = strchr(file, '/');
  size_t len = protocol == NULL ? 0 : strlen(protocol);
  return protocol == NULL || (folder != NULL && strncmp(folder + 1, protocol, len) == 0 &&
                              folder[1 + len] == '/');
}

static ew_err load_builtins(ew__cases *cases, const char *protocol, ew__ctext *error) {
  ew_err err = EW_OK;
  for (size_t i = 0; i < ew__builtin_count && err == EW_OK; i++) {
    const ew__builtin *builtin = &ew__builtins[i];
    if (belongs_to(builtin->file, protocol)) {
      err = ew__cases_load_text(cases, builtin->file, ew_str_from((const char *)builtin->text, builtin->len),
                                error);
    }
  }
  return err;
}

ew_err ew__cases_load(ew__cases *cases, const char *const *paths, const char *protocol, ew__ctext *error) {
  if (paths == NULL) {
    return load_builtins(cases, protocol, error);
  }
  ew_err err = EW_OK;
  for (; *paths != NULL && err == EW_OK; paths++) {
    err = load_path(cases, *paths, 0, error);
  }
  return err;
}

/* ------------------------------------------------------------------------------------------- small things */

bool ew__duration_parse(const char *text, uint32_t *ms) {
  char *unit = NULL;
  if (text[0] < '0' || text[0] > '9') {
    return false;
  }
  double value = strtod(text, &unit);
  value *= strcmp(unit, "s") == 0 ? 1000 : strcmp(unit, "ms") == 0 ? 1 : -1;
  if (value < 0 || value > 3600e3) {
    return false;
  }
  *ms = (uint32_t)value;
  return true;
}

static const char *part_end(const char *part) {
  const char *slash = strchr(part, '/');
  return slash == NULL ? part + strlen(part) : slash;
}

bool ew__pattern_fits(const char *pattern, const char *id) {
  if (*pattern == '\0' || *id == '\0') {
    return *pattern == *id || strcmp(pattern, "**") == 0;
  }
  const char *pattern_end = part_end(pattern);
  const char *id_end = part_end(id);
  const char *next_pattern = pattern_end + (*pattern_end == '/');
  const char *next_id = id_end + (*id_end == '/');
  size_t len = (size_t)(pattern_end - pattern);
  if (len == 2 && strncmp(pattern, "**", 2) == 0) {
    return ew__pattern_fits(next_pattern, id) || ew__pattern_fits(pattern, next_id);
  }
  bool same = (len == 1 && *pattern == '*') ||
              (len == (size_t)(id_end - id) && strncmp(pattern, id, len) == 0);
  return same && ew__pattern_fits(next_pattern, next_id);
}
