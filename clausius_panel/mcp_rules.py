"""Tools for agents about what a person configured: where logs lie, which local processes show, what makes a run.

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
from .model.run import ParentRule, RunRules
from .run_rules import RunRuleKind, add_run_rule, remove_run_rule
from .runtime import Runtime
from .store.rules import run_rules

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
Pattern = Annotated[str, Field(min_length=1, max_length=500, description="Regular expression of a name's end.")]
Endings = Annotated[
    tuple[str, ...],
    Field(max_length=20, description='parent: endings of the job before, likeliest first; "": no ending.'),
]
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


@dataclass(frozen=True, kw_only=True)
class RunRuleList:
    """By which rules jobs belong to one run, the shipped ones among them."""

    stages: list[str]  # regular expressions of what may end a name after "-" or "_" without changing the run
    parents: list[ParentRule]  # a job whose name ends so comes after the one that ends so; "" is no ending
    explicit: str  # finds a run's id in comments
    gap_s: int  # jobs of one name submitted no farther apart are one run
    clusters: list[ClusterAge]
    regrouped: int = 0  # jobs that this call put into runs anew


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
            (self.list_run_rules, _READS),
            (self.add_run_rule, _ADDS),
            (self.remove_run_rule, _REMOVES),
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

    def list_run_rules(self) -> RunRuleList:
        """By which rules jobs belong to one run."""
        return self._run_rules(run_rules(self._runtime.store))

    def add_run_rule(self, kind: RunRuleKind, pattern: Pattern, parents: Endings = ()) -> RunRuleList:
        """Add a stage, or a rule about parents told by names; all jobs are put into runs anew where it matters."""
        change = add_run_rule(self._runtime.store, kind, pattern, parents, actor=ACTOR)
        return self._run_rules(change.rules, change.regrouped)

    def remove_run_rule(self, kind: RunRuleKind, pattern: Pattern) -> RunRuleList:
        """Forget a rule, be it a shipped one. No job is touched."""
        change = remove_run_rule(self._runtime.store, kind, pattern, actor=ACTOR)
        return self._run_rules(change.rules, change.regrouped)

    def _run_rules(self, rules: RunRules, regrouped: int = 0) -> RunRuleList:
        return RunRuleList(
            stages=list(rules.stages),
            parents=list(rules.parents),
            explicit=rules.explicit,
            gap_s=rules.gap_s,
            regrouped=regrouped,
            clusters=self._ages(),
        )

    def _known(self, cluster: str) -> None:
        if cluster:
            queries.cluster_configs(self._runtime.store, clusters=[cluster])

    def _ages(self) -> list[ClusterAge]:
        return answers.cluster_ages(queries.freshness(self._runtime.store))
