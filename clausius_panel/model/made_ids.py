"""Ids for jobs of files that have none, such as the first weekly files of a usage history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

__all__ = ["MadeIds"]

_FACTS = (
    *("User", "Account", "Partition", "QOS", "State", "Submit", "Start", "End"),
    *("AllocNodes", "AllocCPUS", "AllocGPUS", "NodeList"),
)
_FIRST = 10**15
"""Sixteen digits, one of which is not 0: no Slurm has ids as large, and a BIGINT holds them."""


class MadeIds:
    """The same facts give the same id in whatever file they come; the second job alike in all gets another.

    The facts are those that an import and an upload both read, so that a file may come either way, or both.
    """

    def __init__(self) -> None:
        self._seen = Counter[str]()

    def of(self, row: Mapping[str, Any]) -> str:
        """The id of a row by our names of its columns."""
        facts = "\0".join(str(row.get(name)) for name in _FACTS)
        ordinal = self._seen[facts_key := _digest(facts)]
        self._seen[facts_key] += 1
        return _digest(f"{facts}\0{ordinal}")


def _digest(text: str) -> str:
    number = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return str(_FIRST + number % (9 * _FIRST))
