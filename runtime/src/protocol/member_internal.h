/*
 * Looks at a text that is not decoded, or not yet: one member of it, whether it is a text at all.
 * And types by their names in a document's tables.
 */
#ifndef EW_MEMBER_INTERNAL_H
#define EW_MEMBER_INTERNAL_H

#include "eventwire/table.h"

/* The first member of this name (at most 16 bytes), however it is escaped in the text. object has passed a
   decoder or ew_json_check(). */
bool ew__member_find(ew_raw object, const char *name, ew_raw *out);

/* The whole text, also behind the place where a decoder would stop. */
bool ew__is_utf8(ew_str text);

/*
 * The type of a message, by its key in the document. The built-in documents have all the names we
 * ask for.
 */
const ew_type *ew__message_type(const ew_document *document, const char *name);

/* The type of a member of an object type. */
const ew_type *ew__member_type(const ew_type *object, const char *name);

#endif
