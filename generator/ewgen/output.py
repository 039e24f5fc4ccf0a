"""The files of a run on disk: all of them or none, and what build systems want to know of them."""

from __future__ import annotations

import os
from typing import Dict, Iterable, List, Optional

_TEMPORARY = ".new"


def read(path: str) -> Optional[str]:
    """The text of a file, None when there is none."""
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            return stream.read()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def write_all(outputs: Dict[str, str]) -> None:
    """Writes all files, or nothing. A file that stays the same keeps its time, so nothing is built again for it."""
    changed = [path for path in sorted(outputs) if read(path) != outputs[path]]
    made: List[str] = []
    try:
        for path in changed:
            _make_folders(os.path.dirname(path), made)
            made.append(path + _TEMPORARY)
            with open(path + _TEMPORARY, "w", encoding="utf-8", newline="") as stream:
                stream.write(outputs[path])
    except BaseException:
        _remove(made)
        raise
    for path in changed:
        os.replace(path + _TEMPORARY, path)


def _make_folders(folder: str, made: List[str]) -> None:
    if folder == "" or os.path.isdir(folder):
        return
    _make_folders(os.path.dirname(folder), made)
    os.mkdir(folder)
    made.append(folder)


def _remove(made: List[str]) -> None:
    """What stands in a folder comes behind it."""
    for path in reversed(made):
        try:
            os.rmdir(path) if os.path.isdir(path) else os.remove(path)
        except FileNotFoundError:
            pass  # it could not be made


def depfile(out: str, outputs: Iterable[str], inputs: Iterable[str]) -> str:
    """A make rule: the outputs hang on the inputs. Names are absolute, or relative to the working directory, as out is."""
    here = os.path.realpath(".")

    def named(path: str) -> str:
        inside = os.path.commonpath([path, here]) == here
        return os.path.relpath(path, here) if inside and not os.path.isabs(out) else path

    left = " ".join(_escaped(path) for path in sorted(outputs))
    right = " ".join(_escaped(named(path)) for path in sorted(set(inputs)))
    return f"{left}: {right}\n"


def _escaped(path: str) -> str:
    return path.replace("\\", "/").replace(" ", "\\ ").replace("#", "\\#").replace("$", "$$")
