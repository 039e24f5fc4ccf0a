/* Links against the bridge to cJSON of an installed copy. */
#include <eventwire/cjson.h>

#include <stdio.h>

int main(void) {
  ew_raw raw = {EW_STR("{\"t\":1.50}")};
  cJSON *tree = NULL;
  if (ew_raw_to_cjson(raw, &tree) != EW_OK) {
    return 1;
  }
  char *text = cJSON_PrintUnformatted(tree);
  printf("%s\n", text == NULL ? "" : text);
  cJSON_free(text);
  cJSON_Delete(tree);
  return 0;
}
