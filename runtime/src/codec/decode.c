/*
 * Decoding and validating a whole message: what the call asks for, and which engine does it.
 */
#include "eventwire/reader.h"

#include "diag_internal.h"
#include "straight_internal.h"
#include "table_internal.h"

/* --------------------------------------------------------------------------------------- calls */

/** One call, with everything worked out. */
typedef struct call {
  const ew_type *type;
  ew_str json;
  const ew_decode_options *opts; /* never NULL */
  ew_arena *arena;               /* NULL when the caller has none */
  void *out;
  ew_diag *diag; /* or NULL */
  size_t mark;
  ew_limits limits;
} call;

static const ew_decode_options standard_options = {0};

EW__SMALL static ew_err open_call(call *c) {
  bool usable = (c->json.ptr != NULL || c->json.len == 0) &&
                (unsigned)c->opts->profile <= EW_COMPAT &&
                (unsigned)c->opts->engine <= EW_ENGINE_STRAIGHT;
  c->json.ptr = c->json.ptr == NULL ? "" : c->json.ptr;
  return usable ? ew__limits_resolve(ew_type_document(c->type), &c->opts->limits, &c->limits)
                : EW_ERR_ARGUMENT;
}

/* What the real server's own parser lets through, when this call asks for it. */
static uint32_t tolerances_of(const call *c) {
  const ew_document *document = ew_type_document(c->type);
  return c->opts->profile == EW_COMPAT && document != NULL ? document->tolerances : 0;
}

/*
 * The straight-line engine knows no tolerance, and a text that it accepts can mean something else
 * to a tolerant parser: a member in another letter case is unknown to the one and known to the
 * other. Texts of a shape it does not measure.
 */
static bool can_run_straight(const call *c) {
  return c->opts->engine != EW_ENGINE_TABLE && ew_type_reader(c->type) != NULL && c->out != NULL &&
         tolerances_of(c) == 0 && c->limits.max_string_bytes >= EW_LONGEST_SHAPE;
}

EW__SMALL static void clear(const call *c) {
  if (c->out != NULL) {
    ew__clear(c->out, c->type->size);
    ew_arena_rewind(c->arena, c->mark);
  }
}

EW__SMALL static ew_err run_table(const call *c, const ew__known *known) {
  uint32_t mode = 0;
  if (c->opts->profile != EW_STRICT) {
    mode = EW__MODE_LENIENT | tolerances_of(c);
  }
  clear(c);
  ew_arena *arena = c->arena != NULL ? c->arena : c->opts->scratch;
  ew_err err = ew__table_run(c->type, c->json, arena, &c->limits, mode, c->out, known, c->diag);
  if (err != EW_OK) {
    clear(c);
  }
  return err;
}

/* What the straight-line engine can say of itself; all else it calls a syntax error. */
static bool is_final(ew_err err) { return err == EW_ERR_ARENA_FULL || err == EW_ERR_TOO_LARGE; }

/*
 * What becomes of a call that the straight-line engine has refused with err. A full arena has no
 * place in the text; everything else is explained by the table engine. A strict call is refused
 * again, so nothing needs to be stored, and what was accepted before needs no second look; where that
 * is most of the text, a lenient call is first looked at like that, too.
 */
EW__COLD static ew_err explain(const call *c, ew_err err, const ew__known *known) {
  if (err != EW_ERR_ARENA_FULL && c->opts->engine != EW_ENGINE_STRAIGHT) {
    call again = *c;
    again.out = NULL;
    clear(c);
    bool most = known->behind != NULL ||
                (size_t)(known->accepted - c->json.ptr) > c->json.len / 2;
    err = c->opts->profile == EW_STRICT || most ? run_table(&again, known) : EW_OK;
    const ew__known arm = {c->json.ptr, NULL, known->root_arm, known->passed};
    return err == EW_OK ? run_table(c, &arm) : err;
  }
  clear(c);
  err = is_final(err) ? err : EW_ERR_SYNTAX;
  ew__diag_code(c->diag, err);
  return err;
}

EW__COLD static EW_NOINLINE ew_err refuse_size(const call *c) {
  ew__fault fault = {EW_ERR_TOO_LARGE, c->json.ptr + c->limits.max_bytes, "a shorter text"};
  ew__diag_text(c->diag, c->json, &fault, false, NULL, NULL);
  clear(c);
  return EW_ERR_TOO_LARGE;
}

EW__COLD static EW_NOINLINE ew_err refuse_call(const call *c, ew_err err) {
  clear(c);
  ew__diag_code(c->diag, err);
  return err;
}

EW_INLINE bool has_check(const ew_type *type) {
  return ew_type_document(type) != NULL && ew_type_document(type)->checks != NULL;
}

/* What becomes of a call whose types were found to fit, or not. */
EW__COLD static EW_NOINLINE ew_err check(const call *c, ew_err err) {
  if (err != EW_OK || !has_check(c->type)) {
    return err;
  }
  ew_decode_options opts = *c->opts;
  opts.limits = c->limits;
  err = ew_type_document(c->type)->checks->run(c->type, c->json, &opts, c->arena, c->diag);
  if (err != EW_OK) {
    clear(c);
  }
  return err;
}

/* ------------------------------------------------------------------------- the straight-line engine */

/* The longest text that is copied: what a copy saves is the same for all of them. */
#define LONGEST_COPY 1024u

/*
 * For a reader behind whose text nothing may be read: a short text is copied into the arena, so that
 * its last values, which are a good part of it, are read as fast as all others.
 */
EW_INLINE void set_apart(ew_reader *r, uint32_t readable_after) {
  size_t len = (size_t)(r->end - r->begin);
  char *copy = len <= LONGEST_COPY ? ew__arena_take(r->arena, len + EW__ENOUGH_AFTER, 1) : NULL;
  if (EW_UNLIKELY(copy == NULL)) {
    ew__bound_loads(r, readable_after);
    return;
  }
  memset(copy + len, 0, EW__ENOUGH_AFTER);
  r->accepted = r->begin = (const char *)memcpy(copy, r->begin, len);
  r->fast_end = r->end = r->begin + len;
  r->key_end = r->end + 1;
}

/* Whether a call asks for nothing but what may be read behind its text. */
EW_INLINE bool asks_for_nothing(const ew_decode_options *opts) {
  return memcmp(opts, &standard_options, offsetof(ew_decode_options, readable_after)) == 0;
}

/* Opens the reader of such a call, as almost all are. False: it is another one, and left to run(). */
EW_INLINE bool open_usual(ew_reader *r, const call *c) {
  const ew_entry_type *entry = ew_entry_of(c->type);
  if (EW_UNLIKELY(entry == NULL || entry->read == NULL || c->arena == NULL ||
                  c->json.len > entry->document->usual_bytes || c->out == NULL ||
                  !asks_for_nothing(c->opts) || c->json.ptr == NULL)) {
    return false;
  }
  ew__open_reader(r, c->json, c->arena, &entry->document->limits);
  return true;
}

static ew_err run(call *c);

/* behind: what the straight-line engine has given for the whole text. */
EW__SMALL static EW_NOINLINE ew_err close_reader(call *c, ew_reader *r, const char *behind) {
  behind = ew_arrive(r, behind);
  c->limits = r->limits;
  if (behind != NULL && ew__skip_white(behind, r->end) == r->end) {
    return check(c, EW_OK);
  }
  if (behind == NULL && r->err == EW_ERR_ARENA_FULL && r->begin != c->json.ptr) {
    clear(c);
    return run(c); /* without the copy there is more room */
  }
  ew_err err = behind != NULL ? EW_ERR_TRAILING : r->err;
  const char *text = c->json.ptr;
  ew__known known = {text + (r->accepted - r->begin),
                     behind != NULL ? text + (behind - r->begin) : NULL, r->root_arm, r->passed};
  known.passed.from = r->begin == text ? r->passed.from : NULL; /* a copy is short */
  return check(c, explain(c, err, &known));
}

/* The whole text by the straight-line engine. */
EW_INLINE ew_err run_straight(call *c, ew_reader *r) {
  const char *behind = ew_entry_of(c->type)->read(r, r->begin, c->out);
  return EW_LIKELY(behind == r->end) ? EW_OK : close_reader(c, r, behind);
}

static EW_NOINLINE ew_err run_apart(call *c, ew_reader *r) {
  set_apart(r, c->opts->readable_after);
  return run_straight(c, r);
}

/* Any call, without a copy of the text. */
EW__SMALL static EW_NOINLINE ew_err run(call *c) {
  ew_err err = open_call(c);
  if (err != EW_OK) {
    return refuse_call(c, err);
  }
  if (c->json.len > c->limits.max_bytes) {
    return refuse_size(c);
  }
  if (!can_run_straight(c)) {
    return c->opts->engine == EW_ENGINE_STRAIGHT ? refuse_call(c, EW_ERR_UNSUPPORTED)
                                                 : check(c, run_table(c, NULL));
  }
  ew_reader r;
  ew__reader_open(&r, c->json, c->arena, &c->limits, c->opts->readable_after);
  return close_reader(c, &r, ew_type_reader(c->type)(&r, c->json.ptr, c->out));
}

EW__SMALL static EW_NOINLINE ew_err run_unusual(call *c) {
  if (c->arena == NULL || c->out == NULL) {
    ew__diag_code(c->diag, EW_ERR_ARGUMENT);
    return EW_ERR_ARGUMENT;
  }
  c->mark = ew_arena_mark(c->arena);
  return run(c);
}

/* --------------------------------------------------------------------------------- entry points */

ew_err ew_type_decode(const ew_type *type, ew_str json, ew_arena *arena,
                      const ew_decode_options *opts, void *out, ew_diag *diag) {
  if (EW_UNLIKELY(type == NULL)) {
    ew__diag_code(diag, EW_ERR_ARGUMENT);
    return EW_ERR_ARGUMENT;
  }
  call c; /* limits are set when they are asked for */
  c.type = type;
  c.json = json;
  c.opts = opts == NULL ? &standard_options : opts;
  c.arena = arena;
  c.out = out;
  c.diag = diag;
  ew_reader r;
  if (EW_UNLIKELY(!open_usual(&r, &c))) {
    return run_unusual(&c);
  }
  c.mark = ew_arena_mark(arena);
  return EW_LIKELY(ew__is_apart(json, c.opts->readable_after)) ? run_straight(&c, &r)
                                                               : run_apart(&c, &r);
}

EW__SMALL ew_err ew_type_validate(const ew_type *type, ew_str json, const ew_decode_options *opts,
                                  ew_diag *diag) {
  call c = {
      .type = type, .json = json, .opts = opts == NULL ? &standard_options : opts, .diag = diag};
  ew_err err = type != NULL ? open_call(&c) : EW_ERR_ARGUMENT;
  if (err == EW_OK && c.opts->engine == EW_ENGINE_STRAIGHT) {
    err = EW_ERR_UNSUPPORTED;
  }
  if (err != EW_OK) {
    return refuse_call(&c, err);
  }
  return c.json.len > c.limits.max_bytes ? refuse_size(&c) : check(&c, run_table(&c, NULL));
}
