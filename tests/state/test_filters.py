import param
import pytest
from hypothesis import given, settings
from hypothesis import strategies as strategy

from clausius_panel.state import ALL_COLUMNS, FAMILIES, JobFilter
from clausius_panel.state.filters import SORTS

NAMES = strategy.lists(strategy.text(min_size=1, max_size=20), max_size=4, unique=True)


def test_the_plain_board_has_no_query():
    assert JobFilter().to_query() == ""


def test_a_query_is_readable():
    asked = JobFilter(states=["failed", "held"], clusters=["alpha"], mine=True, text="llm 7b", sort="gpus", page=2)
    assert asked.to_query() == "cluster=alpha&state=failed&state=held&mine=1&q=llm+7b&sort=gpus&page=2"


@settings(max_examples=40)
@given(
    clusters=NAMES,
    users=NAMES,
    text=strategy.text(max_size=60),
    states=strategy.lists(strategy.sampled_from(FAMILIES), unique=True),
    columns=strategy.lists(strategy.sampled_from(ALL_COLUMNS), unique=True),
    sort=strategy.sampled_from(sorted(SORTS)),
    descending=strategy.booleans(),
    mine=strategy.booleans(),
    page=strategy.integers(1, 10**6),
    ended=strategy.integers(0, 87_600),
)
def test_what_a_query_says_is_what_is_shown(
    clusters, users, text, states, columns, sort, descending, mine, page, ended
):
    asked = JobFilter(
        clusters=clusters,
        users=users,
        text=text,
        states=states,
        columns=columns,
        sort=sort,
        descending=descending,
        mine=mine,
        page=page,
        ended_within_h=ended,
    )
    shown = JobFilter()
    shown.from_query(asked.to_query())
    assert shown.keywords() == asked.keywords()
    assert (shown.order, shown.descending, shown.page, shown.columns) == (
        asked.order,
        asked.descending,
        asked.page,
        asked.columns,
    )


@settings(max_examples=50)
@given(strategy.text(max_size=200))
def test_any_query_is_read_without_an_error(query):
    shown = JobFilter()
    shown.from_query(query)
    assert shown.page >= 1


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=99999999999", "rows=0", "sort=secrets", "state=gone", "col=none"],
)
def test_what_a_query_cannot_mean_is_passed_over(query):
    shown = JobFilter()
    shown.from_query(query)
    assert shown.keywords() == JobFilter().keywords()
    assert (shown.page, shown.page_size, shown.order) == (1, 50, "state")


def test_what_a_query_does_not_name_goes_back_to_the_default():
    shown = JobFilter(states=["failed"], page=3, opened=("alpha", "1"))
    shown.from_query("user=bob")
    assert (shown.states, shown.page, shown.opened, shown.users) == ([], 1, None, ["bob"])


def test_the_opened_job_is_in_the_query():
    asked = JobFilter(opened=("alpha", "12_[3-5%2]"))
    shown = JobFilter()
    shown.from_query(asked.to_query())
    assert shown.opened == ("alpha", "12_[3-5%2]")


def test_the_whole_history_is_asked_for_without_an_age():
    assert JobFilter(ended_within_h=0).keywords()["max_age_s"] is None


def test_reset_shows_every_job_and_keeps_order_and_columns():
    shown = JobFilter(users=["bob"], text="x", mine=True, sort="gpus", columns=["name"], page=4)
    assert shown.is_narrowed
    shown.reset()
    assert not shown.is_narrowed
    assert (shown.page, shown.sort, shown.columns) == (1, "gpus", ["name"])


def test_every_column_can_be_sorted_by():
    assert set(SORTS) == set(ALL_COLUMNS)


def test_state_is_param_only():
    assert issubclass(JobFilter, param.Parameterized)


def test_an_attempt_of_a_job_is_in_the_query_and_old_links_open_the_newest():
    asked = JobFilter(opened=("alpha", "12"), attempt=1767323045)
    assert asked.to_query() == "job=alpha:12:1767323045"
    shown = JobFilter()
    shown.from_query(asked.to_query())
    assert (shown.opened, shown.attempt) == (("alpha", "12"), 1767323045)
    shown.from_query("job=alpha:12")
    assert (shown.opened, shown.attempt) == (("alpha", "12"), None)
    shown.from_query("job=alpha:12:soon")
    assert (shown.opened, shown.attempt) == (None, None)


@pytest.mark.parametrize(
    ("query", "odd"),
    [
        ("sort=colour&state=failed&state=gone&page=3", ["state=gone", "sort=colour"]),
        ("job=alpha&page=0&tab=x", ["page=0", "job=alpha", "tab=x"]),
        ("user=anybody&q=" + "x" * 500 + "&state=&cluster=nosuch", []),
        ("page=board&job=alpha:12", []),
        ("", []),
    ],
)
def test_what_was_passed_over_is_given_back(query, odd):
    assert JobFilter().from_query(query) == odd
