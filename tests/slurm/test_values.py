import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.slurm.values import asked_memory_mib, count, number, tres_memory_mib, word
from clausius_panel.slurm.values import given as given_text


@pytest.mark.parametrize(
    ("text", "expected"), [("2", 2), ("2K", 2048), ("1-4", 1), ("", 0), ("N/A", 0), ("1M", 2**20)]
)
def test_counts(text: str, expected: int):
    assert count(text) == expected


def test_memory_of_the_whole_job():
    assert tres_memory_mib("cpu=2,mem=1.5G,node=1") == 1536
    assert tres_memory_mib("cpu=2") is None
    assert asked_memory_mib("4000Mc", "2", "16") == 64000
    assert asked_memory_mib("16Gn", "2", "16") == 32768
    assert asked_memory_mib("0", "2", "16") is None


def test_slurms_words_for_nothing_are_empty_but_a_persons_none_is_kept():
    assert [word(text) for text in ("(null)", "N/A", "None", "x")] == ["", "", "", "x"]
    assert [given_text(text) for text in ("(null)", "N/A", "None", "x")] == ["", "", "None", "x"]


@given(st.text(max_size=10) | st.text(alphabet="0123456789KM-c", max_size=10))
def test_any_text_is_read_or_a_parse_error(text: str):
    with contextlib.suppress(ParseError):
        assert count(text) >= 0
    with contextlib.suppress(ParseError):
        assert number(text) is None or text.isdigit()
    with contextlib.suppress(ParseError):
        assert (asked_memory_mib(text, "1", "1") or 0) >= 0
    with contextlib.suppress(ParseError):
        assert (tres_memory_mib(f"mem={text}") or 0) >= 0


def test_a_number_of_thousands_of_digits_is_none_of_slurms():
    with pytest.raises(ParseError):
        number("9" * 5000)
