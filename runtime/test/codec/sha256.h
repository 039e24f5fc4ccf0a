/*
 * sha256.h - SHA-256 (FIPS 180-4), for sequences that are defined by it and proved with it.
 */
#ifndef EW_CODEC_TEST_SHA256_H
#define EW_CODEC_TEST_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct sha256 {
  uint32_t state[8];
  uint64_t len; /* bytes so far */
  unsigned char block[64];
} sha256;

void sha256_init(sha256 *hash);
void sha256_add(sha256 *hash, const void *bytes, size_t len);

/** Ends the text. hash may be a copy, to go on with the other. */
void sha256_end(sha256 *hash, unsigned char digest[32]);

#endif
