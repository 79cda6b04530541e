from __future__ import annotations

import base64
import json

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.keyset import Key, after, decode, encode, order_by

ROWS = some.lists(
    some.tuples(some.one_of(some.none(), some.integers(-2, 2)), some.integers(0, 50)),
    max_size=25,
    unique_by=lambda row: row[1],
)


@given(ROWS, some.booleans(), some.integers(1, 7))
@settings(max_examples=40)
def test_pages_give_every_row_once_in_order_whatever_is_null(rows, descending, size):
    keys = [Key("a", "BIGINT", descending), Key("b", "BIGINT")]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (a BIGINT, b BIGINT)")
        if rows:
            connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        whole = connection.execute(f"SELECT a, b FROM t ORDER BY {order_by(keys)}").fetchall()
        seen: list[tuple[int | None, int]] = []
        condition, bound = "true", {}
        while True:
            sql = f"SELECT a, b FROM t WHERE {condition} ORDER BY {order_by(keys)} LIMIT {size}"
            page = connection.execute(sql, bound).fetchall()
            if not page:
                break
            seen += page
            condition, bound = after(keys, decode("o", encode("o", page[-1]), 2))
    assert seen == whole


@given(some.text(max_size=200))
def test_text_that_is_no_cursor_is_refused(text):
    with pytest.raises(InvalidInput, match="cursor"):
        decode("order", text, 2)


@pytest.mark.parametrize(
    "value", [["other", [1, 2]], ["order", [1]], ["order", [1, {}]], ["order", {}], {}, [], 5]
)
def test_a_cursor_of_another_shape_or_order_is_refused(value):
    with pytest.raises(InvalidInput, match="cursor"):
        decode("order", base64.urlsafe_b64encode(json.dumps(value).encode()).decode(), 2)
