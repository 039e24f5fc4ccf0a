"""The syntax of RE2 and of Go's regexp, where the two agree, for examples and defaults."""

from __future__ import annotations

import re
from typing import List, Optional, Set

_MAX_GROUPS, _MAX_REPEAT = 256, 1000
_CLASSES = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit".split()
_SET = re.compile(r"\\(?:[dDsSwW]|[pP](?:[CLMNPSZ]|\{\^?[A-Za-z0-9_]+\}))", re.ASCII)
_CHARACTER = re.compile(
    r"\\(?:(?P<octal>0[0-7]{0,2}|[1-7][0-7]{1,2})|x(?P<two>[0-9A-Fa-f]{2})|x\{(?P<hex>[0-9A-Fa-f]+)\}"
    r"|(?P<control>[tnvfra])|(?P<plain>[^A-Za-z0-9\x80-\U0010ffff]))"
)
_GROUP = re.compile(r"\((?:\?P?<(?P<name>[A-Za-z0-9_]+)>|\?(?P<flags>[imsU]*(?:-[imsU]+)?)(?P<end>[:)]))?", re.ASCII)
_BOUNDS = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_POSIX = re.compile(r"\[:\^?([A-Za-z0-9_]*):\]", re.ASCII)


class _Refused(Exception):
    pass


class _Level:
    """A group that is open: the largest product of counts in it, and whether something stands there to be repeated."""

    def __init__(self) -> None:
        self.most = 1
        self.has_atom = False


class _Pattern:
    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.levels: List[_Level] = [_Level()]
        self.names: Set[str] = set()
        self.last = 1
        self.repeated = False

    def read(self) -> None:
        while self.at < len(self.text):
            if not self._quantifier():
                self.repeated = False
                self._term()
        self._need(len(self.levels) == 1)

    @staticmethod
    def _need(good: object) -> None:
        if not good:
            raise _Refused

    def _put(self, product: int = 1) -> None:
        level = self.levels[-1]
        level.has_atom, level.most, self.last = True, max(level.most, product), product

    def _quantifier(self) -> bool:
        bounds = _BOUNDS.match(self.text, self.at)
        if bounds:
            self.at = bounds.end()
            low = int(bounds[1])
            self._repeat(low, int(bounds[3]) if bounds[3] else None if bounds[2] else low)
        elif self.text[self.at] in "*+?":
            self.at += 1
            self._repeat(0, None)
        else:
            return False
        return True

    def _repeat(self, low: int, high: Optional[int]) -> None:
        self.at += self.text.startswith("?", self.at)
        self._need(self.levels[-1].has_atom and not self.repeated and low <= _MAX_REPEAT)
        self._need(high is None or low <= high <= _MAX_REPEAT)
        factor = low if high is None else high
        product = self.last * max(factor, 1)
        self._need(product <= _MAX_REPEAT or factor <= 1)
        self._put(product)
        self.repeated = True

    def _term(self) -> None:
        char = self.text[self.at]
        if char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self.at += 1
            self.levels[-1].has_atom = False
        elif char == "[":
            self._put()
            self._class()
        elif char == "\\":
            self._escape()
        else:
            self.at += 1
            self._put()

    def _open(self) -> None:
        found = _GROUP.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        self._need(not self.text.startswith("?", self.at) or found[0] != "(")
        if found["name"] is not None:
            self._need(found["name"] not in self.names)
            self.names.add(found["name"])
        if found["end"] != ")":
            self._need(len(self.levels) <= _MAX_GROUPS)
            self.levels.append(_Level())

    def _close(self) -> None:
        self._need(len(self.levels) > 1)
        self.at += 1
        inner = self.levels.pop().most
        self._put(inner)

    def _escape(self) -> None:
        if self.text.startswith("\\Q", self.at):
            end = self.text.find("\\E", self.at + 2)
            literal = self.text[self.at + 2 : None if end < 0 else end]
            self.at = len(self.text) if end < 0 else end + 2
            if literal:
                self._put()
            return
        self._put()
        if self.text[self.at + 1 : self.at + 2] in ("A", "b", "B", "z"):
            self.at += 2
        elif not self._set():
            self._character()

    def _set(self) -> bool:
        found = _SET.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found is not None

    def _character(self) -> int:
        found = _CHARACTER.match(self.text, self.at)
        self._need(found)
        assert found is not None
        self.at = found.end()
        if found["octal"]:
            return int(found["octal"], 8)
        if found["two"] or found["hex"]:
            value = int(found["two"] or found["hex"], 16)
            self._need(value <= 0x10FFFF)
            return value
        return "tnvfr".index(found["control"]) + 9 if found["control"] and found["control"] != "a" else ord(found["plain"] or "\a")

    def _class(self) -> None:
        self.at += 2 if self.text.startswith("^", self.at + 1) else 1
        first = True
        while first or not self.text.startswith("]", self.at):
            self._need(self.at < len(self.text))
            self._item()
            first = False
        self.at += 1

    def _item(self) -> None:
        posix = _POSIX.match(self.text, self.at)
        if posix:
            self._need(posix[1] in _CLASSES)
            self.at = posix.end()
        elif not self._set():
            low = self._class_character()
            behind = self.text[self.at : self.at + 2]
            if len(behind) == 2 and behind[0] == "-" and behind[1] != "]":
                self.at += 1
                self._need(low <= self._class_character())

    def _class_character(self) -> int:
        self._need(self.at < len(self.text))
        if self.text[self.at] == "\\":
            return self._character()
        self.at += 1
        return ord(self.text[self.at - 1])


def is_re2(text: str) -> bool:
    try:
        _Pattern(text).read()
    except _Refused:
        return False
    return True
