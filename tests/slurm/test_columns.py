from dataclasses import dataclass

import pytest

from clausius_panel.errors import ParseError
from clausius_panel.slurm.columns import Columns, build
from clausius_panel.slurm.values import number

ROWS = [("1", "x"), ("2", "y"), ("oops", "x")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: int
    label: str = "none"


def test_each_distinct_text_is_read_once():
    asked: list[str] = []
    columns = Columns.from_rows("c", ("n", "t"), ROWS)
    assert columns.read("t", lambda text: asked.append(text) or text.upper()) == ["X", "Y", "X"]
    assert asked == ["x", "y"]


def test_an_error_names_command_and_line():
    columns = Columns.from_rows("c", ("n", "t"), ROWS)
    with pytest.raises(ParseError, match="c line 4: not a number: 'oops'"):
        columns.read("n", number)
    with pytest.raises(ParseError, match="c line 4"):
        columns.combine(lambda n, t: number(n), "n", "t")


def test_a_missing_column_reads_as_empty_texts():
    columns = Columns.from_rows("c", ("n", "t"), ROWS)
    assert columns.read("nothing", number) == [None, None, None]


def test_a_row_of_another_width_is_refused():
    with pytest.raises(ParseError, match="line 3: 1 fields, 2 are expected"):
        Columns.from_rows("c", ("n", "t"), [("1", "x"), ("2",)])


def test_building_by_columns_equals_calling_the_class():
    assert build(Point, 2, {"x": [1, 2], "label": ("a", "b")}) == [Point(x=1, label="a"), Point(x=2, label="b")]
    assert build(Point, 1, {"x": [1]}) == [Point(x=1)]
    assert build(Point, 0, {"x": []}) == []


def test_building_refuses_what_would_leave_a_hole():
    with pytest.raises(ValueError, match="no column and no default"):
        build(Point, 1, {"label": ["a"]})
    with pytest.raises(ValueError, match="2 values for 1 rows"):
        build(Point, 1, {"x": [1, 2]})
