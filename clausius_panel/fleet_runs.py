"""Runs and projects in a notebook: by which rules jobs belong together, and the projects that they count to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import records
from .model.project import Project
from .model.run import RunRules
from .run_rules import (
    RunRuleKind,
    RunRulesChange,
    add_run_rule,
    remove_run_rule,
    reset_run_rules,
    set_run_rules,
)
from .store.rules import run_rules

if TYPE_CHECKING:
    from .runtime import Runtime

__all__ = ["FleetRuns"]

ACTOR = "notebook"


class FleetRuns:
    """The rules for runs, and projects. What changes the rules puts all jobs into runs anew where that matters."""

    runtime: Runtime

    def run_rules(self) -> RunRules:
        """How runs are known: stages, parents, the id in comments, the gap between submissions."""
        return run_rules(self.runtime.store)

    def set_run_rules(self, **fields: Any) -> RunRulesChange:
        """Replace stages, parents, explicit or gap_s: see `RunRules`. Raises `ReadOnly`, `InvalidInput`."""
        return set_run_rules(self.runtime.store, actor=ACTOR, **fields)

    def add_run_rule(self, kind: RunRuleKind, pattern: str, *parents: str) -> RunRulesChange:
        """Add a "stage", or a "parent" rule with the endings of names that come before it, "" for none.

        Raises `ReadOnly`, `InvalidInput`.
        """
        return add_run_rule(self.runtime.store, kind, pattern, parents, actor=ACTOR)

    def remove_run_rule(self, kind: RunRuleKind, pattern: str) -> RunRulesChange:
        """Forget a rule, be it a shipped one. Raises `ReadOnly`, `InvalidInput`."""
        return remove_run_rule(self.runtime.store, kind, pattern, actor=ACTOR)

    def reset_run_rules(self) -> RunRulesChange:
        """Have the rules as they are shipped. Raises `ReadOnly`."""
        return reset_run_rules(self.runtime.store, actor=ACTOR)

    def add_project(self, name: str, **looks: str) -> Project:
        """Configure a project; `looks` are prefix, colour, emoji. Raises `ReadOnly`, `InvalidInput`."""
        return records.add_project(self.runtime.store, name, actor=ACTOR, **looks)

    def edit_project(self, name: str, *, new_name: str = "", **looks: str) -> Project:
        """Change prefix, colour or emoji of a project, or its name. Raises `ReadOnly`, `InvalidInput`."""
        return records.edit_project(self.runtime.store, name, new_name=new_name, actor=ACTOR, **looks)

    def merge_project(self, name: str, into: str) -> Project:
        """Let a project's jobs count to another; `into` "" takes it back. Raises `ReadOnly`, `InvalidInput`."""
        return records.merge_projects(self.runtime.store, name, into, actor=ACTOR)
