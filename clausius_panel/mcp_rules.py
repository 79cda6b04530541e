"""Tools for agents about what a person configured: where to look for logs, which local processes to show.

`mcp_server` serves them beside its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mcp.types import ToolAnnotations
from pydantic import Field

from . import answers, queries
from .answers import ClusterAge
from .local_processes import PROCESS_FILTERS, ProcessFilter, add_filter, remove_filter
from .logs.configured import PATH_BASES
from .logs.rules import SearchPath
from .runtime import Runtime

__all__ = ["RuleTools"]

ACTOR = "mcp"

_READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_REMOVES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
)

Path = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1000,
        description="Absolute; may hold {user}, {name}, {job_id}, {array_job_id}, or begin with {work_dir}.",
    ),
]
OneCluster = Annotated[str, Field(max_length=63, description='"": every cluster.')]
Words = Annotated[str, Field(min_length=2, max_length=1000, description="A part of the command line.")]


@dataclass(frozen=True, kw_only=True)
class PathBases:
    """Directories that are searched for logs beside those that Slurm names."""

    path_bases: list[SearchPath]
    clusters: list[ClusterAge]


@dataclass(frozen=True, kw_only=True)
class ProcessFilters:
    """Which processes of the person's own machine are shown as the cluster "local"; without an include none."""

    process_filters: list[ProcessFilter]
    clusters: list[ClusterAge]


class RuleTools:
    """The tools. Their docstrings and annotations are what an agent reads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def all(self) -> list[tuple[Callable[..., Any], ToolAnnotations]]:
        """Each tool with what it does to the world."""
        return [
            (self.list_path_bases, _READS),
            (self.add_path_base, _ADDS),
            (self.remove_path_base, _REMOVES),
            (self.list_process_filters, _READS),
            (self.add_process_filter, _ADDS),
            (self.remove_process_filter, _REMOVES),
        ]

    def list_path_bases(self) -> PathBases:
        """The directories that are searched for a job's logs beside those that Slurm names."""
        return PathBases(path_bases=PATH_BASES.all(self._runtime.store), clusters=self._ages())

    def add_path_base(self, path: Path, cluster: OneCluster = "") -> PathBases:
        """Search one more directory of a cluster for logs; its files may be read from then on."""
        self._known(cluster)
        PATH_BASES.add(self._runtime.store, SearchPath(template=path, cluster=cluster), actor=ACTOR)
        return self.list_path_bases()

    def remove_path_base(self, path: Path, cluster: OneCluster = "") -> PathBases:
        """Search a directory no more. No file is touched."""
        PATH_BASES.remove(self._runtime.store, path, cluster=cluster, actor=ACTOR)
        return self.list_path_bases()

    def list_process_filters(self) -> ProcessFilters:
        """Which processes of the person's own machine are shown beside the jobs, as the cluster "local"."""
        return ProcessFilters(process_filters=PROCESS_FILTERS.all(self._runtime.store), clusters=self._ages())

    def add_process_filter(self, text: Words, action: Literal["include", "exclude"] = "include") -> ProcessFilters:
        """Show the person's own processes whose command line holds a text, or keep such from being shown."""
        add_filter(self._runtime.store, ProcessFilter(text=text, action=action), actor=ACTOR)
        return self.list_process_filters()

    def remove_process_filter(self, text: Words) -> ProcessFilters:
        """Forget a filter; with the last include the cluster "local" goes. No process is touched."""
        remove_filter(self._runtime.store, text, actor=ACTOR)
        return self.list_process_filters()

    def _known(self, cluster: str) -> None:
        if cluster:
            queries.cluster_configs(self._runtime.store, clusters=[cluster])

    def _ages(self) -> list[ClusterAge]:
        return answers.cluster_ages(queries.freshness(self._runtime.store))
