"""One card per cluster: how it stands, how fresh that is, and what still works where something does not."""

from __future__ import annotations

from typing import Any

from ..queries import ClusterStatus
from .words import FAMILY_WORDS, epoch, plural

__all__ = ["card", "fleet_summary"]

_PROBLEMS = {
    "unreachable": "cannot be reached",
    "refused": "did not let us in",
    "failed": "answered with an error",
    "timeout": "did not answer in time",
    "parse": "gave an answer that could not be read",
    "busy": "is still being asked",
}
_ALWAYS = ("running", "pending", "failed")
_AT_TIMES = ("transition", "held", "unknown")
_WITH_GPUS = ("running", "pending", "held")  # GPUs of what has ended are nobody's any more


def card(status: ClusterStatus, *, asking: bool, interval_s: int) -> dict[str, Any]:
    """What the card of one cluster shows; times are seconds since 1970."""
    fresh = status.freshness
    login = f"{status.user}@{status.host}" if status.user else status.host
    return {
        "name": status.cluster,
        "login": login,
        "scope": "jobs of everyone" if status.scope == "everyone" else "your jobs",
        "version": f"Slurm {status.slurm_version}" if status.slurm_version else "",
        "as_of": epoch(fresh.as_of),
        "problem": _PROBLEMS.get(fresh.error_kind, "has a problem") if fresh.error else "",
        "error": fresh.error,
        "since": epoch(fresh.error_since),
        "next": _next(status, interval_s),
        "warning": status.warning,
        "asking": asking,
        "interval": interval_s,
        "counts": _counts(status),
        "nodes": status.nodes,
        "nodes_up": status.nodes_available,
        "gpus": status.gpus_total,
        "gpus_idle": status.gpus_idle,
        "gpus_used": status.gpus.get("running", 0),
        "gpu_type": status.gpu_type.upper(),
        "rate": status.commands_per_min,
    }


def _next(status: ClusterStatus, interval_s: int) -> float | None:
    """When it is tried again: young data are not asked for anew, even where something has failed since."""
    later, known = epoch(status.next_attempt), epoch(status.freshness.as_of)
    return later if later is None or known is None else max(later, known + interval_s)


def _counts(status: ClusterStatus) -> list[dict[str, Any]]:
    """Jobs and GPUs by family: the main three always, others that matter now where there are any."""
    return [
        {
            "family": family,
            "word": word,
            "jobs": status.jobs.get(family, 0),
            "gpus": status.gpus.get(family, 0) if family in _WITH_GPUS else 0,
        }
        for family, word in FAMILY_WORDS.items()
        if family in _ALWAYS or (family in _AT_TIMES and status.jobs.get(family, 0))
    ]


def fleet_summary(statuses: list[ClusterStatus]) -> str:
    """The whole fleet in one line."""
    if not statuses:
        return "no cluster yet"
    total = {family: sum(status.jobs.get(family, 0) for status in statuses) for family in _ALWAYS}
    gpus = sum(status.gpus.get("running", 0) for status in statuses)
    up = sum(status.is_up for status in statuses)
    running = f"{total['running']:,} running" + (f" ({plural(gpus, 'GPU')})" if gpus else "")
    parts = [running, f"{total['pending']:,} pending", f"{total['failed']:,} failed"]
    clusters = plural(len(statuses), "cluster")
    return " · ".join([*parts, f"{clusters} up" if up == len(statuses) else f"{up} of {clusters} up"])
