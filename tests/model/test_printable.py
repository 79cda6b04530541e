import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.model.printable import printable, printable_lines


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain-name_1 é 模", "plain-name_1 é 模"),
        ("one\ntwo\x1b[31mred\t\r\x00\x7f", "one␊two␛[31mred␉␍␀␡"),
        ("a\u2028b\x9bc\u202ed\u2066e", "a\u2424b\ufffdc\ufffdd\ufffde"),
    ],
)
def test_what_controls_or_turns_is_seen_as_a_sign(text: str, seen: str):
    assert printable(text) == seen


def test_lines_and_tabs_stay_where_there_may_be_several():
    assert printable_lines("one\n\ttwo\x1b\r") == "one\n\ttwo␛␍"


@given(st.text())
def test_each_letter_stays_in_its_place_and_none_controls(text: str):
    seen = printable(text)
    assert len(seen) == len(text)
    assert printable(seen) == seen
    assert not any(letter < " " or letter == "\x7f" for letter in seen)
