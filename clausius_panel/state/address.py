"""What a page is asked to show, as the query of its URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import param

__all__ = ["from_query", "to_query"]

MOST = 200
"""Values of a list, and letters of a text: a link may come from anywhere."""


def to_query(state: param.Parameterized, keys: Mapping[str, str], *, page: str) -> str:
    """What differs from the defaults, without the "?"; `keys` is parameter -> key in the URL."""
    pairs = [("page", page)]
    for name, key in keys.items():
        value = getattr(state, name)
        if value == state.param[name].default:
            continue
        if isinstance(value, list):
            pairs += [(key, str(item)) for item in value]
        else:
            pairs.append((key, str(int(value) if isinstance(value, bool) else value)))
    return urlencode(pairs, safe=":,")


def from_query(
    state: param.Parameterized, keys: Mapping[str, str], query: str
) -> tuple[dict[str, Any], list[str]]:
    """The values that a URL asks for, and what it cannot mean, as it stands there, such as "sort=colour".

    What it does not name or cannot mean is as by default.
    """
    given = parse_qs(query.removeprefix("?"), keep_blank_values=True, max_num_fields=1000)
    values: dict[str, Any] = {}
    odd: list[str] = []
    for name, key in keys.items():
        parameter = state.param[name]
        read = _read(parameter, given[key]) if key in given else None
        default = list(parameter.default) if isinstance(parameter.default, list) else parameter.default
        values[name] = default if read is None else read
        if read is None and any(given.get(key, ())):
            odd.append(f"{key}={given[key][-1][:40]}")
    return values, odd


def _read(parameter: Any, given: list[str]) -> Any:
    """The value of one parameter; None where it cannot be one."""
    last = given[-1]
    if isinstance(parameter, param.List):
        return [item[:MOST] for item in dict.fromkeys(given[:MOST]) if item]
    if isinstance(parameter, param.Selector):
        return last if last in parameter.objects else None
    if isinstance(parameter, param.Boolean):
        return last == "1"
    if isinstance(parameter, param.Integer):
        return _number(last, parameter)
    return last[:MOST]


def _number(text: str, parameter: Any) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        return None
    low, high = parameter.bounds or (None, None)
    number = int(text)
    return number if (low is None or number >= low) and (high is None or number <= high) else None
