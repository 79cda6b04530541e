"""Why a file is not read."""

from __future__ import annotations

from typing import Literal

from ..errors import InvalidInput

__all__ = ["LogRefused", "Reason"]

Reason = Literal[
    "missing", "unbegun", "directory", "special", "outside", "hidden", "foreign", "unreadable", "packed", "binary"
]
"""What was wrong; see `LogRefused`."""

_REMEDY: dict[Reason, str] = {
    "missing": "there is no such file (yet)",
    "unbegun": "its job has not begun, and will write there",
    "directory": "it is a directory: list it instead",
    "special": "it is {detail}; only regular files are read",
    "outside": "it leads to {detail}, outside the directories of known logs; add a search path for it",
    "hidden": "hidden files may hold secrets; name what may be shown in the rules",
    "foreign": "it belongs to {detail}, not to the user whose job names it; add a search path if it may be read",
    "unreadable": "it cannot be read: {detail}",
    "packed": "it is packed by gzip: {detail}",
    "binary": "it is no text; the page of its logs downloads it",
}

_FAULTS: dict[Reason, str] = {"missing": "is not there", "unbegun": "is not there yet"}


class LogRefused(InvalidInput):
    """A path that is not read as a log: `reason` tells why for programs, the message for people.

    >>> str(LogRefused("/a.out", "special", "a fifo"))
    "log file: '/a.out' is not read; it is a fifo; only regular files are read"
    """

    def __init__(self, path: str, reason: Reason, detail: str = "", *, detour: str = "") -> None:
        """`detour` is why only the login node was asked, though the cluster has a data host."""
        self.fault = _FAULTS.get(reason, "is not read")
        remedy = _REMEDY[reason].format(detail=detail or "something else")
        if reason == "missing" and detail:
            remedy = f"it is a link to {detail}, which is not there (yet)"
        if reason == "missing" and detour:
            remedy = f"{remedy} on the login node, and the data host could not be asked: {detour}"
        super().__init__("log file", path, remedy)
        self.path, self.reason, self.detail, self.detour = path, reason, detail, detour
