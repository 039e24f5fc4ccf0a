#include "scan_internal.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* All texts one after the other, each before its name: offsets are shorter than pointers, and need
 * no relocation. */
typedef struct pool {
#define EW_ERR_ROOM_(name, value, text) char text_##name[sizeof(text)], name_##name[sizeof(#name)];
  EW_ERR_MAP(EW_ERR_ROOM_)
#undef EW_ERR_ROOM_
} pool;

static const pool texts = {
#define EW_ERR_TEXT_(name, value, text) text, #name,
    EW_ERR_MAP(EW_ERR_TEXT_)
#undef EW_ERR_TEXT_
};

typedef struct entry {
  int16_t err;
  uint16_t offset;
} entry;

static const entry entries[] = {
#define EW_ERR_ENTRY_(name, value, text) {value, offsetof(pool, text_##name)},
    EW_ERR_MAP(EW_ERR_ENTRY_)
#undef EW_ERR_ENTRY_
};

EW__COLD static const char *find(ew_err err) {
  for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
    if (entries[i].err == (int)err) {
      return (const char *)&texts + entries[i].offset;
    }
  }
  return NULL;
}

EW__COLD const char *ew_err_text(ew_err err) {
  const char *text = find(err);
  return text == NULL ? "unknown error" : text;
}

EW__COLD const char *ew_err_name(ew_err err) {
  const char *text = find(err);
  return text == NULL ? "EW_ERR_UNKNOWN" : text + strlen(text) + 1;
}
