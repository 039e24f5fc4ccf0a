#include "octave_index_internal.h"

#include <stdlib.h>

#define FIRST_BUCKETS ((size_t)64)

/* ------------------------------------------------------------------------------- SipHash-2-4 (Aumasson, Bernstein) */

typedef struct sip {
  uint64_t a, b, c, d;
} sip;

static uint64_t rotate(uint64_t x, unsigned bits) { return (x << bits) | (x >> (64 - bits)); }

static void sip_round(sip *s) {
  s->a += s->b;
  s->c += s->d;
  s->b = rotate(s->b, 13) ^ s->a;
  s->d = rotate(s->d, 16) ^ s->c;
  s->a = rotate(s->a, 32);
  s->c += s->b;
  s->a += s->d;
  s->b = rotate(s->b, 17) ^ s->c;
  s->d = rotate(s->d, 21) ^ s->a;
  s->c = rotate(s->c, 32);
}

static void sip_word(sip *s, uint64_t word) {
  s->d ^= word;
  sip_round(s);
  sip_round(s);
  s->a ^= word;
}

static uint64_t word_at(const char *p, size_t len) {
  uint64_t word = 0;
  for (size_t i = 0; i < len; i++) {
    word |= (uint64_t)(unsigned char)p[i] << (8 * i);
  }
  return word;
}

static uint64_t hash_of(const uint64_t secret[2], ew_str key) {
  sip s = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
           secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
  size_t whole = key.len & ~(size_t)7;
  for (size_t i = 0; i < whole; i += 8) {
    sip_word(&s, word_at(key.ptr + i, 8));
  }
  uint64_t last = key.len == whole ? 0 : word_at(key.ptr + whole, key.len - whole);
  sip_word(&s, last | (uint64_t)key.len << 56);
  s.c ^= 0xff;
  for (int i = 0; i < 4; i++) {
    sip_round(&s);
  }
  return s.a ^ s.b ^ s.c ^ s.d;
}

/* ----------------------------------------------------------------------------------------------------- the table */

static ew__octave_node **bucket_of(const ew__octave_index *index, ew_str key) {
  return &index->buckets[hash_of(index->secret, key) & (index->bucket_count - 1)];
}

ew_err ew__octave_index_init(ew__octave_index *index, const uint64_t secret[2]) {
  *index = (ew__octave_index){.bucket_count = FIRST_BUCKETS, .secret = {secret[0], secret[1]}};
  index->buckets = calloc(FIRST_BUCKETS, sizeof(ew__octave_node *));
  return index->buckets == NULL ? EW_ERR_NOMEM : EW_OK;
}

void ew__octave_index_clear(ew__octave_index *index) {
  free(index->buckets);
  *index = (ew__octave_index){0};
}

ew__octave_node *ew__octave_index_find(const ew__octave_index *index, ew_str key) {
  ew__octave_node *node = *bucket_of(index, key);
  while (node != NULL && !ew_str_equal(node->key, key)) {
    node = node->next;
  }
  return node;
}

static void push(const ew__octave_index *index, ew__octave_node *node) {
  ew__octave_node **bucket = bucket_of(index, node->key);
  node->next = *bucket;
  *bucket = node;
}

static void grow(ew__octave_index *index) {
  ew__octave_index bigger = *index;
  bigger.bucket_count = index->bucket_count * 2;
  bigger.buckets = calloc(bigger.bucket_count, sizeof(ew__octave_node *));
  if (bigger.buckets == NULL) {
    return;
  }
  for (size_t i = 0; i < index->bucket_count; i++) {
    for (ew__octave_node *node = index->buckets[i]; node != NULL;) {
      ew__octave_node *next = node->next;
      push(&bigger, node);
      node = next;
    }
  }
  free(index->buckets);
  *index = bigger;
}

void ew__octave_index_add(ew__octave_index *index, ew__octave_node *node) {
  if (index->count >= index->bucket_count) {
    grow(index);
  }
  push(index, node);
  index->count++;
}

void ew__octave_index_remove(ew__octave_index *index, ew__octave_node *node) {
  ew__octave_node **link = bucket_of(index, node->key);
  while (*link != node) {
    link = &(*link)->next;
  }
  *link = node->next;
  index->count--;
}
