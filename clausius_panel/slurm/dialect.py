"""What one cluster's Slurm can do: detected once, remembered as JSON in cluster_state.dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

__all__ = ["Dialect"]

_NUMBER = re.compile(r"(\d+)\.(\d+)")
_RENEW = timedelta(days=1)  # an upgrade, or accounting switched on, is noticed within a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What is known of a cluster's Slurm. The empty `Dialect()` knows nothing and asks for everything.

    `missing` holds what this version refused, as "command:field" in small letters.
    """

    version: str = ""  # "22.05.8"; "" until it told
    accounting: Literal["", "yes", "no"] = ""  # "" until it told
    missing: tuple[str, ...] = ()
    asked_at: str = ""  # ISO time in UTC of the last detection; "" is never

    @classmethod
    def from_mapping(cls, known: Mapping[str, object]) -> Dialect:
        """The remembered dialect; what cannot be read is forgotten, since detecting again costs one command."""
        accounting, missing = known.get("accounting"), known.get("missing")
        return cls(
            version=str(known.get("version") or ""),
            accounting="yes" if accounting == "yes" else "no" if accounting == "no" else "",
            missing=tuple(map(str, missing)) if isinstance(missing, (list, tuple)) else (),
            asked_at=str(known.get("asked_at") or ""),
        )

    def to_dict(self) -> dict[str, object]:
        """What `from_mapping` reads, ready for JSON."""
        return asdict(self) | {"missing": list(self.missing)}

    def is_due(self, now: datetime) -> bool:
        """Whether the cluster should be asked again what it is."""
        try:
            asked = datetime.fromisoformat(self.asked_at)
        except ValueError:
            return True
        if asked.tzinfo is None:
            asked = asked.replace(tzinfo=UTC)
        return not timedelta(0) <= now - asked < _RENEW

    def release(self) -> tuple[int, int]:
        """Year and month of the version, (0, 0) while unknown.

        >>> Dialect(version="22.05.8").release()
        (22, 5)
        """
        found = _NUMBER.match(self.version)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def lacks(self, command: str, field: str) -> bool:
        """Whether this version refused `field` of `command`."""
        return f"{command}:{field}".lower() in self.missing

    def without(self, command: str, *fields: str) -> Dialect:
        """The dialect that remembers that `fields` of `command` are refused."""
        more = {f"{command}:{field}".lower() for field in fields}
        return replace(self, missing=tuple(sorted({*self.missing, *more})))

    def restored(self, command: str, before: Dialect) -> Dialect:
        """The dialect with what `before` knew of `command`, and nothing that was learned of it since."""
        others = {entry for entry in self.missing if not entry.startswith(f"{command}:")}
        own = {entry for entry in before.missing if entry.startswith(f"{command}:")}
        return replace(self, missing=tuple(sorted(others | own)))
