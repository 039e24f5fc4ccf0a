/**
 * eventwire/vector.h - test vectors of a protocol: texts with the verdict a codec must reach.
 *
 * The generator writes them from the examples of a document and from its vectors.yaml; tests, fuzz
 * corpora and `ew` use them.
 */
#ifndef EVENTWIRE_VECTOR_H
#define EVENTWIRE_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ew_verdict {
  EW_VECTOR_VALID,   /* every profile accepts it, and encoding gives an equal value */
  EW_VECTOR_LENIENT, /* lenient and compat accept it; strict only if strict_accepts */
  EW_VECTOR_COMPAT,  /* compat alone accepts it */
  EW_VECTOR_INVALID  /* strict and lenient refuse it */
} ew_verdict;

typedef struct ew_vector {
  const char *id;
  const char *message; /* key of the message in the document */
  const char *why;
  ew_verdict verdict;
  bool strict_accepts;
  /* an example of the document, in wire order: encoding gives the same bytes */
  bool example;
  bool rule;           /* the schema accepts it, the cross-field check refuses it */
  const char *error;   /* expected error name, or NULL */
  const char *pointer; /* expected JSON Pointer of the refused value, or NULL */
  const char *json;
  size_t len;
} ew_vector;

#ifdef __cplusplus
}
#endif
#endif
