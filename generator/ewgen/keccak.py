"""Keccak-256 of one block, which Ethereum's checksums are made with: SHA-3 before its padding was changed."""

from __future__ import annotations

from typing import List

_LANES, _RATE, _ROUNDS = 25, 136, 24
_MASK = (1 << 64) - 1


def keccak_256(data: bytes) -> bytes:
    """data: at most 135 bytes."""
    block = bytearray(data + b"\x01" + bytes(_RATE - len(data) - 1))
    block[-1] |= 0x80
    lanes = [int.from_bytes(block[i : i + 8], "little") for i in range(0, _RATE, 8)] + [0] * (_LANES - _RATE // 8)
    register = 1
    for _ in range(_ROUNDS):
        lanes = _mixed(lanes)
        constant, register = _round_constant(register)
        lanes[0] ^= constant
    return b"".join(lane.to_bytes(8, "little") for lane in lanes)[:32]


def _turned(word: int, by: int) -> int:
    return (word << by | word >> (64 - by)) & _MASK


def _mixed(lanes: List[int]) -> List[int]:
    column = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
    lanes = [lane ^ column[(i + 4) % 5] ^ _turned(column[(i + 1) % 5], 1) for i, lane in enumerate(lanes)]
    moved, x, y = list(lanes), 1, 0
    moving = lanes[1]
    for t in range(_ROUNDS):
        x, y = y, (2 * x + 3 * y) % 5
        moving, moved[x + 5 * y] = lanes[x + 5 * y], _turned(moving, (t + 1) * (t + 2) // 2 % 64)
    return [
        moved[y + x] ^ (~moved[y + (x + 1) % 5] & _MASK & moved[y + (x + 2) % 5]) for y in range(0, _LANES, 5) for x in range(5)
    ]


def _round_constant(register: int) -> "tuple[int, int]":
    constant = 0
    for i in range(7):
        constant |= (register & 1) << ((1 << i) - 1)
        register = (register << 1 ^ (register >> 7) * 0x171) & 0x1FF
    return constant, register
