"""Terminal text made safe: colours as plain spans, everything else that steers a terminal removed.

Nothing here is markup: whoever shows a span escapes its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

__all__ = ["PLAIN", "Span", "Style", "parse_ansi", "plain_text", "shown_line"]

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_LEVELS = (0, 95, 135, 175, 215, 255)

_STEERING = re.compile(
    r"\x1b\[([0-9;:]{0,100})m"  # colours and weight
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)"  # other control sequences
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x1b\x07\x9c\n]*(?:\x1b\\|[\x07\x9c]|(?=\x1b|\n)|$)"  # titles
    r"|\x1b[ -/]*(?:[0-~]|$)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\x1b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How text looks. Colours are "", a name such as "red" or "bright-red", or "#rrggbb"."""

    colour: str = ""
    background: str = ""
    is_bold: bool = False
    is_dim: bool = False
    is_italic: bool = False
    is_underlined: bool = False
    is_inverse: bool = False
    is_struck: bool = False


PLAIN = Style()
"""No style at all."""

_SWITCHES: dict[int, dict[str, Any]] = {
    1: {"is_bold": True},
    2: {"is_dim": True},
    3: {"is_italic": True},
    4: {"is_underlined": True},
    7: {"is_inverse": True},
    9: {"is_struck": True},
    22: {"is_bold": False, "is_dim": False},
    23: {"is_italic": False},
    24: {"is_underlined": False},
    27: {"is_inverse": False},
    29: {"is_struck": False},
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one style; of control characters it holds only line feeds and tabs."""

    text: str
    style: Style = PLAIN


def parse_ansi(text: str, *, style: Style = PLAIN) -> list[Span]:
    r"""`text` as spans, beginning in `style`. Progress bars that were drawn over and over show their last state.

    >>> [span.text for span in parse_ansi("a\x1b[31mb\x1b[0m 10%\r 20%\n")]
    [' 20%\n']
    >>> parse_ansi("\x1b[1mhi\x1b]0;title\x07")
    [Span(text='hi', style=Style(colour='', background='', is_bold=True, ...))]
    """
    spans: list[tuple[Style, list[str]]] = []
    shown = _collapsed(text)
    at = 0
    for found in _STEERING.finditer(shown):
        _append(spans, shown[at : found.start()], style)
        at = found.end()
        if found[1] is not None:
            style = _styled(style, found[1])
    _append(spans, shown[at:], style)
    return [Span("".join(parts), style) for style, parts in spans]


def plain_text(text: str) -> str:
    r"""`text` as `parse_ansi` shows it, without the styles.

    >>> plain_text("\x1b[31mred\x1b[0m\r\n")
    'red\n'
    """
    shown = text if text.isprintable() else _collapsed(text)
    return shown if shown.isprintable() else _STEERING.sub("", shown)


def shown_line(line: str) -> str:
    r"""What is left on the screen of one line: the last thing drawn over it.

    >>> shown_line(" 1%|  |\r 2%|  |\r")
    ' 2%|  |'
    """
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if _is_seen(part)), "")
    if "\x08" not in line:
        return line
    kept: list[str] = []
    for char in line:
        if char != "\x08":
            kept.append(char)
        elif kept:
            kept.pop()
    return "".join(kept)


def _is_seen(part: str) -> bool:
    return bool((part if part.isprintable() else _STEERING.sub("", part)).strip())


def _collapsed(text: str) -> str:
    if "\r" not in text and "\x08" not in text:
        return text
    return "\n".join(map(shown_line, text.split("\n")))


def _append(spans: list[tuple[Style, list[str]]], text: str, style: Style) -> None:
    if text and spans and spans[-1][0] == style:
        spans[-1][1].append(text)
    elif text:
        spans.append((style, [text]))


@lru_cache(maxsize=1024)
def _styled(style: Style, codes: str) -> Style:
    numbers = [int(code) if code.isascii() and code.isdigit() else 0 for code in re.split("[;:]", codes)]
    at = 0
    while at < len(numbers):
        code = numbers[at]
        at += 1
        if code == 0:
            style = PLAIN
        elif code in _SWITCHES:
            style = replace(style, **_SWITCHES[code])
        elif code in (38, 48):
            colour, used = _extended(numbers[at:])
            at += used
            style = replace(style, colour=colour) if code == 38 else replace(style, background=colour)
        elif 30 <= code <= 39 or 90 <= code <= 97:
            style = replace(style, colour=_named(code))
        elif 40 <= code <= 49 or 100 <= code <= 107:
            style = replace(style, background=_named(code - 10))
    return style


def _named(code: int) -> str:
    """The colour of a foreground code; 39 is the usual one."""
    if code == 39:
        return ""
    return f"bright-{_NAMES[code - 90]}" if code >= 90 else _NAMES[code - 30]


def _extended(numbers: list[int]) -> tuple[str, int]:
    """The colour that 38 or 48 announces, and how many numbers it took."""
    if len(numbers) >= 2 and numbers[0] == 5:
        return _of_256(numbers[1]), 2
    if len(numbers) >= 4 and numbers[0] == 2:
        red, green, blue = (min(each, 255) for each in numbers[1:4])
        return f"#{red:02x}{green:02x}{blue:02x}", 4
    return "", len(numbers)


def _of_256(number: int) -> str:
    if number < 8:
        return _NAMES[number]
    if number < 16:
        return f"bright-{_NAMES[number - 8]}"
    if number < 232:
        cube = number - 16
        red, green, blue = _LEVELS[cube // 36], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6]
        return f"#{red:02x}{green:02x}{blue:02x}"
    grey = 8 + 10 * (min(number, 255) - 232)
    return f"#{grey:02x}{grey:02x}{grey:02x}"
