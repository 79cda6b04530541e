"""Lists that people configure: one JSON value a rule, in order, by kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from ..errors import InvalidInput
from ..model.run import ParentRule, RunRules
from .engines import Cursor
from .store import Store
from .values import naive

__all__ = ["RuleKind", "list_rules", "put_rules", "put_run_rules", "read_rules", "read_run_rules", "run_rules"]

RuleKind = Literal[
    "runs", "log_path", "path_mapping", "mount", "crash", "soft_failure", "benign", "process_filter"
]
"""`runs` is one object (see `RunRules`); the others are lists of what their readers understand."""


def list_rules(store: Store, kind: RuleKind) -> list[Any]:
    """The rules of one kind, in order. Raises `InvalidInput` for a kind that does not exist."""
    _check(kind)
    return list(store.remembered(f"rules {kind}", lambda cur: _read(cur, kind)))


def read_rules(cur: Cursor, kind: RuleKind) -> list[Any]:
    """The same, within a transaction."""
    _check(kind)
    return _read(cur, kind)


def put_rules(cur: Cursor, kind: RuleKind, rules: Sequence[Any]) -> None:
    """Replace the rules of one kind; none brings the defaults back. Raises `InvalidInput`."""
    _check(kind)
    now = naive(datetime.now(UTC))
    try:
        texts = [json.dumps(rule, allow_nan=False) for rule in rules]
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"rule {kind}", rules, "use what JSON can hold") from error
    cur.execute("DELETE FROM rules WHERE kind = ?", [kind])
    for position, text in enumerate(texts):
        cur.execute("INSERT INTO rules VALUES (?, ?, ?::JSON, ?)", [kind, position, text, now])


def run_rules(store: Store) -> RunRules:
    """How runs are known; the defaults where nothing is configured, or where it cannot be read any more."""
    return store.remembered("run rules", read_run_rules)


def read_run_rules(cur: Cursor) -> RunRules:
    """The same, within a transaction."""
    stored = _read(cur, "runs")
    if not stored:
        return RunRules()
    try:
        return _run_rules(stored[0])
    except (InvalidInput, TypeError, KeyError, AttributeError):
        return RunRules()


def put_run_rules(cur: Cursor, rules: RunRules) -> None:
    """Keep how runs are known. They count from the next jobs on."""
    put_rules(cur, "runs", [asdict(rules)])


def _run_rules(stored: dict[str, Any]) -> RunRules:
    parents = [ParentRule(suffix=one["suffix"], parents=tuple(one["parents"])) for one in stored["parents"]]
    return RunRules(
        stages=tuple(stored["stages"]),
        parents=tuple(parents),
        explicit=stored["explicit"],
        gap_s=stored["gap_s"],
    )


def _read(cur: Cursor, kind: str) -> list[Any]:
    rows = cur.execute("SELECT rule FROM rules WHERE kind = ? ORDER BY position", [kind]).fetchall()
    return [json.loads(text) for (text,) in rows]


def _check(kind: str) -> None:
    if kind not in get_args(RuleKind):
        raise InvalidInput("rule kind", kind, f"use one of {', '.join(get_args(RuleKind))}")
