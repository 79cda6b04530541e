import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.simulator.commands.options import Option, UsageError, parse

LONG = {
    "format": Option("format", "required"),
    "Format": Option("Format", "required"),
    "noheader": Option("noheader"),
    "noconvert": Option("noconvert"),
    "node": Option("nodelist", "required"),
    "nodes": Option("nodelist", "required"),
}
SHORT = {"h": LONG["noheader"], "o": LONG["format"], "O": LONG["Format"]}


@pytest.mark.parametrize(
    ("argv", "options", "words"),
    [
        (["-ho", "%i", "x"], {"noheader": "", "format": "%i"}, ["x"]),
        (["-o%i", "--format=%j"], {"format": "%j"}, []),
        (["x", "--form", "%i", "--", "-h"], {"format": "%i"}, ["x", "-h"]),
        (["--nod", "a"], {"nodelist": "a"}, []),
        (["--nodes=a", "-"], {"nodelist": "a"}, ["-"]),
    ],
)
def test_command_lines_are_read_as_getopt_reads_them(argv: list[str], options: dict[str, str], words: list[str]):
    assert parse(argv, SHORT, LONG) == (options, words)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--bogus"], "unrecognized option '--bogus'"),
        (["-Z"], "invalid option -- 'Z'"),
        (["-o"], "option requires an argument -- 'o'"),
        (["--format"], "option '--format' requires an argument"),
        (["--noheader=3"], "option '--noheader' doesn't allow an argument"),
        (
            ["--noh", "--no"],
            "option '--no' is ambiguous; possibilities: '--noheader' '--noconvert' '--node' '--nodes'",
        ),
    ],
)
def test_what_is_not_known_is_refused_in_getopts_words(argv: list[str], words: str):
    with pytest.raises(UsageError) as refusal:
        parse(argv, SHORT, LONG)
    assert refusal.value.message == words


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_words_are_read_or_refused(argv: list[str]):
    try:
        options, words = parse(argv, SHORT, LONG)
    except UsageError:
        return
    assert options.keys() <= {"format", "Format", "noheader", "noconvert", "nodelist"}
    assert len(words) <= len(argv)
