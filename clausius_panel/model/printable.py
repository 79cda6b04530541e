"""Text from clusters for the eye: control and direction characters become signs. Pure."""

from __future__ import annotations

__all__ = ["printable", "printable_lines"]

_SIGNS = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_SIGNS |= dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)
_SIGNS |= dict.fromkeys([0x2028, 0x2029], 0x2424)

_SIGNS_IN_LINES = {code: sign for code, sign in _SIGNS.items() if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    r"""One line with control and direction characters made visible: a job's name must not drive what shows it.

    >>> printable("a\x1b[31mb\n")
    'a␛[31mb␊'
    """
    return text if text.isprintable() else text.translate(_SIGNS)


def printable_lines(text: str) -> str:
    r"""The same for text that may have several lines: these and its tabs stay.

    >>> printable_lines("a\x07\n\tb")
    'a␇\n\tb'
    """
    return text if text.isprintable() else text.translate(_SIGNS_IN_LINES)
