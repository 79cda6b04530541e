import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import LogSource, count_records, parse_records, preview, record, records

Write = Callable[[str, bytes | str], str]
TEN = "".join(
    json.dumps({"id": number, "prompt": f"é{number}"}, ensure_ascii=False) + "\n" for number in range(10)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def ids(found: list[object]) -> list[int]:
    return [value["id"] for value in found if isinstance(value, dict)]


def test_the_first_and_the_last_records(source: LogSource, write: Write):
    path = write("a.jsonl", TEN)
    first = records(source, path, count=3)
    assert ids([each.value for each in first.records]) == [0, 1, 2]
    assert [each.number for each in first.records] == [1, 2, 3]
    last = records(source, path, last=True, count=3)
    assert ids([each.value for each in last.records]) == [7, 8, 9]
    assert count_records(source, path) == 10


def test_records_page_in_both_directions(source: LogSource, write: Write):
    path = write("a.jsonl", TEN)
    first = records(source, path, count=4)
    second = records(source, path, start=first.end, line=5, count=4)
    assert ids([each.value for each in second.records]) == [4, 5, 6, 7]
    assert second.records[0].number == 5
    back = records(source, path, before=second.start, line=5, count=2)
    assert ids([each.value for each in back.records]) == [2, 3]
    assert [each.number for each in back.records] == [3, 4]
    rest = records(source, path, start=second.end, count=50)
    assert ids([each.value for each in rest.records]) == [8, 9]
    assert rest.page.at_end


def test_one_record_is_read_by_its_offset(source: LogSource, write: Write):
    path = write("a.jsonl", TEN)
    wanted = records(source, path, last=True, count=1).records[0]
    assert record(source, path, offset=wanted.offset).value == {"id": 9, "prompt": "é9"}
    with pytest.raises(InvalidInput, match="offset of a record"):
        record(source, path, offset=wanted.offset + 1)
    with pytest.raises(InvalidInput, match="offset of a record"):
        record(source, path, offset=len(TEN.encode()))


def test_invalid_and_blank_lines(source: LogSource, write: Write):
    found = records(source, write("a.jsonl", '{"a": 1}\n\nnonsense\n{"b": 2}\r\n{"cut": ')).records
    assert [each.value for each in found] == [{"a": 1}, None, {"b": 2}, None]
    assert [bool(each.error) for each in found] == [False, True, False, True]
    assert [each.number for each in found] == [1, 3, 4, 5]


def test_a_record_longer_than_the_bounds_is_flagged_not_misread(source: LogSource, write: Write):
    path = write("a.jsonl", json.dumps(["x" * 5000]) + "\n[1]\n")
    cut = record(source, path, offset=0, max_bytes=100)
    assert (cut.value, cut.error) == (None, "the record is longer than what was read of it")
    assert records(source, path, max_bytes=100).records[0].error == cut.error
    assert record(source, path, offset=0).value == ["x" * 5000]


def test_what_json_cannot_hold_is_an_error_not_a_crash():
    deep = b"[" * 100_000
    long = b"1" * 10_000
    assert all(each.error for each in parse_records(deep + b"\n" + long + b"\n"))


def test_a_preview_takes_the_telling_keys():
    assert preview({"x": 1, "task": "math", "id": 3}) == "id: 3 · task: math"
    assert preview({"a": 1, "b": [1, 2]}) == "a: 1 · b: [1, 2]"
    assert preview([1, 2]) == "[1, 2]"
    assert preview("a\nb") == "a b"
    assert len(preview({"prompt": "x" * 500}, width=50)) == 50


@pytest.mark.parametrize("count", [0, 10**6])
def test_counts_have_limits(source: LogSource, write: Write, count: int):
    with pytest.raises(InvalidInput, match="count"):
        records(source, write("a.jsonl", TEN), count=count)


@settings(max_examples=40)
@given(st.lists(JSON, max_size=4), st.integers(0, 1000))
def test_what_json_wrote_is_read_where_it_lies(values: list[object], offset: int):
    data = "".join(json.dumps(value) + "\n" for value in values).encode()
    found = parse_records(data, offset=offset)
    assert [each.value for each in found] == values
    for each in found:
        assert json.loads(data[each.offset - offset :][: each.length]) == each.value


@given(st.binary(max_size=100))
def test_any_bytes_give_records_that_lie_in_them(data: bytes):
    for each in parse_records(data):
        assert data[each.offset : each.offset + each.length].strip()
        assert b"\n" not in data[each.offset : each.offset + each.length]


@settings(max_examples=40)
@given(JSON, st.integers(1, 40))
def test_a_preview_is_one_short_line(value: object, width: int):
    assert len(preview(value, width=width)) <= width
    assert "\n" not in preview(value)
