"""One person's look at how the dashboard is set up: settings, clusters, and lists of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import param

from .. import actions
from .. import store as st
from ..errors import InvalidInput
from ..local_processes import PROCESS_FILTERS, ProcessFilter, add_filter, remove_filter
from ..logs.configured import log_shelf
from ..model import Cluster
from ..queries import cluster_configs
from ..store import Setting
from ..store.rules import RuleKind
from .look import Look

__all__ = ["RULE_LISTS", "RuleList", "SettingsState"]

ACTOR = "browser"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """A list that people configure: what it is for, and the fields of one rule, the first of which names it."""

    kind: RuleKind
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
"""Every list there is."""

_LISTS = {one.kind: one for one in RULE_LISTS}


class SettingsState(Look):
    """Settings, clusters and rules as they are now."""

    PAGE = "settings"
    KEYS: ClassVar[dict[str, str]] = {}

    clusters: list[Cluster] = param.List(default=[], doc="The configured clusters.")  # type: ignore[assignment]

    rules: dict[str, list[Any]] = param.Dict(default={}, doc="The rules of each kind.")  # type: ignore[assignment]

    settings: list[Setting] = param.List(default=[], doc="Every setting with its meaning.")  # type: ignore[assignment]

    def set_setting(self, key: str, value: object) -> None:
        """Change one setting. Raises `InvalidInput` in words; waits for the store."""
        actions.set_setting(self.runtime.store, key, value, actor=ACTOR)

    def add_rule(self, kind: str, fields: Mapping[str, str]) -> None:
        """Add a rule; empty fields count as left out. Raises `ReadOnly`, `InvalidInput`."""
        listed, store = _list(kind), self.runtime.store
        given = {name: value.strip() for name, value in fields.items() if name in listed.fields and value.strip()}
        first = next(iter(listed.fields))
        if first not in given:
            raise InvalidInput(first, "", f"type one, such as {listed.fields[first]}")
        if kind == "process_filter":
            action: Any = given.get("action", "include")
            add_filter(store, ProcessFilter(text=given["text"], action=action), actor=ACTOR)
        else:
            log_shelf(listed.kind).put(store, given, actor=ACTOR)

    def remove_rule(self, kind: str, key: str, cluster: str = "") -> None:
        """Forget a rule. Raises `ReadOnly`, `InvalidInput`."""
        listed = _list(kind)
        if kind == "process_filter":
            remove_filter(self.runtime.store, key, actor=ACTOR)
        else:
            log_shelf(listed.kind).remove(self.runtime.store, key, cluster=cluster, actor=ACTOR)

    def _answer(self) -> dict[str, Any]:
        store = self.runtime.store
        shelves = {
            one.kind: PROCESS_FILTERS if one.kind == "process_filter" else log_shelf(one.kind)
            for one in RULE_LISTS
        }
        return {
            "settings": st.list_settings(store),
            "clusters": cluster_configs(store),
            "rules": {kind: shelf.all(store) for kind, shelf in shelves.items()},
        }


def _list(kind: str) -> RuleList:
    if kind not in _LISTS:
        raise InvalidInput("kind of rule", kind, f"use one of {', '.join(_LISTS)}")
    return _LISTS[kind]
