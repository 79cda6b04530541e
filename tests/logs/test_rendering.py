from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.logs import LogSource, rendered
from clausius_panel.logs.rendering import MOST_ROWS, image_type, json_text, table_rows

Write = Callable[[str, bytes | str], str]
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def test_json_is_shown_with_indents_and_broken_json_as_lines(source: LogSource, write: Write):
    found = rendered(source, write("a.json", '{"b": [1, "é"]}'))
    assert found is not None
    assert found.text == '{\n  "b": [\n    1,\n    "é"\n  ]\n}'
    assert rendered(source, write("b.json", '{"b": ')) is None
    assert rendered(source, write("c.json", "[" * 100_000)) is None
    assert rendered(source, write("d.log", "{}")) is None


def test_a_table_is_bounded_and_says_so(source: LogSource, write: Write):
    found = rendered(source, write("a.csv", "step,loss\n" + "1,0.5\n" * 5000))
    assert found is not None
    assert (found.rows[0], len(found.rows)) == (("step", "loss"), MOST_ROWS + 1)
    assert "first 200 rows" in found.note
    small = rendered(source, write("b.tsv", 'a\tb\n"x\ty"\t2\n'))
    assert small is not None
    assert (small.rows, small.note) == ((("a", "b"), ("x\ty", "2")), "")
    assert rendered(source, write("empty.csv", "")) is None


def test_an_image_is_one_by_its_bytes_and_not_by_its_name(source: LogSource, write: Write):
    found = rendered(source, write("plot.png", PNG))
    assert found is not None
    assert found.data_url == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert rendered(source, write("page.png", "<html><script>alert(1)</script>")) is None
    drawn = rendered(source, write("plot.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"))
    assert drawn is not None
    assert drawn.data_url.startswith("data:image/svg+xml;base64,")
    assert rendered(source, write("huge.gif", b"GIF89a" + b"\x01" * (9 << 20))) is None


def test_markdown_is_read_up_to_a_bound(source: LogSource, write: Write):
    small = rendered(source, write("a.md", "# x\n"))
    assert small is not None
    assert (small.kind, small.text, small.note) == ("markdown", "# x\n", "")
    large = rendered(source, write("b.md", "word\n" * 200_000))
    assert large is not None
    assert "only the first" in large.note
    assert rendered(source, write("c.md", b"a\x00b")) is None


@pytest.mark.parametrize("data", [b"", b"RIFF1234WAVE", b"\x89PN", b"<svg"])
def test_what_is_no_image_has_no_type(data: bytes):
    assert image_type(data, "x.png") == ""


@given(strategy.text(max_size=500))
def test_any_text_is_a_bounded_table_or_none(text: str):
    rows, _ = table_rows(text)
    assert len(rows) <= MOST_ROWS + 1
    assert all(row for row in rows)


@given(strategy.text(max_size=200))
def test_json_with_indents_says_the_same(text: str):
    shown = json_text(text)
    if shown is not None:
        assert json.loads(shown) == json.loads(text) or "NaN" in text


def test_json_that_is_all_indents_is_shown_as_it_is():
    assert json_text('{"a":' * 900 + "[" + "1," * 100_000 + "1]" + "}" * 900) is None
    assert json_text("[" * 900 + "]" * 900) is not None


def test_what_is_left_out_of_a_table_is_said_and_nothing_else():
    assert table_rows("a,b\n" + "1,2\n" * 200)[1] == ""
    assert table_rows("a,b\n" + "1,2\n" * 201)[1] == "only the first 200 rows are shown"
    assert table_rows("a,b\n1,2\n", is_whole=False)[1] == "only the first 1 row is shown"
    wide = ",".join("x" * 61) + "\n"
    assert table_rows(wide)[1] == "only the first 60 columns are shown"
    assert table_rows(wide * 300)[1] == "only the first 200 rows and 60 columns are shown"
