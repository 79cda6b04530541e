"""What is sent to a page, with text from clusters made fit to be seen: nothing of a name hides or breaks its line.

Ids, keys, links and what is copied go as they are: only what is there to be read is changed.
"""

from __future__ import annotations

from typing import Any

from ..model.printable import printable, printable_lines

__all__ = ["shown"]

_LINE = frozenset({"name", "title"})
"""Keys of text that is one line, and of cells that hold such text."""

_LINES = frozenset({"note", "text", "tip", "why"})
"""Keys of text that may have several."""


def shown(value: Any, *, is_line: bool = False) -> Any:
    r"""The same value with its texts made visible. `is_line`: all of them are one line each.

    >>> shown({"name": "a\nb", "key": "a\nb", "text": "a\n\x1b"})
    {'name': 'a␊b', 'key': 'a\nb', 'text': 'a\n␛'}
    """
    if isinstance(value, dict):
        is_copied = bool(value.get("copy"))  # the button beside it copies its text: the script shows it
        return {
            # a table has tens of thousands of texts, and hardly an odd one
            name: member
            if isinstance(member, str) and member.isprintable()
            else _member(name, member, is_line=is_line, is_copied=is_copied)
            for name, member in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [shown(member, is_line=is_line) for member in value]
    return value


def _member(name: object, member: Any, *, is_line: bool, is_copied: bool) -> Any:
    if not isinstance(member, str):
        return shown(member, is_line=is_line or name in _LINE)
    if name in _LINE or (is_line and name in _LINES):
        return printable(member)
    return printable_lines(member) if name in _LINES and not is_copied else member
