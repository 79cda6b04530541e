import itertools
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs import Span, Style, parse_ansi, plain_text
from clausius_panel.logs.ansi import shown_line

RED = Style(colour="red")
PIECES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "\x1b[31m",
                "\x1b[0m",
                "\x1b[1;38;5;200m",
                "\x1b[",
                "\x1b",
                "\x1b]0;x\x07",
                "\x9b1m",
                "\r",
                "\n",
                "\x08",
                "\x1b[2K",
                "\x1b[38;2;1m",
                "\x1b]8;;http://x\x1b\\",
            ]
        ),
    ),
    max_size=20,
).map("".join)


def test_colours_become_spans():
    assert parse_ansi("a\x1b[31mb\x1b[0mc") == [Span("a"), Span("b", RED), Span("c")]


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("1", Style(is_bold=True)),
        ("1;22", Style()),
        ("91", Style(colour="bright-red")),
        ("41", Style(background="red")),
        ("102", Style(background="bright-green")),
        ("38;5;9", Style(colour="bright-red")),
        ("38;5;208", Style(colour="#ff8700")),
        ("48;5;244", Style(background="#808080")),
        ("38;2;1;2;3", Style(colour="#010203")),
        ("38;2;999;2;3", Style(colour="#ff0203")),
        ("31;39", Style()),
        ("3;4;7;9", Style(is_italic=True, is_underlined=True, is_inverse=True, is_struck=True)),
        ("31;", Style()),
        ("38", Style()),
        ("38;5", Style()),
        ("12345", Style()),
    ],
)
def test_codes_of_colour_and_weight(codes: str, style: Style):
    assert parse_ansi(f"\x1b[{codes}mx") == [Span("x", style)]


def test_a_style_goes_on_in_the_next_piece():
    [span] = parse_ansi("more", style=RED)
    assert span.style == RED


def test_what_steers_the_terminal_is_removed():
    text = "a\x1b[2Jb\x1b[10;5Hc\x1b]0;evil title\x07d\x1b]8;;https://evil\x1b\\link\x1b]8;;\x1b\\e\x07\x00\x0c\x9b31mf\x1bcg"
    assert plain_text(text) == "abcdlinkefg"


def test_an_unfinished_sequence_hides_no_other_line():
    assert plain_text("\x1b]0;title without an end\nnext") == "\nnext"
    assert plain_text("a\x1b[31") == "a"


def test_text_that_turns_its_direction_is_straightened():
    assert plain_text("safe\u202egpj.exe\u2069") == "safegpj.exe"


def test_progress_bars_show_their_last_state():
    bar = "".join(f"\r{done:3d}%|{'#' * (done // 10):<10}|" for done in range(0, 101, 10))
    assert plain_text(f"start\n{bar}\nend\r\n") == "start\n100%|##########|\nend\n"
    assert shown_line("10%\r20%\r") == "20%"
    assert shown_line("10%\r\x1b[2K") == "10%"


def test_backspaces_erase():
    assert plain_text("|\x08/\x08-\x08done") == "done"
    assert plain_text("\x08\x08a") == "a"


def test_markup_stays_text():
    assert plain_text("<img onerror=alert(1)>&amp;") == "<img onerror=alert(1)>&amp;"


@given(PIECES)
def test_no_control_character_survives(text: str):
    shown = "".join(span.text for span in parse_ansi(text))
    assert not [char for char in shown if unicodedata.category(char) == "Cc" and char not in "\n\t"]
    assert shown.count("\n") == text.count("\n")


@given(PIECES)
def test_the_plain_text_is_the_text_of_the_spans(text: str):
    spans = parse_ansi(text)
    assert plain_text(text) == "".join(span.text for span in spans)
    assert plain_text(plain_text(text)) == plain_text(text)
    assert all(span.text for span in spans)
    assert all(one.style != other.style for one, other in itertools.pairwise(spans))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf"]), max_size=50))
def test_plain_text_is_left_alone(text: str):
    assert plain_text(text) == text


def test_megabytes_are_read_in_linear_time():
    assert plain_text("a\x08" * 200_000) == ""
    assert plain_text("\x1b]" * 200_000) == ""
    assert len(plain_text("\x1b[" + "1;" * 200_000)) == 0


def test_a_million_switches_to_the_same_colour_are_one_span_at_once():
    begun = time.perf_counter()
    assert parse_ansi("\x1b[31mq" * 300_000) == [Span("q" * 300_000, RED)]
    assert time.perf_counter() - begun < 2
