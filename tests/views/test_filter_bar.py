from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.runtime import Runtime
from clausius_panel.state import FAMILIES, BoardState
from clausius_panel.views.filter_bar import ended_words, filter_bar
from clausius_panel.views.words import FAMILY_WORDS
from tests.views.kit import a_job, a_runtime, fill, pending


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


def a_state(runtime: Runtime, query: str = "") -> BoardState:
    state = BoardState(runtime)
    state.start(query)
    return state


def test_every_family_has_a_word():
    assert set(FAMILY_WORDS) == set(FAMILIES)


def test_counts_are_of_all_states_whichever_is_chosen(runtime: Runtime):
    fill(runtime, [a_job(1), a_job(2), pending(3), a_job(4, state="SUSPENDED")])
    shown = filter_bar(a_state(runtime, "state=pending"))
    assert shown["all"] == 4
    assert {item["family"]: (item["jobs"], item["on"]) for item in shown["families"]} == {
        "running": (2, False),
        "pending": (1, True),
        "failed": (0, False),
        "held": (1, False),
        "completed": (0, False),
    }


def test_what_is_chosen_can_be_taken_back_though_no_such_job_is_there(runtime: Runtime):
    fill(runtime, [a_job(1)])
    users = next(facet for facet in filter_bar(a_state(runtime, "user=gone"))["facets"] if facet["id"] == "users")
    assert users["chosen"] == ["gone"]
    assert users["options"] == ["alice", "gone"]


def test_an_unusual_span_is_on_offer_once_it_is_chosen(runtime: Runtime):
    choices = [choice["value"] for choice in filter_bar(a_state(runtime, "ended=5"))["ended_choices"]]
    assert 5 in choices
    assert choices[-1] == 0


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "1 hour"), (72, "3 days"), (30, "30 hours"), (0, "whole history")]
)
def test_spans_are_words(hours: int, words: str):
    assert ended_words(hours) == words
