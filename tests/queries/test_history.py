from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from clausius_panel.errors import InvalidInput
from clausius_panel.queries.history import RUN_SORTS, count_history, history, history_frame, history_runs
from clausius_panel.queries.history_rows import SORTS
from clausius_panel.queries.keyset import encode
from tests.queries.history_kit import add
from tests.stores import filled


@filled
def past(store):
    """Twelve jobs: five of a run with a star, on two clusters, one of them configured nowhere."""
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
        cur.execute("DELETE FROM runs")
        cur.execute(
            """INSERT INTO runs (cluster, run_id, root_job_id, name, run_key, explicit, user_name, project,
                   campaign, starred, notes, capture_error, batch_script, submit_command, work_dir, slurm_config,
                   created, updated)
               VALUES ('alpha', '1', '1', 'Pretrain-Llama', '', '', 'alice', 'llm', 'c1', true, '', '', '', '',
                   '', '', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01')"""
        )
    for i in range(1, 6):
        add(store, i, f"01-0{i} 00:00", i, run_id="1", project="llm", campaign="c1", name=f"stage-{i}", gpus=i)
    for i in range(6, 12):
        add(store, i, f"02-{i:02} 00:00", 1, cluster="gone", name=f"Eval_{i}", user_name="bob", state="FAILED")
    add(store, 12, None, submit="03-01 00:00", state="CANCELLED", name="ünïcode 100%", account="")


def ids(page) -> list[str]:
    return [row.job_id for row in page.rows]


def test_the_newest_come_first_and_pages_follow_each_other(past):
    first = history(past, limit=5)
    second = history(past, limit=5, cursor=first.cursor)
    third = history(past, limit=5, cursor=second.cursor)
    assert ids(first) + ids(second) + ids(third) == [str(i) for i in range(12, 0, -1)]
    assert third.cursor is None
    assert history(past, limit=12).cursor is None


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("descending", [True, False])
def test_every_order_pages_without_gap_or_overlap(past, sort, descending):
    whole = ids(history(past, sort=sort, descending=descending))
    paged, cursor = [], None
    while True:
        page = history(past, sort=sort, descending=descending, limit=5, cursor=cursor)
        paged += ids(page)
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == whole
    assert len(set(whole)) == 12


def test_rows_that_come_in_between_shift_no_page(past):
    first = history(past, limit=5)
    add(past, 99, "04-01 00:00")
    assert ids(history(past, limit=2, cursor=first.cursor)) == ["7", "6"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"text": "eval"}, {6, 7, 8, 9, 10, 11}),
        ({"text": "EVAL_1"}, {10, 11}),
        ({"text": "llama"}, {1, 2, 3, 4, 5}),  # the name of the run
        ({"text": "llm stage-3"}, {3}),
        ({"text": "ÜNÏ"}, {12}),
        ({"text": "100%"}, {12}),
        ({"text": "gone bob"}, {6, 7, 8, 9, 10, 11}),
        ({"text": "12"}, {12}),
        ({"text": "nosuch"}, set()),
        ({"clusters": "gone"}, {6, 7, 8, 9, 10, 11}),
        ({"clusters": ["alpha"], "campaigns": ["c1"]}, {1, 2, 3, 4, 5}),
        ({"states": ["failed"]}, {6, 7, 8, 9, 10, 11}),
        ({"states": ["cancelled", "COMPLETED"]}, {1, 2, 3, 4, 5, 12}),
        ({"starred": True}, {1, 2, 3, 4, 5}),
        ({"users": ["bob", "alice"], "states": ["CANCELLED"]}, {12}),
        ({"since": datetime(2026, 2, 8, 22, tzinfo=UTC), "until": datetime(2026, 2, 10, tzinfo=UTC)}, {9, 10}),
        ({"max_age_s": 0}, set()),
        ({"beta": 1}, None),
        ({"users": ["carol"]}, None),
        ({"clusters": "nosuch"}, None),
        ({"states": ["bored"]}, None),
        ({"since": datetime(2026, 1, 1)}, None),
        ({"max_age_s": -1}, None),
        ({"text": "a " * 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
        ({"text": " ".join(map(str, range(200)))}, None),
    ],
)
def test_filters_select_what_they_say_and_slips_are_refused(past, filters, found):
    if found is None:
        with pytest.raises(InvalidInput):
            history(past, **filters)
        return
    page = history(past, **filters)
    assert {int(row.job_id) for row in page.rows} == found
    assert count_history(past, **filters) == len(found)
    assert len(history_frame(past, **filters)) == len(found)
    assert sum(run.jobs for run in history_runs(past, **filters).rows) == len(found)


def test_a_slip_is_told_with_the_names_there_are(past):
    with pytest.raises(InvalidInput, match=r"carol.*alice, bob|carol.*bob, alice"):
        history(past, users=["carol"])
    assert history(past, clusters="beta").rows == []  # configured, but without jobs yet


def test_runs_are_one_row_with_the_figures_of_their_jobs(past):
    found = history_runs(past)
    run = next(row for row in found.rows if row.run_id == "1")
    assert (run.name, run.jobs, run.starred, run.project) == ("Pretrain-Llama", 5, True, "llm")
    assert run.states == {"COMPLETED": 5}
    assert run.cpu_hours == 4 * 15
    assert run.gpu_hours == 1 + 4 + 9 + 16 + 25
    assert len(found.rows) == 8
    paged, cursor = [], None
    while True:
        page = history_runs(past, limit=3, cursor=cursor)
        paged += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == found.rows


def test_tasks_of_an_array_that_never_started_count_each_though_they_are_one_row(past):
    facts = {"run_id": "50", "array_job_id": "50", "submit": "04-01 00:00"}
    add(past, "50_0", "04-01 01:00", array_task_id="0", **facts)
    add(past, "50_[1-9:2,12-20%4]", None, array_task_id="1-9:2,12-20%4", state="CANCELLED", **facts)
    add(past, "50_30", None, array_task_id="30", state="CANCELLED", **facts)
    [run] = history_runs(past, limit=1).rows
    assert (run.run_id, run.jobs, run.states) == ("50", 16, {"CANCELLED": 15, "COMPLETED": 1})
    most = history_runs(past, sort="jobs", limit=2)
    assert [(row.run_id, row.jobs) for row in most.rows] == [("50", 16), ("1", 5)]
    assert history_runs(past, sort="jobs", limit=20, cursor=most.cursor).rows[0].jobs == 1
    [cancelled] = history_runs(past, limit=1, states=["cancelled"], text="50").rows
    assert (cancelled.jobs, cancelled.states) == (15, {"CANCELLED": 15})


@pytest.mark.parametrize("sort", sorted(RUN_SORTS))
@pytest.mark.parametrize("descending", [True, False])
def test_runs_page_without_gap_or_overlap_in_every_order(past, sort, descending):
    whole = history_runs(past, sort=sort, descending=descending).rows
    paged, cursor = [], None
    while True:
        page = history_runs(past, sort=sort, descending=descending, limit=3, cursor=cursor)
        paged += page.rows
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == whole
    known = [value for run in whole if (value := getattr(run, sort)) is not None]
    assert known == sorted(known, reverse=descending)
    assert len(whole) == 8


def test_runs_have_no_order_that_only_jobs_have(past):
    with pytest.raises(InvalidInput, match="last_submit"):
        history_runs(past, sort="wait_s")


def test_rows_have_what_lists_show(past):
    row = history(past, text="stage-3").rows[0]
    assert (row.user, row.family, row.wait_s, row.cpu_hours, row.gpu_hours) == ("alice", "completed", 3600, 12, 9)
    assert row.start_time == datetime(2026, 1, 3, tzinfo=UTC)
    frame = history_frame(past, sort="gpu_hours", limit=1)
    assert frame["job_id"].tolist() == ["5"]
    assert str(frame["end_time"].dt.tz) == "UTC"
    never = history(past, states=["cancelled"]).rows[0]
    assert (never.wait_s, never.start_time, never.cpu_hours) == (None, None, 0)


def test_an_id_that_came_back_is_two_rows(past):
    add(past, 3, "05-01 00:00", name="again")
    assert len(history(past, text="3").rows) == 2


WORDS = ["e", "1", "12", "al", "stage", "eval", "llm", "c1", "bob", "gone", "pretrain", "_1", "%", "nowhere"]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=some.lists(some.sampled_from(WORDS), max_size=4, unique=True), limit=some.sampled_from([1, 3, 50]))
def test_a_search_finds_what_a_look_at_each_job_finds(past, words, limit):
    def has(row, word: str) -> bool:
        texts = [row.name, row.project, row.campaign, row.partition, row.account, row.user, row.cluster]
        texts.append("Pretrain-Llama" if row.run_id == "1" else "")
        begins = word.strip("0123456789_%") == "" and any(
            each.startswith(word) for each in (row.job_id, row.job_id_raw, row.run_id)
        )
        return begins or any(word in text.lower() for text in texts)

    expected = [row.job_id for row in history(past).rows if all(has(row, word) for word in words)]
    assert count_history(past, text=" ".join(words)) == len(expected)
    assert ids(history(past, text=" ".join(words), limit=limit)) == expected[:limit]
    oldest = ids(history(past, text=" ".join(words), limit=limit, descending=False))
    assert set(oldest) == set(expected[-limit:])


def test_an_id_is_found_by_how_it_begins(past):
    add(past, 1234, "05-01 00:00", name="again")
    with past.write() as cur:
        cur.execute("UPDATE jobs SET job_id = '1200_34' WHERE job_id_raw = '1234'")
    assert (
        ids(history(past, text="1234")) == ids(history(past, text="1200_3")) == ["1200_34"]
    )  # %j of a log's name
    assert ids(history(past, text="34")) == []


@pytest.mark.parametrize(
    "more", [{"limit": 0}, {"limit": 10**6}, {"sort": "1; DROP TABLE jobs"}, {"cursor": "junk"}]
)
def test_pages_that_cannot_be_are_refused(past, more):
    with pytest.raises(InvalidInput):
        history(past, **more)


@pytest.mark.parametrize(
    "place", [["x", "alpha", "1"], ["2026-01-01", 5, None], [None, None, None], [1e300, "a", "b"]]
)
def test_a_forged_cursor_is_our_error_or_a_place_like_any_other(past, place):
    try:
        page = history(past, cursor=encode("submit_time desc", place))
    except InvalidInput as error:
        refused, rows = error.what, 0
    else:
        refused, rows = "cursor", len(page.rows)
    assert (refused, rows < 12) == ("cursor", True)


@given(
    some.dictionaries(
        some.sampled_from(["text", "users", "clusters", "campaigns", "states"]), some.text(max_size=40), min_size=1
    )
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_a_filter_it_is_never_sql(past, filters):
    with contextlib.suppress(InvalidInput):
        assert len(history(past, **filters).rows) <= 12
    assert count_history(past) == 12


def test_sql_in_every_filter_selects_nothing(past):
    attack = "zzz') OR (1=1) OR user_name IN ('q"
    assert history(past, text=attack).rows == []
    for key in (
        "users",
        "accounts",
        "partitions",
        "qos",
        "projects",
        "campaigns",
        "clusters",
        "gpu_types",
        "states",
    ):
        with pytest.raises(InvalidInput):
            history(past, **{key: attack})
