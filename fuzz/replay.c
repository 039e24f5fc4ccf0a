/*
 * Runs a fuzz target on files and folders instead of under libFuzzer, so that any compiler and
 * valgrind can.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long played;

static int play_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  static uint8_t data[1 << 20];
  size_t size = fread(data, 1, sizeof(data), file);
  fclose(file);
  LLVMFuzzerTestOneInput(data, size);
  played++;
  return 0;
}

static int play_folder(const char *path, DIR *folder) {
  int failed = 0;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    char inside[4096];
    if (entry->d_name[0] == '.') {
      continue;
    }
    snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
    failed += play_file(inside);
  }
  return failed;
}

int main(int argc, char **argv) {
  int failed = 0;
  for (int i = 1; i < argc; i++) {
    DIR *folder = opendir(argv[i]);
    if (folder == NULL) {
      failed += play_file(argv[i]);
      continue;
    }
    failed += play_folder(argv[i], folder);
    closedir(folder);
  }
  printf("%lu inputs\n", played);
  return failed == 0 && played != 0 ? 0 : 1;
}
