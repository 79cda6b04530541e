"""Tables on standard output: coloured and cut to the width of a terminal, whole and plain in a pipe or file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ..model import state_family
from .words import cut_middle, printable

__all__ = ["STYLE", "Column", "is_terminal", "say", "show", "state_style"]

STYLE = {
    "running": "green",
    "pending": "yellow",
    "failed": "red",
    "completed": "bright_black",
    "cancelled": "bright_black",
    "transition": "blue",
    "held": "magenta",
    "unknown": "italic",
}
"""Colour of each state family, as everywhere else; a word always stands beside it."""

GAP = 2

WIDEST = 48
"""What a column takes at most in a pipe; a longer value is written whole and shifts only its own line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. In a narrow terminal `flexible` ones are cut, then those of the highest `rank` go."""

    title: str
    right: bool = False
    rank: int = 0
    flexible: int = 0  # least width; 0: never cut


def state_style(state: str) -> str:
    """The rich style of a job's state."""
    return STYLE[state_family(state)]


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def say(text: str, *, style: str = "") -> None:
    """One line on standard output."""
    if style and is_terminal():
        from rich.console import Console
        from rich.text import Text

        Console(highlight=False).print(Text(printable(text), style=style))
    else:
        sys.stdout.write(f"{printable(text)}\n")


def show(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, styles: Sequence[Sequence[str]] = ()
) -> None:
    """Write a table; `styles` has a rich style (or "") for each cell."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if is_terminal():
        _show_rich(columns, cells, styles)
    else:
        _show_plain(columns, cells)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max([len(column.title), *(len(row[i]) for row in rows)]) for i, column in enumerate(columns)]


def _show_plain(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    widths = _widths(columns, rows)
    for row in [[column.title for column in columns], *rows]:
        line = "  ".join(
            cell.rjust(min(width, WIDEST)) if column.right else cell.ljust(min(width, WIDEST))
            for cell, width, column in zip(row, widths, columns, strict=True)
        )
        sys.stdout.write(f"{line.rstrip()}\n")


def fit(columns: Sequence[Column], widths: Sequence[int], room: int) -> dict[int, int]:
    """Column index -> width, so that the whole takes at most `room` characters where that can be had."""
    kept = dict(enumerate(widths))

    def over() -> int:
        return sum(kept.values()) + GAP * (len(kept) - 1) - room

    while over() > 0:
        spare = {i: kept[i] - columns[i].flexible for i in kept if 0 < columns[i].flexible < kept[i]}
        last = max(kept, key=lambda i: (columns[i].rank, i))
        if sum(spare.values()) < over() and columns[last].rank > 0:
            del kept[last]
        elif spare:
            widest = max(spare, key=lambda i: kept[i])
            kept[widest] -= 1
        else:
            break
    return kept


def _show_rich(columns: Sequence[Column], rows: Sequence[Sequence[str]], styles: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    room = shutil.get_terminal_size().columns
    kept = fit(columns, _widths(columns, rows), room)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    for i in kept:
        right = columns[i].right
        table.add_column(columns[i].title, justify="right" if right else "left", no_wrap=True, overflow="crop")
    for n, row in enumerate(rows):
        style = styles[n] if n < len(styles) else [""] * len(row)
        table.add_row(*(Text(cut_middle(row[i], width), style=style[i]) for i, width in kept.items()))
    # rich counts a gap after the last column too
    Console(highlight=False, width=room + GAP).print(table)
