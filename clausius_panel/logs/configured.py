"""The rules about logs as this person configured them: where to look, and what lines mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidInput
from ..rule_shelf import RuleShelf
from ..store import Store
from ..store.rules import RuleKind
from .analysis import BENIGN, CRASHES, SOFT_FAILURES, AnalysisRules, BenignRule, CrashRule, SoftRule
from .rules import LogRules, Mount, PathMap, SearchPath

__all__ = [
    "BENIGN_RULES",
    "CRASH_RULES",
    "LOG_SHELVES",
    "MOUNTS",
    "PATH_BASES",
    "PATH_MAPS",
    "SOFT_RULES",
    "analysis_rules",
    "log_rules",
    "log_shelf",
]

PATH_BASES = RuleShelf(kind="log_path", what="path base", make=SearchPath, key="template")
PATH_MAPS = RuleShelf(kind="path_mapping", what="path map", make=PathMap, key="inside")
MOUNTS = RuleShelf(kind="mount", what="mount", make=Mount, key="remote")
CRASH_RULES = RuleShelf(kind="crash", what="crash rule", make=CrashRule, key="pattern")
SOFT_RULES = RuleShelf(kind="soft_failure", what="soft failure rule", make=SoftRule, key="pattern")
BENIGN_RULES = RuleShelf(kind="benign", what="harmless text", make=BenignRule, key="text")

LOG_SHELVES: Mapping[RuleKind, RuleShelf[Any]] = {
    shelf.kind: shelf for shelf in (PATH_BASES, PATH_MAPS, MOUNTS, CRASH_RULES, SOFT_RULES, BENIGN_RULES)
}
"""Every kind of rule about logs."""


def log_shelf(kind: RuleKind) -> RuleShelf[Any]:
    """The rules of one kind about logs. Raises `InvalidInput` for another kind."""
    if kind not in LOG_SHELVES:
        raise InvalidInput("kind of log rule", kind, f"use one of {', '.join(LOG_SHELVES)}")
    return LOG_SHELVES[kind]


def log_rules(store: Store) -> LogRules:
    """Where logs lie, as configured."""
    return LogRules(
        search_paths=tuple(PATH_BASES.all(store)),
        path_maps=tuple(PATH_MAPS.all(store)),
        mounts=tuple(MOUNTS.all(store)),
    )


def analysis_rules(store: Store) -> AnalysisRules:
    """What lines mean: what was configured comes before what is shipped, and names a crash first."""
    return AnalysisRules(
        crashes=(*CRASH_RULES.all(store), *CRASHES),
        soft_failures=(*SOFT_RULES.all(store), *SOFT_FAILURES),
        benign=(*(rule.text.lower() for rule in BENIGN_RULES.all(store)), *BENIGN),
    )
