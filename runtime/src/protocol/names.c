#include "check_internal.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "eventwire/protocol.h"

static const char *const names[] = {"firefly", "kaleido", "baas", "octave", NULL};

/* In the order of names. */
static const ew_document *const documents[] = {
    &ew_firefly_document,
    &ew_kaleido_document,
    &ew_baas_document,
    &ew_octave_document,
};

const char *const *ew_protocol_names(void) { return names; }

const ew_document *ew_protocol_find(const char *name) {
  for (size_t i = 0; name != NULL && names[i] != NULL; i++) {
    if (strcmp(names[i], name) == 0) {
      return documents[i];
    }
  }
  return NULL;
}

ew_err ew_protocol_check(const ew_document *document, const ew_message *message, const void *value,
                         ew_diag *diag) {
  if (document == &ew_baas_document) {
    return ew__baas_check(message, value, diag);
  }
  if (document == &ew_octave_document) {
    return ew__octave_check(message, value, diag);
  }
  return EW_OK;
}
