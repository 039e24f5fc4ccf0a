#include "subjects.h"

#include "baas_vectors.h"
#include "eventwire/baas.h"
#include "eventwire/firefly.h"
#include "eventwire/kaleido.h"
#include "eventwire/octave.h"
#include "firefly_vectors.h"
#include "kaleido_vectors.h"
#include "octave_vectors.h"

const subject SUBJECTS[SUBJECT_COUNT] = {
    {&ew_firefly_document, ew_firefly_vectors, &ew_firefly_vector_count},
    {&ew_kaleido_document, ew_kaleido_vectors, &ew_kaleido_vector_count},
    {&ew_baas_document, ew_baas_vectors, &ew_baas_vector_count},
    {&ew_octave_document, ew_octave_vectors, &ew_octave_vector_count},
};

const ew_type *subject_type(const subject *s, const ew_vector *v, bool whole_direction) {
  const ew_message *message = ew_document_find(s->document, ew_str_of(v->message));
  if (message == NULL) {
    return NULL;
  }
  const ew_type *to_server = s->document->to_server;
  const ew_type *to_client = s->document->to_client;
  if (whole_direction && (message->directions & EW_TO_CLIENT) != 0 && to_client != NULL) {
    return to_client;
  }
  if (whole_direction && (message->directions & EW_TO_SERVER) != 0 && to_server != NULL) {
    return to_server;
  }
  return message->type;
}
