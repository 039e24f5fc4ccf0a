"""Whether a text is of a format, for examples and defaults; what a program checks is eventwire/format.h, held against this."""

from __future__ import annotations

import base64
import binascii
import calendar
import re
from fractions import Fraction
from typing import Callable, Dict, List

from ewgen.keccak import keccak_256
from ewgen.re2 import is_re2
from ewgen.regex import PatternError, PatternLimit, compile_pattern


def _matcher(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


# ------------------------------------------------------------------------------------------------------- times

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))")


def _date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    year, month, day = map(int, found.groups())
    # The year 0 is a leap year there, and none that calendar knows.
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year or 2000, month)[1]


def _time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if not found:
        return False
    hour, minute, second = (int(part) for part in found.groups()[:3])
    east = {"+": 1, "-": -1, None: 0}[found[4]]
    offset_hours, offset_minutes = int(found[5] or 0), int(found[6] or 0)
    if hour > 23 or minute > 59 or second > 60 or offset_hours > 23 or offset_minutes > 59:
        return False
    in_utc = hour * 60 + minute - east * (offset_hours * 60 + offset_minutes)
    return second < 60 or in_utc % 1440 == 1439


def _date_time(text: str) -> bool:
    return text[10:11] in ("T", "t") and _date(text[:10]) and _time(text[11:])


_duration = _matcher(
    r"P(?:[0-9]+W|(?=.)(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)?"
    r"(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?)"
)

_GO_UNITS = {"ns": 1, "us": 10**3, "\u00b5s": 10**3, "\u03bcs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_GO_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")


def _go_duration(text: str) -> bool:
    negative, rest = text[:1] == "-", text[1:] if text[:1] in ("-", "+") else text
    if rest in ("", "0"):
        return rest == "0"
    total, at = 0, 0
    while at < len(rest):
        part = _GO_PART.match(rest, at)
        if part is None or not (part[1] or part[2]):
            return False
        unit = _GO_UNITS[part[3]]
        total += int(part[1] or 0) * unit + int(Fraction(int(part[2] or 0), 10 ** len(part[2] or "")) * unit)
        at = part.end()
    return total <= 2**63 - (0 if negative else 1)


_MILLISECONDS = re.compile(r"[+-]?[0-9]+")


def _ff_duration(text: str) -> bool:
    return _go_duration(text) or (_MILLISECONDS.fullmatch(text) is not None and abs(int(text)) < 2**63)


# ------------------------------------------------------------------------------------------------------ network

_ipv4 = _matcher(r"(?:(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])(?:\.(?!$)|$)){4}")
_GROUP = re.compile(r"[0-9A-Fa-f]{1,4}")


def _ipv6(text: str) -> bool:
    halves = text.split("::")
    if len(halves) > 2:
        return False
    groups: List[str] = []
    for half in halves:
        groups += half.split(":") if half else []
    count = len(groups)
    if groups and "." in groups[-1] and text.endswith(groups[-1]):
        if not _ipv4(groups.pop()):
            return False
        count += 1
    if not all(_GROUP.fullmatch(group) for group in groups):
        return False
    return count <= 7 if len(halves) == 2 else count == 8


_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def _hostname(text: str) -> bool:
    """Of other scripts only the library knows: labels that begin with xn-- are taken as they are."""
    labels = text.split(".")
    return len(text) <= 253 and all(_LABEL.fullmatch(l) and (l[2:4] != "--" or l[:2].lower() == "xn") for l in labels)


_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf'{_ATOMS}(?:\.{_ATOMS})*|"(?:[ !#-\[\]-~]|\\[ -~])*"')


def _email(text: str) -> bool:
    local = _LOCAL.match(text)
    if local is None or local.end() > 64 or text[local.end() : local.end() + 1] != "@":
        return False
    place = text[local.end() + 1 :]
    if not place.startswith("["):
        return _hostname(place)
    inside = place[1:-1]
    if not place.endswith("]") or not inside:
        return False
    return _ipv6(inside[5:]) if inside[:5].lower() == "ipv6:" else _ipv4(inside)


# --------------------------------------------------------------------------------------------------------- URIs

_UCS = "\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef" + "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xfffd)}" for plane in range(1, 14)
) + "\U000e1000-\U000efffd"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


class _Identifiers:
    """URIs, or IRIs with what they allow more."""

    def __init__(self, international: bool):
        usual = r"A-Za-z0-9\-._~!$&'()*+,;=" + (_UCS if international else "")
        private = _PRIVATE if international else ""
        self.user, self.name, self.path, self.query, self.fragment = (
            re.compile(f"(?:[{usual}{more}]|%[0-9A-Fa-f]{{2}})*")
            for more in (":", "", ":@/", ":@/?" + private, ":@/?")
        )

    def is_reference(self, text: str) -> bool:
        return self._holds(text, absolute=False)

    def is_absolute(self, text: str) -> bool:
        return self._holds(text, absolute=True)

    def _holds(self, text: str, absolute: bool) -> bool:
        rest, hash_, fragment = text.partition("#")
        rest, _, query = rest.partition("?")
        scheme, colon, behind = rest.partition(":")
        if colon and "/" not in scheme:
            rest = behind
            if not _SCHEME.fullmatch(scheme):
                return False
        elif absolute:
            return False
        if rest.startswith("//"):
            authority, slash, path = rest[2:].partition("/")
            if not self._is_authority(authority):
                return False
            rest = slash + path
        parts = ((self.path, rest), (self.query, query), (self.fragment, fragment))
        return all(pattern.fullmatch(part) for pattern, part in parts)

    def _is_authority(self, text: str) -> bool:
        user, at, place = text.partition("@")
        if not at:
            user, place = "", text
        if place.startswith("["):
            address, closing, port = place[1:].partition("]")
            good = bool(closing) and (_ipv6(address) or _future(address)) and re.fullmatch("(?::[0-9]*)?", port) is not None
        else:
            host, _, port = place.partition(":")
            good = self.name.fullmatch(host) is not None and re.fullmatch("[0-9]*", port) is not None
        return good and self.user.fullmatch(user) is not None


_future = _matcher(r"[Vv][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+")
_URI, _IRI = _Identifiers(False), _Identifiers(True)

_NAME = r"(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})+"
_VARIABLE = rf"{_NAME}(?:\.{_NAME})*(?:\*|:[1-9][0-9]{{0,3}})?"
_uri_template = _matcher(
    rf"(?:[^\x00- \x7f\"'<>\\^`{{|}}%\x80-\U0010ffff]|'|[{_UCS}{_PRIVATE}]|%[0-9A-Fa-f]{{2}}"
    rf"|\{{[+#./;?&=,!@|]?{_VARIABLE}(?:,{_VARIABLE})*\}})*"
)

# ------------------------------------------------------------------------------------------------------ the rest


def _regex(text: str) -> bool:
    """What is well-formed and no automaton, or too large for one, is left to the library."""
    try:
        compile_pattern(text)
    except PatternError as error:
        return isinstance(error, PatternLimit)
    return True


def _base64(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) >= 0
    except (binascii.Error, ValueError):
        return False


_address = _matcher("0x[0-9A-Fa-f]{40}")


def _eth_address(text: str) -> bool:
    digits = text[2:]
    if not _address(text):
        return False
    if digits in (digits.lower(), digits.upper()):
        return True
    hashed = keccak_256(digits.lower().encode("ascii")).hex()
    return all(d.isdigit() or d.isupper() == (h >= "8") for d, h in zip(digits, hashed))


_decimal = _matcher("0|[1-9][0-9]*")


def _uint256(text: str) -> bool:
    return _decimal(text) and len(text) <= 78 and int(text) < 2**256


# Without those of other scripts, which need the tables of Unicode.
JUDGES: Dict[str, Callable[[str], bool]] = {
    "base64": _base64,
    "byte": _base64,
    "date": _date,
    "date-time": _date_time,
    "duration": _duration,
    "email": _email,
    "eth-address": _eth_address,
    "ff-duration": _ff_duration,
    "go-duration": _go_duration,
    "hex-quantity": _matcher("0x(?:0|[1-9A-Fa-f][0-9A-Fa-f]*)"),
    "hostname": _hostname,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "iri": _IRI.is_absolute,
    "iri-reference": _IRI.is_reference,
    "json-pointer": _matcher("(?:/(?:[^~/]|~[01])*)*"),
    "re2": is_re2,
    "regex": _regex,
    "relative-json-pointer": _matcher("(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~[01])*)*)"),
    "time": _time,
    "uint256": _uint256,
    "uri": _URI.is_absolute,
    "uri-reference": _URI.is_reference,
    "uri-template": _uri_template,
    "uuid": _matcher("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
}
