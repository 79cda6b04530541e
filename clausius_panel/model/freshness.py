"""How old an answer is, and what went wrong if it is older than it should be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

__all__ = ["Freshness"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Says of one cluster's data when they were true and why they are not newer."""

    cluster: str
    as_of: datetime | None  # UTC; None: never answered
    source: Literal["live", "store", "none"] = "store"  # polled for this question, read back, or never had
    error: str = ""  # what the last attempt ran into, in words; "" if it went well
    error_kind: Literal["", "unreachable", "refused", "failed", "timeout", "parse", "busy"] = ""
    error_since: datetime | None = None  # UTC; when the failures began

    def age_s(self, now: datetime | None = None) -> float | None:
        """Seconds since `as_of`; None where there never was an answer."""
        if self.as_of is None:
            return None
        return max(0.0, ((now or datetime.now(UTC)) - self.as_of).total_seconds())
