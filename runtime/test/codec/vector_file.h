/*
 * vector_file.h - strictness vectors as they stand in the files; schema/README.md tells the format.
 *
 * The files are read with the codec itself, so that builds for other machines need no other
 * library.
 */
#ifndef EW_CODEC_TEST_VECTOR_FILE_H
#define EW_CODEC_TEST_VECTOR_FILE_H

#include "eventwire/table.h"

typedef struct vector_file {
  const char *path;
  const char *protocol;
  ew_raw root;
  char *text;
  ew_arena arena; /* texts that were asked for, until the file is closed */
} vector_file;

/** One vector, with what its group says of all of them. */
typedef struct file_vector {
  const char *protocol;
  const char *group; /* key of the message, or "toServer", "toClient": any of that direction */
  const char *profile_name;
  ew_profile profile;
  ew_limits limits;
  unsigned id;
  const char *comment;
  const char *flags[8]; /* ends with NULL */
  ew_str json;          /* on the heap, with not one byte behind it */
  bool valid;
  const char *error; /* name of the error, NULL when valid */
  bool has_offset;   /* rules across members are checked on the value: they know no offset */
  size_t offset;
  const char *pointer;
  const char *schema;
  const char *encoded; /* what encoding the decoded value gives, or NULL: not said */
} file_vector;

/** Reads a file; ends the program with a line on stderr when it is none. */
vector_file vector_file_open(const char *path);
void vector_file_close(vector_file *file);

/** A member of an object; not set when there is none. */
ew_raw vector_member(ew_raw object, const char *name);

/** A string, NUL-terminated; NULL when value is none. */
const char *vector_text(vector_file *file, ew_raw value);

/**
 * Calls visit with each vector. What the format asks of a vector is checked on the way: the program
 * ends with a line on stderr that names file and tcId where it does not hold.
 */
void vector_file_each(vector_file *file, void (*visit)(void *ctx, const file_vector *v), void *ctx);

#endif
