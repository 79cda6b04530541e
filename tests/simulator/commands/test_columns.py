from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.simulator.commands.columns import line, read_long, read_short


@dataclass(frozen=True)
class Named:
    header: str


FIELDS = {"jobid": Named("JOBID"), "name": Named("NAME")}
LETTERS = {"i": Named("JOBID"), "j": Named("NAME")}
VALUES = {"JOBID": "1234567", "NAME": "llm7b_sft"}


def shown(text: str, *, long: bool) -> str:
    columns, unknown = read_long(text, FIELDS) if long else read_short(text, LETTERS)
    assert unknown == []
    return line(columns, lambda field: VALUES[field.header])


def test_widths_sides_and_suffixes_of_the_long_form():
    assert shown("JobID,Name:0", long=True) == "1234567             llm7b_sft"
    assert shown("JobID:3X,Name:.12-", long=True) == "123X   llm7b_sft-"
    assert shown("jobid:0\x1f,name:\x1e", long=True) == "1234567\x1fllm7b_sft\x1e"


def test_widths_sides_and_text_of_the_short_form():
    assert shown("%i|%.12j|%5j!", long=False) == "1234567|   llm7b_sft|llm7b!"
    assert shown("plain", long=False) == "plain"


def test_the_long_form_leaves_unknown_fields_out_and_the_short_one_prints_them():
    columns, unknown = read_long("jobid:0,NoSuch,name:0", FIELDS)
    assert (unknown, line(columns, lambda field: field.header)) == (["NoSuch"], "JOBIDNAME")
    columns, unknown = read_short("%i %! %j", LETTERS)
    assert (unknown, line(columns, lambda field: field.header)) == (["!"], "JOBID %! NAME")


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(min_size=1, max_size=10))
def test_any_format_gives_a_line(text: str, value: str):
    for columns, _ in (read_long(text, FIELDS), read_short(text, LETTERS)):
        assert isinstance(line(columns, lambda field: value), str)
