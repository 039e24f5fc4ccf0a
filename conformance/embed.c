/*
 * Turns case files into a C table, at build time on the build host:  embed OUT.c FILE...
 *
 * Nothing of the build's folders gets into the program: a file is named from the last "cases/" in its path on.
 */
#include <stdio.h>
#include <string.h>

static const char *short_name(const char *path) {
  const char *name = path;
  for (const char *hit = strstr(path, "cases/"); hit != NULL; hit = strstr(hit + 1, "cases/")) {
    name = hit;
  }
  return name;
}

static int embed_bytes(FILE *out, const char *path, int number) {
  FILE *in = fopen(path, "rb");
  if (in == NULL) {
    return -1;
  }
  fprintf(out, "static const unsigned char file_%d[] = {", number);
  unsigned long count = 0;
  for (int byte = fgetc(in); byte != EOF; byte = fgetc(in)) {
    fprintf(out, "%s%d,", count++ % 24 == 0 ? "\n  " : "", byte);
  }
  /* an array must have an element; it is not counted */
  fprintf(out, "\n  0};\n\n");
  int failed = ferror(in);
  fclose(in);
  return failed ? -1 : 0;
}

static void embed_table(FILE *out, char *const *paths, int count) {
  fprintf(out, "const ew__builtin ew__builtins[] = {\n");
  for (int i = 0; i < count; i++) {
    fprintf(out, "    {\"%s\", file_%d, sizeof(file_%d) - 1},\n", short_name(paths[i]), i, i);
  }
  fprintf(out, "    {0},\n};\n\nconst size_t ew__builtin_count = %d;\n", count);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: embed OUT.c FILE...\n");
    return 2;
  }
  FILE *out = fopen(argv[1], "wb");
  if (out == NULL) {
    perror(argv[1]);
    return 1;
  }
  fprintf(out, "/* Made by embed from the case files. Do not edit. */\n#include \"cases_internal.h\"\n\n");
  for (int i = 2; i < argc; i++) {
    if (embed_bytes(out, argv[i], i - 2) != 0) {
      perror(argv[i]);
      fclose(out);
      return 1;
    }
  }
  embed_table(out, argv + 2, argc - 2);
  if (fclose(out) != 0) {
    perror(argv[1]);
    return 1;
  }
  return 0;
}
