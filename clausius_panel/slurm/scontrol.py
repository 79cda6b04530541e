"""`scontrol show config`: what a cluster is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ParseError

__all__ = ["WORDS", "ClusterFacts", "parse"]

WORDS = ("scontrol", "show", "config")
"""The command in words of shell."""

_LINE = re.compile(r"^(\w+)\s*= ?(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFacts:
    """What matters to us of slurm.conf, as the controller sees it."""

    version: str  # "22.05.8"
    cluster_name: str = ""
    has_accounting: bool = False
    min_job_age_s: int | None = None  # how long squeue shows a job that has ended
    message_timeout_s: int | None = None  # how long a command waits for a controller that is silent


def parse(text: str) -> ClusterFacts:
    """The facts in `scontrol show config`. Raises `ParseError` where it names no version."""
    told = dict(_LINE.findall(text))
    version = told.get("SLURM_VERSION", "")
    if not version:
        raise ParseError("scontrol show config", 1, text[:200], "no SLURM_VERSION")
    storage = told.get("AccountingStorageType", "")
    return ClusterFacts(
        version=version,
        cluster_name=told.get("ClusterName", ""),
        # 23.11 and later print (null) for none, older ones accounting_storage/none
        has_accounting=storage.lower() not in ("", "(null)", "none", "accounting_storage/none"),
        min_job_age_s=_seconds(told.get("MinJobAge", "")),
        message_timeout_s=_seconds(told.get("MessageTimeout", "")),
    )


def _seconds(text: str) -> int | None:
    """The number in `300 sec`."""
    digits = text.partition(" ")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else None
