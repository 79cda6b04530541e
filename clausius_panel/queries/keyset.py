"""Pages that never overlap or skip, whatever comes in between: each begins after the last row of the one before.

A cursor is what the next page begins after, as opaque text: it is checked, and can do no more than a sort key can.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import InvalidInput

__all__ = ["Key", "after", "decode", "encode", "order_by"]

_REMEDY = "use the cursor that the page before gave, with the same order"
_MOST = 8_000


@dataclass(frozen=True, slots=True)
class Key:
    """One term of an order: SQL of a value, NULL always last. `kind` is a type of DuckDB."""

    sql: str
    kind: str
    descending: bool = False


def order_by(keys: Sequence[Key]) -> str:
    """SQL of the terms of ORDER BY."""
    return ", ".join(f"{key.sql} {'DESC' if key.descending else 'ASC'} NULLS LAST" for key in keys)


def after(keys: Sequence[Key], values: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """SQL condition for the rows behind the one with these values, and its values by name (k_0, k_1 ...)."""
    bound = {f"k_{i}": value for i, value in enumerate(values)}
    terms, same = [], list[str]()
    for i, (key, value) in enumerate(zip(keys, values, strict=True)):
        mark = f"CAST($k_{i} AS {key.kind})"
        if value is None:
            same.append(f"{key.sql} IS NULL")
            del bound[f"k_{i}"]
            continue
        beyond = f"({key.sql} {'<' if key.descending else '>'} {mark} OR {key.sql} IS NULL)"
        terms.append(" AND ".join([*same, beyond]))
        same.append(f"{key.sql} = {mark}")
    return "(" + (" OR ".join(f"({term})" for term in terms) or "false") + ")", bound


def encode(order: str, values: Sequence[Any]) -> str:
    """The cursor of a row; `order` names the order that it belongs to."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps([order, plain]).encode()).decode()


def decode(order: str, cursor: str, count: int) -> list[Any]:
    """The values of a cursor. Raises `InvalidInput` for one that is none, or of another order."""
    try:
        known, values = json.loads(base64.b64decode(cursor[:_MOST].encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise InvalidInput("cursor", cursor[:80], _REMEDY) from error
    is_list = isinstance(values, list) and len(values) == count
    if (
        known != order
        or not is_list
        or not all(each is None or isinstance(each, str | int | float) for each in values)
    ):
        raise InvalidInput("cursor", cursor[:80], _REMEDY)
    return list(values)
