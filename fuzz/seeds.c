/*
 * Writes the vectors of all protocols as seed files: seeds FOLDER makes FOLDER/<protocol>/<vector
 * id>.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "baas_vectors.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"

static int write_seed(const char *folder, const ew_vector *vector, size_t number) {
  char path[4096];
  snprintf(path, sizeof(path), "%s/%zu", folder, number);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(vector->json, 1, vector->len, file) != vector->len) {
    perror(path);
    if (file != NULL) {
      fclose(file);
    }
    return 1;
  }
  return fclose(file) == 0 ? 0 : 1;
}

static int write_all(const char *root, const char *protocol, const ew_vector *vectors,
                     size_t count) {
  char folder[2048];
  snprintf(folder, sizeof(folder), "%s/%s", root, protocol);
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
    perror(folder);
    return 1;
  }
  int failed = 0;
  for (size_t i = 0; i < count; i++) {
    failed += write_seed(folder, &vectors[i], i);
  }
  return failed;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: seeds FOLDER\n");
    return 2;
  }
  if (mkdir(argv[1], 0777) != 0 && errno != EEXIST) {
    perror(argv[1]);
    return 1;
  }
  int failed = write_all(argv[1], "firefly", ew_firefly_vectors, ew_firefly_vector_count) +
               write_all(argv[1], "kaleido", ew_kaleido_vectors, ew_kaleido_vector_count) +
               write_all(argv[1], "baas", ew_baas_vectors, ew_baas_vector_count) +
               write_all(argv[1], "octave", ew_octave_vectors, ew_octave_vector_count);
  return failed == 0 ? 0 : 1;
}
