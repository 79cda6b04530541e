"""Tools for agents about our own records: what the board shows, and what is kept of the past.

They change nothing on a cluster. `mcp_server` serves them beside its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from mcp.types import ToolAnnotations
from pydantic import Field

from . import answers, queries, records
from .answers import ClusterAge
from .runtime import Runtime

__all__ = ["RecordTools"]

ACTOR = "mcp"

_HIDES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_FORGETS = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)

Names = Annotated[list[str] | None, Field(max_length=200, description="Only these clusters.")]
Project = Annotated[str, Field(max_length=200, description="Only this project.")]
Days = Annotated[int, Field(ge=1, le=36_500, description="What ended longer ago goes.")]


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """How many jobs are not shown any more; they come back when their state changes, and history keeps them."""

    hidden: int
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class CleanedUp:
    """How many jobs were forgotten, or would be where `dry_run` is true."""

    jobs: int
    before: datetime
    dry_run: bool
    clusters: list[ClusterAge]


class RecordTools:
    """The tools. Their docstrings and annotations are what an agent reads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def all(self) -> list[tuple[Callable[..., Any], ToolAnnotations]]:
        """Each tool with what it does to the world."""
        return [(self.clear_failed, _HIDES), (self.clear_completed, _HIDES), (self.cleanup_history, _FORGETS)]

    def clear_failed(self, clusters: Names = None, project: Project = "") -> Cleared:
        """Hide jobs that failed, timed out or were cancelled from the board. Nothing is deleted."""
        hidden = records.clear_failed(self._runtime.store, clusters=clusters or (), project=project, actor=ACTOR)
        return Cleared(hidden=hidden, clusters=self._ages())

    def clear_completed(self, clusters: Names = None, project: Project = "") -> Cleared:
        """Hide completed jobs from the board. Nothing is deleted."""
        hidden = records.clear_completed(
            self._runtime.store, clusters=clusters or (), project=project, actor=ACTOR
        )
        return Cleared(hidden=hidden, clusters=self._ages())

    def cleanup_history(self, days: Days, clusters: Names = None, dry_run: bool = True) -> CleanedUp:
        """Forget records of jobs that ended long ago; no file is touched. A dry run, the default, only counts.

        Pinned jobs and runs with a star or notes stay. It cannot be undone: tell the person the count of a dry run
        first.
        """
        outcome = records.cleanup_history(
            self._runtime.store, days=days, clusters=clusters or (), dry_run=dry_run, actor=ACTOR
        )
        return CleanedUp(jobs=outcome.jobs, before=outcome.before, dry_run=outcome.dry_run, clusters=self._ages())

    def _ages(self) -> list[ClusterAge]:
        return answers.cluster_ages(queries.freshness(self._runtime.store))
