"""What minimal automata of patterns have in common, and whether one accepts all that another one does."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from ewgen.regex import Dfa, PatternError, compile_pattern

# Combinations of states that are looked at before the question is given up.
MAX_PLACES = 200_000

# The first of the bytes no automaton tells apart stands for them: what reads well first.
_BYTES = tuple(b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_. /:") + tuple(range(256))

Places = Tuple[int, ...]


class TooLarge(Exception):
    """The automata are too large to be compared."""


def anything() -> Dfa:
    return compile_pattern("")


def lengths(low: int, high: Optional[int]) -> Optional[Dfa]:
    """The texts of so many characters; None when that is no pattern of a reasonable size."""
    try:
        return compile_pattern(f"^[\\s\\S]{{{low},{'' if high is None else high}}}$")
    except PatternError:
        return None


def shortest_text(wanted: Sequence[Dfa], unwanted: Sequence[Dfa] = ()) -> Optional[str]:
    """A shortest text that all of wanted accept and none of unwanted does, None when there is none."""
    automata = [anything(), *wanted, *unwanted]
    needed = 1 + len(wanted)
    start: Places = (1,) * len(automata)
    came: Dict[Places, Tuple[Optional[Places], int]] = {start: (None, 0)}
    bytes_ = _distinct_bytes(automata)
    waiting: List[Places] = [start]
    for places in waiting:
        if all(a.accept[p] == (i < needed) for i, (a, p) in enumerate(zip(automata, places))):
            return _text(came, places)
        for byte in bytes_:
            target = tuple(a.step(p, byte) for a, p in zip(automata, places))
            if target not in came and 0 not in target[:needed]:
                came[target] = (places, byte)
                waiting.append(target)
        if len(came) > MAX_PLACES:
            raise TooLarge
    return None


def _distinct_bytes(automata: Sequence[Dfa]) -> List[int]:
    found: Dict[Tuple[int, ...], int] = {}
    for byte in _BYTES:
        found.setdefault(tuple(a.classes[byte] for a in automata), byte)
    return list(found.values())


def _text(came: Dict[Places, Tuple[Optional[Places], int]], places: Places) -> str:
    text = bytearray()
    before, byte = came[places]
    while before is not None:
        text.append(byte)
        before, byte = came[before]
    return bytes(reversed(text)).decode("utf-8")
