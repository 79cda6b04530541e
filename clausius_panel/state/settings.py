"""One person's look at how the dashboard is set up: settings, clusters, and lists of rules."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import param

from .. import actions
from .. import store as st
from ..errors import InvalidInput
from ..local_processes import PROCESS_FILTERS, ProcessFilter, add_filter, remove_filter
from ..logs.configured import LOG_SHELVES
from ..model import Cluster
from ..model.run import DEFAULT_RULES, RunRules
from ..queries import cluster_configs
from ..rule_shelf import RuleShelf
from ..run_rules import (
    RunRulesChange,
    add_run_rule,
    remove_run_rule,
    rule_lines,
    set_run_rules,
)
from ..store import Setting
from ..store.rules import run_rules
from .look import Look

__all__ = ["RULE_LISTS", "RUN_LISTS", "JoinLine", "RuleList", "SettingsState"]

ACTOR = "browser"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """A list that people configure: what it is for, and the fields of one rule, the first of which names it."""

    kind: str  # of `store.rules.RuleKind` or `run_rules.RunRuleKind`, or "join"
    title: str
    about: str
    fields: Mapping[str, str]  # name: what to type, with an example


RULE_LISTS: tuple[RuleList, ...] = (
    RuleList(
        kind="log_path",
        title="Directories that are searched for logs",
        about="beside those that Slurm names; may hold {user}, {name}, {job_id}, {array_job_id}, {work_dir}",
        fields={"template": "/scratch/{user}/logs", "cluster": "every cluster"},
    ),
    RuleList(
        kind="path_mapping",
        title="Paths inside containers",
        about="a directory as jobs see it, and where it is on the host",
        fields={"inside": "/workspace", "outside": "/lustre/lab/workspace", "cluster": "every cluster"},
    ),
    RuleList(
        kind="mount",
        title="Directories that are mounted on this machine",
        about="they are read here first",
        fields={"remote": "/lustre/lab", "local": "/mnt/lab", "cluster": "every cluster"},
    ),
    RuleList(
        kind="crash",
        title="What a crash looks like in a log",
        about="regular expressions as grep -E reads them; they come before those that are shipped",
        fields={"pattern": "Lost connection to (db|cache)", "kind": "lost connection"},
    ),
    RuleList(
        kind="soft_failure",
        title="Why a job did nothing, though it ended well",
        about="regular expressions",
        fields={"pattern": "nothing to do", "meaning": "all inputs were done already"},
    ),
    RuleList(
        kind="benign",
        title="Lines that look like errors and are none",
        about="text that such a line holds",
        fields={"text": "Error rate: 0"},
    ),
    RuleList(
        kind="process_filter",
        title="Processes of this machine that are shown as jobs",
        about="those whose command line holds the text; exclude keeps some of them from being shown",
        fields={"text": "train.py", "action": "include"},
    ),
)
"""Every list of rules of one's own."""

RUN_LISTS: tuple[RuleList, ...] = (
    RuleList(
        kind="stage",
        title="Endings of names that do not change the run",
        about="regular expressions; a change puts all jobs into runs anew",
        fields={"pattern": "eval[0-9]*"},
    ),
    RuleList(
        kind="parent",
        title="Jobs that come after others by their names",
        about="an ending, and those of the job before, likeliest first; '' is none",
        fields={"pattern": "[-_]eval[0-9]*", "parents": "-train ''"},
    ),
    RuleList(
        kind="join",
        title="What else makes jobs one run",
        about="gap_s: seconds between submissions; explicit: finds the run in comments",
        fields={"name": "", "value": "600"},
    ),
)
"""The lists that are shipped with something in them."""

_SHELVES: dict[str, RuleShelf[Any]] = {one.kind: one for one in (*LOG_SHELVES.values(), PROCESS_FILTERS)}

_RUN_FIELDS = {"stage": ("stages",), "parent": ("parents",), "join": ("gap_s", "explicit")}
"""What each of these lists shows of `RunRules`."""

_LISTS = {one.kind: one for one in (*RULE_LISTS, *RUN_LISTS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinLine:
    """One of the values of `RunRules` that are no lists."""

    name: str
    value: str
    is_shipped: bool


class SettingsState(Look):
    """Settings, clusters and rules as they are now."""

    PAGE = "settings"
    KEYS: ClassVar[dict[str, str]] = {}

    clusters: list[Cluster] = param.List(default=[], doc="The configured clusters.")  # type: ignore[assignment]

    run_rules: RunRules = param.ClassSelector(  # type: ignore[assignment]
        class_=RunRules, default=DEFAULT_RULES, doc="How runs are known."
    )

    rules: dict[str, list[Any]] = param.Dict(default={}, doc="The rules of each kind.")  # type: ignore[assignment]

    settings: list[Setting] = param.List(default=[], doc="Every setting with its meaning.")  # type: ignore[assignment]

    def set_setting(self, key: str, value: object) -> None:
        """Change one setting. Raises `InvalidInput` in words; waits for the store."""
        actions.set_setting(self.runtime.store, key, value, actor=ACTOR)

    def run_lines(self, kind: str) -> list[Any]:
        """The lines of one of `RUN_LISTS`, each with `is_shipped`."""
        if kind == "join":
            return [
                JoinLine(name=name, value=str(value), is_shipped=value == getattr(DEFAULT_RULES, name))
                for name in _RUN_FIELDS[kind]
                for value in (getattr(self.run_rules, name),)
            ]
        return [line for lines in rule_lines(self.run_rules).values() for line in lines if line.kind == kind]

    def is_changed(self, kind: str) -> bool:
        """Whether one of `RUN_LISTS` is not as it is shipped."""
        return any(getattr(self.run_rules, name) != getattr(DEFAULT_RULES, name) for name in _RUN_FIELDS[kind])

    def reset_rules(self, kind: str) -> str:
        """Have one of `RUN_LISTS` as it is shipped; what came of it. Raises `ReadOnly`, `InvalidInput`."""
        if kind not in _RUN_FIELDS:
            raise InvalidInput("kind of run rule", kind, f"use one of {', '.join(_RUN_FIELDS)}")
        shipped: dict[str, Any] = {name: getattr(DEFAULT_RULES, name) for name in _RUN_FIELDS[kind]}
        return set_run_rules(self.runtime.store, actor=ACTOR, **shipped).words

    def add_rule(self, kind: str, fields: Mapping[str, str]) -> str:
        """Add a rule; what came of it where that is to be told. Raises `ReadOnly`, `InvalidInput`.

        Empty fields count as left out.
        """
        listed, store = _list(kind), self.runtime.store
        given = {name: value.strip() for name, value in fields.items() if name in listed.fields and value.strip()}
        first = next(iter(listed.fields))
        if first not in given:
            raise InvalidInput(first, "", f"type one, such as {listed.fields[first]}")
        if kind in _RUN_FIELDS:
            return self._add_run_rule(kind, given).words
        if kind == "process_filter":
            action: Any = given.get("action", "include")
            add_filter(store, ProcessFilter(text=given["text"], action=action), actor=ACTOR)
        else:
            _SHELVES[kind].put(store, given, actor=ACTOR)
        return ""

    def remove_rule(self, kind: str, key: str, cluster: str = "") -> str:
        """Forget a rule; what came of it where that is to be told. Raises `ReadOnly`, `InvalidInput`."""
        if kind not in (*_SHELVES, "stage", "parent"):
            raise InvalidInput("kind of rule", kind, f"use one of {', '.join((*_SHELVES, 'stage', 'parent'))}")
        if kind in ("stage", "parent"):
            return remove_run_rule(self.runtime.store, kind, key, actor=ACTOR).words  # type: ignore[arg-type]
        if kind == "process_filter":
            remove_filter(self.runtime.store, key, actor=ACTOR)
        else:
            _SHELVES[kind].remove(self.runtime.store, key, cluster=cluster, actor=ACTOR)
        return ""

    def _add_run_rule(self, kind: str, given: Mapping[str, str]) -> RunRulesChange:
        store = self.runtime.store
        if kind == "join":
            name, value = given["name"], given.get("value", "")
            if name == "gap_s":
                return set_run_rules(store, gap_s=_whole(value), actor=ACTOR)
            if name == "explicit":
                return set_run_rules(store, explicit=value, actor=ACTOR)
            raise InvalidInput("name", name, f"use one of {', '.join(_RUN_FIELDS[kind])}")
        parents = _words(given.get("parents", ""))
        return add_run_rule(store, kind, given["pattern"], parents, actor=ACTOR)  # type: ignore[arg-type]

    def _answer(self) -> dict[str, Any]:
        store = self.runtime.store
        return {
            "settings": st.list_settings(store),
            "clusters": cluster_configs(store),
            "run_rules": run_rules(store),
            "rules": {kind: shelf.all(store) for kind, shelf in _SHELVES.items()},
        }


def _list(kind: str) -> RuleList:
    if kind not in _LISTS:
        raise InvalidInput("kind of rule", kind, f"use one of {', '.join(_LISTS)}")
    return _LISTS[kind]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidInput("gap_s", text, "use a whole number of seconds") from error


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise InvalidInput("parents", text, "close the quote; '' is the name without an ending") from error
