#include "keys_internal.h"

static int compare_text(const ew__key_source *s, uint32_t a, uint32_t b) {
  return ew__span_compare(s->span(s->ctx, a), s->span(s->ctx, b), s->mode);
}

static bool is_less(const ew__key_source *s, uint32_t a, uint32_t b) {
  int order = compare_text(s, a, b);
  return order != 0 ? order < 0 : a < b;
}

/* Heap sort: never worse than n log n, no memory. The largest stands first. */
static void sift_down(const ew__key_source *s, uint32_t *heap, uint32_t count, uint32_t at) {
  uint32_t id = heap[at];
  for (;;) {
    uint32_t child = 2 * at + 1;
    if (child >= count) {
      break;
    }
    if (child + 1 < count && is_less(s, heap[child], heap[child + 1])) {
      child++;
    }
    if (!is_less(s, id, heap[child])) {
      break;
    }
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = id;
}

static void make_heap(const ew__key_source *s, uint32_t *heap, uint32_t count) {
  for (uint32_t i = count / 2; i-- > 0;) {
    sift_down(s, heap, count, i);
  }
}

static void sort_heap(const ew__key_source *s, uint32_t *heap, uint32_t count) {
  while (count > 1) {
    uint32_t largest = heap[0];
    heap[0] = heap[--count];
    heap[count] = largest;
    sift_down(s, heap, count, 0);
  }
}

void ew__keys_sort(const ew__key_source *source, uint32_t *ids, uint32_t count) {
  make_heap(source, ids, count);
  sort_heap(source, ids, count);
}

/** The smallest keys above those of the passes before. */
typedef struct pass {
  const ew__key_source *source;
  uint32_t *heap;
  uint32_t capacity;
  uint32_t count;
  uint32_t floor;     /* the largest key of the pass before */
  uint32_t duplicate; /* the first repetition known */
  bool more;          /* there are keys above those in the heap */
} pass;

static void note_duplicate(pass *p, uint32_t a, uint32_t b) {
  uint32_t later = a > b ? a : b;
  p->duplicate = later < p->duplicate ? later : p->duplicate;
}

/* The heap is full: the largest key gives way to a smaller one. */
static void replace_largest(pass *p, uint32_t id) {
  uint32_t largest = p->heap[0];
  int order = compare_text(p->source, id, largest);
  p->more = true;
  if (order == 0) {
    note_duplicate(p, id, largest);
  }
  if (order < 0) {
    p->heap[0] = id;
    sift_down(p->source, p->heap, p->count, 0);
    if (compare_text(p->source, p->heap[0], largest) == 0) {
      note_duplicate(p, p->heap[0], largest);
    }
  }
}

static void add_key(pass *p, uint32_t id) {
  if (p->floor != EW__NO_KEY && compare_text(p->source, id, p->floor) <= 0) {
    return;
  }
  if (p->count == p->capacity) {
    replace_largest(p, id);
    return;
  }
  p->heap[p->count++] = id;
  if (p->count == p->capacity) {
    make_heap(p->source, p->heap, p->count);
  }
}

static void finish_pass(pass *p) {
  ew__keys_sort(p->source, p->heap, p->count);
  for (uint32_t i = 1; i < p->count; i++) {
    if (compare_text(p->source, p->heap[i - 1], p->heap[i]) == 0) {
      note_duplicate(p, p->heap[i - 1], p->heap[i]);
    }
  }
}

uint32_t ew__keys_duplicate(const ew__key_source *source, uint32_t *scratch, uint32_t capacity) {
  pass p = {.source = source,
            .heap = scratch,
            .capacity = capacity,
            .floor = EW__NO_KEY,
            .duplicate = EW__NO_KEY};
  do {
    p.count = 0;
    p.more = false;
    for (uint32_t id = source->next(source->ctx, EW__NO_KEY); id != EW__NO_KEY;
         id = source->next(source->ctx, id)) {
      add_key(&p, id);
    }
    finish_pass(&p);
    p.floor = p.count > 0 ? p.heap[p.count - 1] : p.floor;
  } while (p.more && p.count > 0);
  return p.duplicate;
}

/* -------------------------------------------------------------------------------------- entries */

static uint32_t next_entry(void *ctx, uint32_t id) {
  const ew__entries *entries = ctx;
  uint32_t next = id == EW__NO_KEY ? 0 : id + 1;
  return next < entries->count ? next : EW__NO_KEY;
}

static ew__span entry_key(void *ctx, uint32_t id) {
  const ew__entries *entries = ctx;
  ew_str key;
  memcpy(&key, entries->items + (size_t)id * entries->entry_size, sizeof(key));
  return (ew__span){key.ptr, key.len, false};
}

ew__key_source ew__keys_of_entries(ew__entries *entries) {
  return (ew__key_source){entries, next_entry, entry_key, 0};
}
