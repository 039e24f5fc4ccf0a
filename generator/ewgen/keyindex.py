"""Perfect hashes over the member names of an object, for the look-up of runtime/src/codec."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

MASK64 = 2**64 - 1
# Fewer than a seed of 16 bits can say.
_MAX_TRIES = 20_000


def key_word(name: str) -> int:
    """As ew_key_word() of the codec."""
    data = name.encode("utf-8")
    word = int.from_bytes(data[:8], "little")
    if len(data) > 8:
        word ^= (3 * int.from_bytes(data[-8:], "little")) & MASK64
    return (word + len(data)) & MASK64


def multiplier(seed: int) -> int:
    """As ew__key_multiplier() of the codec."""
    return (0x9E3779B97F4A7C15 * (2 * seed + 1)) & MASK64


def find_index(keys: Sequence[str]) -> Optional[Tuple[int, int, List[int]]]:
    """(seed, shift, slots) of a perfect hash in the smallest table that has one; None beyond 256 slots."""
    words = [key_word(k) for k in keys]
    bits = 1
    while 1 << bits < len(keys):
        bits += 1
    for width in range(bits, 9):
        for seed in range(_MAX_TRIES):
            factor = multiplier(seed)
            slots = [255] * (1 << width)
            if all(_place(slots, ((w * factor) & MASK64) >> (64 - width), i) for i, w in enumerate(words)):
                return seed, 64 - width, slots
    return None


def _place(slots: List[int], slot: int, index: int) -> bool:
    if slots[slot] != 255:
        return False
    slots[slot] = index
    return True
