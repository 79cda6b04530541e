import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs.analysis import CRASHES, SOFT_FAILURES, AnalysisRules
from clausius_panel.logs.needles import needles

PATTERNS = [rule.pattern for rule in (*CRASHES, *SOFT_FAILURES)] + [AnalysisRules().quoted_from]

ATOMS = st.one_of(
    st.sampled_from(["err", "Killed", "x", " ", r"\*", r"\(", "é", "{", "]", ",", "-"]),
    st.sampled_from(["[a-c]", "[^x]", "[]x]", r"[\]y]", "[][ab]", ".", "^", "$"]),
)
TIMES = st.sampled_from(["", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "{,2}"])


def _sequences(atoms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pieces = st.tuples(atoms.filter(lambda atom: atom not in ("^", "$")), TIMES).map("".join)
    return st.lists(st.one_of(pieces, st.sampled_from(["^", "$"])), max_size=5).map("".join)


def _groups(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(_sequences(inner), min_size=1, max_size=3).map(lambda branches: f"({'|'.join(branches)})")


EXPRESSIONS = st.lists(_sequences(st.recursive(ATOMS, _groups, max_leaves=6)), min_size=1, max_size=3).map(
    "|".join
)


@given(st.sampled_from(PATTERNS), st.data())
def test_every_pattern_of_ours_is_looked_for_by_texts_that_all_it_fits_hold(pattern: str, data: st.DataObject):
    line = data.draw(st.from_regex(pattern))
    assert any(text in line for text in needles(pattern) or ())


@given(EXPRESSIONS, st.data())
def test_no_line_that_fits_is_without_one_of_the_texts(pattern: str, data: st.DataObject):
    texts = needles(pattern)
    if texts is None:
        return
    line = data.draw(st.from_regex(pattern))
    assert re.search(pattern, line)
    assert any(text in line for text in texts)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("Killed", {"Killed"}),
        ("(^|[ :])[A-Za-z.]*(Error|Exception): ", {"Error: ", "Exception: "}),
        ("colou?r is", {"color is", "colour is"}),
        ("(abc)+d|exit", {"exit", "abc"}),
        ("(foo|bar){2,3}", {"foo", "bar"}),
        ("a[]|)]{3}tail", {"tail"}),
        (r"\*\*\* JOB", {"*** JOB"}),
        ("{x} y", {"{x} y"}),
    ],
)
def test_what_is_sure_of_a_line_that_fits(pattern: str, texts: set[str]):
    assert needles(pattern) == texts


@pytest.mark.parametrize("pattern", [".*", "ab", "(error)?", "x*", "error|.", "[0-9]{4}-[0-9]", "(a|b|c)+", ""])
def test_of_a_pattern_that_fits_nearly_all_nothing_is_sure(pattern: str):
    assert needles(pattern) is None
