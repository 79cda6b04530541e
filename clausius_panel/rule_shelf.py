"""Lists of rules that people configure: read, add and remove, with the guards of every verb.

What a rule means is known where it is used; here it is a frozen dataclass of texts that checks itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from . import store as st
from .errors import InvalidInput
from .guards import refuse_when_read_only
from .store import Cursor, Store
from .store.rules import RuleKind, list_rules, put_rules, read_rules

__all__ = ["MOST_RULES", "RuleShelf"]

MOST_RULES = 200
"""How many rules of one kind there may be: every line of a log is held against each."""

_LONGEST = 1000

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleShelf(Generic[R]):
    """The rules of one kind. `key` is the field that names a rule, with its cluster where it has one."""

    kind: RuleKind
    what: str  # for people: "path base"
    make: Callable[..., R]  # raises `InvalidInput` for what cannot be right
    key: str

    def all(self, store: Store) -> list[R]:
        """The rules in order; what a later version wrote and this one cannot read is left out."""
        return self._made(list_rules(store, self.kind))

    def add(self, store: Store, rule: R, *, actor: str = "script") -> None:
        """Keep one more rule, at the end. Raises `ReadOnly`, and `InvalidInput` for one that is there already."""
        refuse_when_read_only(store, f"add {self.what}")
        values = _checked(self.what, _values(rule))
        with store.write() as cur:
            kept = read_rules(cur, self.kind)
            if any(self._names(each, values[self.key], values.get("cluster", "")) for each in kept):
                raise InvalidInput(self.what, values[self.key], "it is there already; remove it to change it")
            if len(kept) >= MOST_RULES:
                raise InvalidInput(f"number of rules ({self.what})", len(kept) + 1, f"keep at most {MOST_RULES}")
            put_rules(cur, self.kind, [*kept, values])
            self._told(cur, "add", values, actor)

    def put(self, store: Store, fields: Mapping[str, str], *, actor: str = "script") -> R:
        """`add` a rule of these fields; gives it. Raises as `add`, and `InvalidInput` for a field there is not."""
        try:
            rule = self.make(**fields)
        except TypeError as error:
            raise InvalidInput(f"fields of a {self.what}", ", ".join(fields), str(error)) from error
        self.add(store, rule, actor=actor)
        return rule

    def remove(self, store: Store, key: str, *, cluster: str = "", actor: str = "script") -> R:
        """Forget the rule of this name; gives it back. Raises `ReadOnly`, `InvalidInput` where there is none."""
        refuse_when_read_only(store, f"remove {self.what}")
        with store.write() as cur:
            kept = read_rules(cur, self.kind)
            gone = [each for each in kept if self._names(each, key, cluster)]
            made = self._made(gone)
            if not made:
                known = ", ".join(str(each.get(self.key)) for each in kept if isinstance(each, dict))
                raise InvalidInput(self.what, key, f"there are: {known or 'none'}")
            put_rules(cur, self.kind, [each for each in kept if each not in gone])
            self._told(cur, "remove", gone[0], actor)
        return made[0]

    def _names(self, kept: Any, key: str, cluster: str) -> bool:
        return isinstance(kept, dict) and kept.get(self.key) == key and kept.get("cluster", "") == cluster

    def _made(self, kept: list[Any]) -> list[R]:
        made = []
        for values in kept:
            try:
                made.append(self.make(**values))
            except (InvalidInput, TypeError):  # of another version, or edited by hand
                continue
        return made

    def _told(self, cur: Cursor, verb: str, values: dict[str, Any], actor: str) -> None:
        rest = ", ".join(f"{name} {value}" for name, value in values.items() if value and name != self.key)
        st.append_audit(
            cur,
            actor=actor,
            action=f"{verb} {self.what}",
            cluster=values.get("cluster", ""),
            target=values[self.key],
            outcome="done",
            detail=rest,
        )


def _values(rule: Any) -> dict[str, Any]:
    return asdict(rule)


def _checked(what: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values if each is one line that JSON and a terminal can show. Raises `InvalidInput`."""
    for name, value in values.items():
        if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
            raise InvalidInput(
                f"{name} of {what}", str(value)[:100], f"use one line of at most {_LONGEST} characters"
            )
    return values
