from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs.ansi import plain_text
from clausius_panel.logs.lines import Lines

PIECES = st.lists(
    st.sampled_from(
        ["Killed", "ok", "\n", "\r", "\r\n", "\t", "\x1b[31m", "\x1b[0m", "\x1b[3", "é", "\x08", "x" * 9000]
    )
).map("".join)


@given(PIECES)
def test_lines_that_hold_a_text_as_they_are_shown_are_all_found(text: str):
    lines = Lines(text)
    assert lines.shown == [
        plain_text(line) if len(line) < 9000 else lines.shown[at] for at, line in enumerate(text.split("\n"))
    ]
    found = lines.holding(["Killed", "no such"])
    assert found == sorted(set(found))
    assert {at for at, line in enumerate(lines.shown) if "Killed" in line} <= set(found)


@given(st.binary())
def test_every_line_begins_behind_the_line_feed_before_it(data: bytes):
    lines = Lines(data)
    assert len(lines.shown) == data.count(b"\n") + 1
    starts = lines.offsets[:-1]
    assert [data[at - 1 : at] for at in starts[1:]] == [b"\n"] * (len(starts) - 1)
    assert starts[0] == 0


def test_lines_are_not_cut_apart_to_find_that_they_hold_nothing():
    lines = Lines(b"step 12\tloss 0.5\n" * 1000)
    assert lines.holding(["Killed", "Error: "]) == []
    assert "shown" not in vars(lines)


def test_a_text_hidden_by_colours_is_found():
    assert Lines("fine\n\x1b[1mKil\x1b[0mled\n").holding(["Killed"]) == [1]


def test_of_a_very_long_line_the_ends_are_shown():
    [line] = Lines(b"begin " + b"." * 20_000 + b" end").shown
    assert (line[:6], line[-4:], len(line)) == ("begin ", " end", 2 * 4096 + 3)
