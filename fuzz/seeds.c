/*
 * Writes the vectors of all protocols as seed files: seeds FOLDER FILE... makes
 * FOLDER/<protocol>/<number> of the vectors that the generator knows, and
 * FOLDER/<protocol>/strict-<tcId> of each strictness vector in the files.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "baas_vectors.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"
#include "vector_file.h"

static int write_seed(const char *path, const char *text, size_t len) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(text, 1, len, file) != len) {
    perror(path);
    if (file != NULL) {
      fclose(file);
    }
    return 1;
  }
  return fclose(file) == 0 ? 0 : 1;
}

static int make_folder(const char *folder) {
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    perror(folder);
    return 1;
  }
  return 0;
}

static int write_all(const char *root, const char *protocol, const ew_vector *vectors,
                     size_t count) {
  char path[4096];
  snprintf(path, sizeof(path), "%s/%s", root, protocol);
  int failed = make_folder(path);
  for (size_t i = 0; i < count && failed == 0; i++) {
    snprintf(path, sizeof(path), "%s/%s/%zu", root, protocol, i);
    failed = write_seed(path, vectors[i].json, vectors[i].len);
  }
  return failed;
}

typedef struct target {
  const char *root;
  int failed;
} target;

static void write_vector(void *ctx, const file_vector *v) {
  target *t = ctx;
  char path[4096];
  snprintf(path, sizeof(path), "%s/%s/strict-%u", t->root, v->protocol, v->id);
  t->failed += write_seed(path, v->json.ptr, v->json.len);
}

static int write_files(const char *root, char **paths, int count) {
  target t = {root, 0};
  for (int i = 0; i < count; i++) {
    vector_file file = vector_file_open(paths[i]);
    vector_file_each(&file, write_vector, &t);
    vector_file_close(&file);
  }
  return t.failed;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: seeds FOLDER FILE...\n");
    return 2;
  }
  if (make_folder(argv[1]) != 0) {
    return 1;
  }
  int failed = write_all(argv[1], "firefly", ew_firefly_vectors, ew_firefly_vector_count) +
               write_all(argv[1], "kaleido", ew_kaleido_vectors, ew_kaleido_vector_count) +
               write_all(argv[1], "baas", ew_baas_vectors, ew_baas_vector_count) +
               write_all(argv[1], "octave", ew_octave_vectors, ew_octave_vector_count) +
               write_files(argv[1], argv + 2, argc - 2);
  return failed == 0 ? 0 : 1;
}
