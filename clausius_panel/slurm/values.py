"""Small readers that several commands share."""

from __future__ import annotations

import re

from ..errors import ParseError
from ..model.tres import parse_memory

__all__ = ["asked_memory_mib", "count", "given", "number", "tres_memory_mib", "word"]

_LONGEST = 100  # far beyond any number of Slurm's; Python itself refuses to read thousands of digits
_MEMORY = re.compile(r"(?:^|,)mem=([^,]*)")


def word(text: str) -> str:
    """A word of Slurm's, or "" for the ways in which it says that there is none."""
    return "" if text in ("(null)", "N/A", "None", "none") else text


def given(text: str) -> str:
    """A text of a person's, or "" where Slurm says that none was given."""
    return "" if text in ("(null)", "N/A") else text


def number(text: str) -> int | None:
    """A whole number, None where there is none. Raises `ParseError`."""
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST:
        return int(text)
    if text in ("", "N/A", "(null)"):
        return None
    raise ParseError("number", 1, text, "not a number")


def count(text: str) -> int:
    """A count, which Slurm may shorten ("2K") or print as a range ("1-4"): then its lower end; none is 0."""
    first = text.partition("-")[0]
    scale = {"K": 1024, "M": 1024**2}.get(first[-1:], 1)
    return (number(first.rstrip("KM")) or 0) * scale


def tres_memory_mib(tres: str) -> int | None:
    """MiB of a whole job as its TRES say; None where they do not. Raises `ParseError`."""
    found = _MEMORY.search(tres)
    had = parse_memory(found[1]) if found else None
    return had.mib if had else None


def asked_memory_mib(minimum: str, nodes: str, cpus: str) -> int | None:
    """MiB of a whole job by what it asks for a CPU or a node; None where it asks for none. Raises `ParseError`."""
    wanted = parse_memory(minimum)
    if wanted is None or not wanted.mib:  # 0 is a whole node's memory, whatever that is
        return None
    return wanted.mib * max(1, count(cpus) if wanted.per == "cpu" else count(nodes))
