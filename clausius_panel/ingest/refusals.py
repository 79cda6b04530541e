"""Why something that was sent cannot be taken: the whole, or one row of it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ClausiusError

__all__ = ["BodyRefused", "RowRefusal", "RowRefused"]


class BodyRefused(ClausiusError):
    """What was sent cannot be taken as a whole, and nothing of it was.

    `field` is what is wrong, `row` where (from 1; 0: not in a row), `status` HTTP's word for it.
    """

    def __init__(self, field: str, reason: str, *, row: int = 0, status: int = 422) -> None:
        super().__init__(f"{field}: row {row}: {reason}" if row else f"{field}: {reason}")
        self.field, self.reason, self.row, self.status = field, reason, row, status


class RowRefused(ClausiusError):
    """One row cannot be taken; `field` names the member that is wrong."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.value, self.reason = field, value, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRefusal:
    """What the answer says of a row that was not taken."""

    row: int  # from 1
    field: str
    value: str  # what stood there, cut
    reason: str
