"""What lint found: one line each, or JSON for other programs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, TextIO, Tuple

from ewgen.errors import DocumentError
from ewgen.load import Node

ERROR, WARNING = "error", "warning"

_BOLD, _RED, _YELLOW, _DIM, _PLAIN = "\033[1m", "\033[31m", "\033[33m", "\033[2m", "\033[0m"


@dataclass(frozen=True)
class Finding:
    severity: str  # ERROR: gen refuses it, or it can never be fulfilled
    check: str  # the name of what was checked: "unknown-keyword"
    file: str
    line: Optional[int]
    pointer: Optional[str]
    message: str

    @property
    def place(self) -> Tuple[str, Optional[str]]:
        return (self.file, self.pointer)

    @property
    def where(self) -> str:
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        return file if self.pointer is None else f"{file}: {self.pointer}"

    def as_json(self) -> Dict[str, Any]:
        return {
            "severity": self.severity,
            "check": self.check,
            "file": self.file,
            "line": self.line,
            "pointer": self.pointer,
            "message": self.message,
        }


def finding(severity: str, check: str, node: Node, message: str) -> Finding:
    return Finding(severity, check, node.file.label, node.file.line(node.tokens), node.pointer, message)


def of_error(error: DocumentError, severity: str = ERROR, check: str = "refused") -> Finding:
    return Finding(severity, check, error.file, error.line, error.pointer, error.message)


def in_order(findings: List[Finding]) -> List[Finding]:
    """By file and line; one that is there twice once."""
    return sorted(dict.fromkeys(findings), key=lambda f: (f.file, f.line or 0, f.pointer or "", f.message))


def colourful(stream: TextIO) -> bool:
    """Colours are for people: on a terminal that has them, unless NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def as_line(found: Finding, colours: bool) -> str:
    if not colours:
        return f"{found.where}: {found.message} [{found.check}]"
    colour = _RED if found.severity == ERROR else _YELLOW
    return f"{_BOLD}{found.where}:{_PLAIN} {colour}{found.message}{_PLAIN} {_DIM}[{found.check}]{_PLAIN}"


def json_document(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def json_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
