#include "../codec/straight_internal.h"

EW__SMALL static EW_NOINLINE bool is_named(const char *text, ew_str name) {
  return ew_str_equal(ew_str_of(text), name);
}

EW__SMALL const ew_message *ew_document_find(const ew_document *document, ew_str name) {
  for (uint32_t i = 0; i < document->message_count; i++) {
    const ew_message *message = &document->messages[i];
    if (is_named(message->name, name) || is_named(message->c_name, name)) {
      return message;
    }
  }
  return NULL;
}
