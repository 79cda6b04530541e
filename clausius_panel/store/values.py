"""Values on their way into and out of the store: times, text and columns.

Times are aware in Python and naive UTC in the file. Text is UTF-8 in the file: a lone surrogate becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Kind", "arrow_table", "aware", "clean", "first_line", "naive"]

Kind = Literal["text", "texts", "int32", "int64", "float", "bool", "time"]
"""What a column holds; times are aware."""

_SURROGATE = re.compile("[\ud800-\udfff]")


@overload
def naive(when: datetime) -> datetime: ...
@overload
def naive(when: None) -> None: ...
def naive(when: datetime | None) -> datetime | None:
    """An aware time as the store keeps it.

    >>> naive(datetime.fromisoformat("2026-01-31T12:00:00+02:00"))
    datetime.datetime(2026, 1, 31, 10, 0)
    """
    return when.astimezone(UTC).replace(tzinfo=None) if when else None


@overload
def aware(when: datetime) -> datetime: ...
@overload
def aware(when: None) -> None: ...
def aware(when: datetime | None) -> datetime | None:
    """A time of the store, as Python should see it.

    >>> aware(datetime(2026, 1, 31, 10))
    datetime.datetime(2026, 1, 31, 10, 0, tzinfo=datetime.timezone.utc)
    """
    return when.replace(tzinfo=UTC) if when else None


def clean(text: str) -> str:
    r"""Text that UTF-8 can hold.

    >>> clean("caf\xe9 \udcff")
    'café \ufffd'
    """
    return _SURROGATE.sub("\ufffd", text)


def first_line(error: BaseException) -> str:
    """What an error says, without the picture of the statement that DuckDB draws below it."""
    return str(error).partition("\n")[0]


def arrow_table(columns: Mapping[str, tuple[Kind, Sequence[Any]]]) -> pa.Table:
    """Columns as DuckDB reads them fastest.

    What a column cannot hold is brought near: text by `clean`, integers by their limits.
    """
    import pyarrow as pa  # late: it costs as much as DuckDB, and readers do without

    types = {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", "UTC"),
    }
    arrays = {}
    for name, (kind, values) in columns.items():
        try:
            array = pa.array(values, types[kind])
        except (UnicodeEncodeError, OverflowError, pa.ArrowInvalid):
            array = pa.array([_near(value, kind) for value in values], types[kind])
        arrays[name] = array.cast(pa.timestamp("us")) if kind == "time" else array
    return pa.table(arrays)


def _near(value: Any, kind: Kind) -> Any:
    if value is None or kind in ("float", "bool", "time"):
        return value
    if kind == "text":
        return clean(value)
    if kind == "texts":
        return [clean(text) for text in value]
    top = 2**31 - 1 if kind == "int32" else 2**63 - 1
    return max(-top, min(top, value))
