/* Addresses of Ethereum, with their checksum. */
#include "format_internal.h"

/* -------------------------------------------------------------------------------------- Keccak */

/*
 * Keccak-256 of up to 135 bytes: one block. Ethereum took it before NIST changed the padding of
 * SHA-3.
 */
#define LANES 25u
#define RATE 136u
#define ROUNDS 24u

static uint64_t turned(uint64_t word, unsigned by) {
  return by == 0 ? word : word << by | word >> (64 - by);
}

static void mix_columns(uint64_t a[LANES]) {
  uint64_t column[5];
  for (unsigned x = 0; x < 5; x++) {
    column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
  }
  for (unsigned i = 0; i < LANES; i++) {
    a[i] ^= column[(i + 4) % 5] ^ turned(column[(i + 1) % 5], 1);
  }
}

/* Each lane turns by a triangular number and moves, along one orbit through all but the first. */
static void move_lanes(uint64_t a[LANES]) {
  uint64_t moving = a[1];
  unsigned x = 1;
  unsigned y = 0;
  for (unsigned t = 0; t < ROUNDS; t++) {
    unsigned row = (2 * x + 3 * y) % 5;
    x = y;
    y = row;
    uint64_t next = a[x + 5 * y];
    a[x + 5 * y] = turned(moving, (t + 1) * (t + 2) / 2 % 64);
    moving = next;
  }
}

static void mix_rows(uint64_t a[LANES]) {
  for (unsigned y = 0; y < LANES; y += 5) {
    uint64_t row[5];
    memcpy(row, a + y, sizeof(row));
    for (unsigned x = 0; x < 5; x++) {
      a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
  }
}

/* The constant of a round, of a register of eight bits that is stepped seven times. */
static uint64_t round_constant(unsigned *state) {
  uint64_t constant = 0;
  for (unsigned i = 0; i < 7; i++) {
    constant |= (uint64_t)(*state & 1) << ((1u << i) - 1);
    *state = *state << 1 ^ (*state >> 7) * 0x171;
  }
  return constant;
}

static void permute(uint64_t a[LANES]) {
  unsigned state = 1;
  for (unsigned round = 0; round < ROUNDS; round++) {
    mix_columns(a);
    move_lanes(a);
    mix_rows(a);
    a[0] ^= round_constant(&state);
  }
}

static void keccak_256(const uint8_t *data, size_t len, uint8_t out[32]) {
  uint64_t a[LANES] = {0};
  for (size_t i = 0; i < RATE; i++) {
    uint64_t byte = i < len ? data[i] : i == len ? 1 : 0;
    a[i / 8] ^= (byte | (i == RATE - 1 ? 0x80u : 0)) << (i % 8 * 8);
  }
  permute(a);
  for (size_t i = 0; i < 32; i++) {
    out[i] = (uint8_t)(a[i / 8] >> (i % 8 * 8) & 0xff);
  }
}

/* -------------------------------------------------------------------------------- addresses */

#define ADDRESS_DIGITS 40u

/* EIP-55: a letter is big where the hash of the address in small letters has 8 or more. */
static bool has_checksum(const char *digits) {
  uint8_t small[ADDRESS_DIGITS];
  uint8_t hash[32];
  for (size_t i = 0; i < ADDRESS_DIGITS; i++) {
    small[i] = (uint8_t)ew__lower((unsigned char)digits[i]);
  }
  keccak_256(small, sizeof(small), hash);
  for (size_t i = 0; i < ADDRESS_DIGITS; i++) {
    unsigned nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15u;
    if (ew__is_letter((unsigned char)digits[i]) &&
        ew__is_upper((unsigned char)digits[i]) != (nibble >= 8)) {
      return false;
    }
  }
  return true;
}

static bool is_eth_address(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  bool big = false;
  bool small = false;
  if (!ew__take_text(&r, "0x") || ew__left(&r) != ADDRESS_DIGITS) {
    return false;
  }
  for (const char *p = r.p; p < r.end; p++) {
    int c = (unsigned char)*p;
    if (!ew__is_hex(c)) {
      return false;
    }
    big = big || ew__is_upper(c);
    small = small || (ew__is_letter(c) && !ew__is_upper(c));
  }
  return !(big && small) || has_checksum(r.p);
}

/* Digits and length are right where only letters can be wrong. */
static const char *why_no_address(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  bool digits = ew__take_text(&r, "0x") && ew__take_all(&r, ew__is_hex) == ADDRESS_DIGITS;
  return digits && ew__at_end(&r) ? "an address whose letters have the case of its checksum (EIP-55)"
                                  : ew_format_eth_address.expected;
}

const ew_format ew_format_eth_address = {"eth-address", "an address: 0x and 40 hexadecimal digits",
                                         is_eth_address, why_no_address};
