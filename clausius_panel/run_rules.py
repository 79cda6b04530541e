"""How runs are known, as people configure it: stages of names, parents told by names, and what else joins jobs.

What is shipped is in the lists like what was added: it can be removed as well, and `reset` brings it back. One
function changes the rules, whatever the face; jobs that are in runs already are put into runs anew by it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from . import store as st
from .errors import InvalidInput
from .guards import refuse_when_read_only
from .model.run import DEFAULT_RULES, ParentRule, RunRules
from .store import Store
from .store.regrouping import regroup as regroup_all
from .store.rules import put_rules, put_run_rules, read_run_rules
from .store.runs import forget_grouping

__all__ = [
    "RunRuleKind",
    "RunRuleLine",
    "RunRulesChange",
    "add_run_rule",
    "remove_run_rule",
    "reset_run_rules",
    "rule_lines",
    "set_rules",
    "set_run_rules",
]

RunRuleKind = Literal["stage", "parent"]
"""stage: what may follow at the end of a name without changing the run; parent: whom such a job comes after."""

MOST_RUN_RULES = 100
"""How many rules of a kind there may be: every name is held against each."""

_LONGEST = 500
_TAKEN = "it is there already; remove it to change it"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRuleLine:
    """One rule as it is listed."""

    kind: RunRuleKind
    pattern: str  # what names end with: a regular expression, which names the rule
    parents: str = ""  # of a parent rule: endings as a shell reads them, '' for the name without any
    is_shipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRulesChange:
    """What the rules are now, and how many jobs were put into runs anew because of it."""

    rules: RunRules
    regrouped: int

    @property
    def words(self) -> str:
        """The second, for people."""
        if not self.regrouped:
            return "no job had to be put into a run anew"
        return f"{self.regrouped:,} {'job was' if self.regrouped == 1 else 'jobs were'} put into runs anew"


def rule_lines(rules: RunRules) -> dict[RunRuleKind, list[RunRuleLine]]:
    """The rules of each kind in their order: for parents the first counts that fits."""
    return {
        "stage": [
            RunRuleLine(kind="stage", pattern=one, is_shipped=one in DEFAULT_RULES.stages) for one in rules.stages
        ],
        "parent": [
            RunRuleLine(
                kind="parent",
                pattern=one.suffix,
                parents=shlex.join(one.parents),
                is_shipped=one in DEFAULT_RULES.parents,
            )
            for one in rules.parents
        ],
    }


def add_run_rule(
    store: Store, kind: RunRuleKind, pattern: str, parents: Sequence[str] = (), *, actor: str = "script"
) -> RunRulesChange:
    """Add a stage, or a rule about parents, which comes before those there are.

    `parents` are the endings that the job before may have, the likeliest first; none, or "", is the name without
    any. Raises `ReadOnly`, `InvalidInput`.
    """
    _check_kind(kind)
    _check_texts(kind, [pattern, *parents])
    if not pattern:
        raise InvalidInput(f"pattern of a {kind} rule", "", "type what the names end with, such as -?eval[0-9]*")
    if kind == "stage" and parents:
        raise InvalidInput("stage rule", " ".join(parents), "a stage has no parents; add a parent rule for them")

    def added(old: RunRules) -> RunRules:
        if any(line.pattern == pattern for line in rule_lines(old)[kind]):
            raise InvalidInput(f"{kind} rule", pattern, _TAKEN)
        if kind == "stage":
            return replace(old, stages=(*old.stages, pattern))
        return replace(old, parents=(ParentRule(suffix=pattern, parents=tuple(parents) or ("",)), *old.parents))

    return _change(store, added, f"add {kind} {pattern}", actor)


def remove_run_rule(store: Store, kind: RunRuleKind, pattern: str, *, actor: str = "script") -> RunRulesChange:
    """Forget a rule, be it a shipped one. Raises `ReadOnly`, and `InvalidInput` where there is none such."""
    _check_kind(kind)

    def removed(old: RunRules) -> RunRules:
        known = [line.pattern for line in rule_lines(old)[kind]]
        if pattern not in known:
            raise InvalidInput(f"{kind} rule", pattern, f"there are: {' '.join(known) or 'none'}")
        return replace(
            old,
            stages=tuple(one for one in old.stages if kind != "stage" or one != pattern),
            parents=tuple(one for one in old.parents if kind != "parent" or one.suffix != pattern),
        )

    return _change(store, removed, f"remove {kind} {pattern}", actor)


def set_run_rules(
    store: Store,
    *,
    stages: Iterable[str] | None = None,
    parents: Iterable[ParentRule] | None = None,
    explicit: str | None = None,
    gap_s: int | None = None,
    actor: str = "script",
) -> RunRulesChange:
    """Replace those of the rules that are given; see `model.run.RunRules`. Raises `ReadOnly`, `InvalidInput`."""
    if isinstance(stages, str):
        raise InvalidInput("stages", stages, "give a list of regular expressions")
    values: dict[str, Any] = {
        "stages": None if stages is None else tuple(stages),
        "parents": None if parents is None else tuple(parents),
        "explicit": explicit,
        "gap_s": gap_s,
    }
    if not all(isinstance(one, ParentRule) for one in values["parents"] or ()):
        raise InvalidInput("parents", str(values["parents"])[:100], "give a list of model.run.ParentRule")
    if not isinstance(gap_s, int | None):
        raise InvalidInput("gap_s", gap_s, "use seconds, 0 to 86400")
    _check_texts("run", [*(values["stages"] or ()), "" if explicit is None else explicit])
    given = {name: value for name, value in values.items() if value is not None}
    return _change(store, lambda old: replace(old, **given), f"set {', '.join(given)}", actor)


def reset_run_rules(store: Store, *, actor: str = "script") -> RunRulesChange:
    """Have the rules as they are shipped. Raises `ReadOnly`."""
    return _change(store, lambda old: DEFAULT_RULES, "as shipped", actor)


def set_rules(store: Store, rules: RunRules, *, regroup: bool = False, actor: str = "script") -> RunRulesChange:
    """Change how runs are known, for jobs to come; `regroup` puts those there are into runs anew.

    Raises `ReadOnly`.
    """
    return _change(store, lambda old: rules, "set", actor, regroup=regroup)


def _change(
    store: Store, make: Callable[[RunRules], RunRules], said: str, actor: str, *, regroup: bool | None = None
) -> RunRulesChange:
    """Write the rules; without a word about `regroup` it is done where the change can matter to it."""
    refuse_when_read_only(store, "run rules")
    with store.write() as cur:
        old = read_run_rules(cur)
        new = make(old)
        if (most := max(len(new.stages), len(new.parents))) > MOST_RUN_RULES:
            raise InvalidInput("number of run rules", most, f"keep at most {MOST_RUN_RULES} of a kind")
        if new == DEFAULT_RULES:
            put_rules(cur, "runs", [])  # what a later version ships shall count then
        else:
            put_run_rules(cur, new)
        # parents told by names are looked up whenever a run is shown: they join nothing
        again = replace(old, parents=()) != replace(new, parents=()) if regroup is None else regroup
        if again:
            forget_grouping(cur)
        st.append_audit(
            cur,
            actor=actor,
            action="run rules",
            cluster="",
            target="all jobs" if again else "jobs to come" if regroup is False else "parents",
            outcome="done",
            detail=said,
        )
    return RunRulesChange(rules=new, regrouped=regroup_all(store) if again else 0)


def _check_kind(kind: str) -> None:
    if kind not in get_args(RunRuleKind):
        raise InvalidInput("kind of run rule", kind, f"use one of {', '.join(get_args(RunRuleKind))}")


def _check_texts(kind: str, texts: Sequence[str]) -> None:
    for text in texts:
        if not isinstance(text, str) or len(text) > _LONGEST or not text.isprintable():
            shown = str(text)[:100]
            raise InvalidInput(f"{kind} rule", shown, f"use one line of at most {_LONGEST} characters")
