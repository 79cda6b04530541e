"""What is told of a row that was sent and not taken; the errors themselves are in `errors`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RowRefusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRefusal:
    """What the answer says of a row that was not taken."""

    row: int  # from 1
    field: str
    value: str  # what stood there, cut
    reason: str
