from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.model.dependency import Dependency, parse_dependencies
from clausius_panel.model.run import ParentRule, RunJob, RunRow, RunRules
from clausius_panel.model.run_order import arrange, is_unneeded, on_base, role_of

START = datetime(2026, 1, 1, 10, tzinfo=UTC)


def a_job(job_id: int, name: str = "job", after: str = "", state: str = "PENDING", **facts: object) -> RunJob:
    usual = {
        "cluster": "alpha",
        "job_id": str(job_id),
        "name": name,
        "states": {state: 1},
        "terms": parse_dependencies(after).terms,
        "submit_time": START + timedelta(minutes=job_id),
    }
    return RunJob(**{**usual, **facts})  # type: ignore[arg-type]


def by_id(jobs: list[RunJob], rules: RunRules | None = None) -> dict[str, RunRow]:
    return {row.job.job_id: row for row in arrange(jobs, rules=rules or RunRules())}


# 20
def test_parents_come_before_children_and_a_single_job_stays_as_it_is():
    late_parent = [a_job(1, after="afterok:3"), a_job(2), a_job(3)]
    assert [row.job.job_id for row in arrange(late_parent)] == ["2", "3", "1"]
    assert [row.job.job_id for row in arrange([a_job(7)])] == ["7"]
    assert arrange([]) == []


def test_depth_is_the_longest_way():
    rows = by_id(
        [a_job(1), a_job(2, after="afterok:1"), a_job(3, after="afterok:1:2"), a_job(4, after="afterok:99")]
    )
    assert [rows[str(i)].depth for i in (1, 2, 3, 4)] == [0, 1, 2, 0]
    assert rows["3"].parents == ("1", "2")


# 17
@pytest.mark.parametrize(
    ("others", "name", "parent"),
    [
        (["eval-X"], "eval-X-judge", "eval-X"),
        (["eval-X"], "eval-X-judge-rs0", "eval-X"),
        (["eval-X"], "eval-X-judge-rs", "eval-X"),
        (["eval-X", "eval-X-judge-rs0"], "eval-X-summarize-results", "eval-X-judge-rs0"),
        (["eval-X", "eval-X-judge-rs"], "eval-X-summarize-results", "eval-X-judge-rs"),
        (["eval-X"], "eval-X-summarize-results", "eval-X"),
        (["eval-X"], "eval-X_summarize_result", "eval-X"),
        (["eval-X", "eval-X-judge"], "eval-X-summarize-results", "eval-X-judge"),
        (["eval-Y"], "eval-X-judge", None),
    ],
)
def test_parents_are_told_by_the_name_where_slurm_names_none(others: list[str], name: str, parent: str | None):
    jobs = [a_job(i, other) for i, other in enumerate(others, 1)]
    rows = by_id([*jobs, a_job(9, name)])
    names = {row.job.job_id: row.job.name for row in rows.values()}
    assert [names[above] for above in rows["9"].parents] == ([parent] if parent else [])
    assert rows["9"].is_inferred is (parent is not None)
    assert rows["9"].role == ""


def test_a_told_parent_counts_more_than_an_inferred_one_and_nobody_is_its_own():
    rows = by_id([a_job(1, "x"), a_job(2, "y"), a_job(3, "x-judge", after="afterok:2")])
    assert rows["3"].parents == ("2",)
    assert not rows["3"].is_inferred
    rules = RunRules(parents=(ParentRule(suffix="", parents=("",)),))
    assert by_id([a_job(1, "x")], rules)["1"].parents == ()


# 21
@pytest.mark.parametrize(
    ("after", "role"),
    [
        ("afternotok:1", "backup"),
        ("afterany:1", "backup"),
        ("afterany:2", "dependent"),
        ("afterok:1", "dependent"),
        ("afternotok:1,afterok:2", "dependent"),
        ("afternotok:1,afterany:1", "backup"),
        ("singleton", ""),
        ("", ""),
    ],
)
def test_a_backup_waits_for_failure_or_for_a_namesake(after: str, role: str):
    rows = by_id([a_job(1, "train"), a_job(2, "prep"), a_job(3, "train", after=after)])
    assert rows["3"].role == role


@pytest.mark.parametrize(
    ("parent", "after", "state", "reason", "skipped"),
    [
        ("COMPLETED", "afternotok:1", "PENDING", "DependencyNeverSatisfied", True),
        ("COMPLETED", "afternotok:1", "CANCELLED", "", True),
        ("COMPLETED", "afterany:1", "FAILED", "", True),
        ("COMPLETED", "afterok:1", "FAILED", "", False),
        ("FAILED", "afternotok:1", "FAILED", "", False),
        ("RUNNING", "afternotok:1", "PENDING", "Dependency", False),
        ("COMPLETED", "afternotok:1", "DEADLINE", "", True),
        ("COMPLETED", "afternotok:1", "COMPLETED", "", False),
        ("COMPLETED", "afternotok:1", "PENDING", "Dependency", False),
    ],
)
def test_a_backup_that_was_not_needed_is_skipped(parent: str, after: str, state: str, reason: str, skipped: bool):
    row = by_id([a_job(1, state=parent), a_job(2, after=after, state=state, reason=reason)])["2"]
    assert row.is_skipped is skipped
    assert row.state == ("SKIPPED" if skipped else state)


def test_a_backup_that_ran_all_the_same_and_failed_did_fail():
    ran = a_job(2, after="afterany:1", state="FAILED", start_time=START + timedelta(hours=1))
    row = by_id([a_job(1, state="COMPLETED"), ran])["2"]
    assert (row.role, row.is_skipped, row.state) == ("backup", False, "FAILED")


def test_a_job_whose_parent_failed_is_blocked():
    rows = by_id([a_job(1, state="FAILED"), a_job(2, after="afterok:1", reason="DependencyNeverSatisfied")])
    assert rows["2"].is_blocked
    assert not rows["1"].is_blocked


def test_a_role_needs_no_run():
    assert role_of([Dependency(kind="afterany", job_id="5_*")], name="a", names={"5": "a"}) == "backup"
    assert role_of([Dependency(kind="afterany", job_id="5")], name="a", names={}) == "dependent"
    assert on_base(Dependency(kind="singleton")) == ""
    assert not is_unneeded([], "", ["COMPLETED"], has_run=False)
    assert not is_unneeded(["FAILED"], "", [], has_run=False)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "a-judge", "a-summarize-results", "b"]), st.lists(st.integers(1, 12)))
    )
)
def test_any_graph_even_with_circles_is_arranged_whole(graph: list[tuple[str, list[int]]]):
    jobs = [
        a_job(i, name, after=",".join(f"afterok:{one}" for one in on)) for i, (name, on) in enumerate(graph, 1)
    ]
    rows = arrange(jobs)
    assert sorted(row.job.job_id for row in rows) == sorted(job.job_id for job in jobs)
    assert [row.job for row in arrange(reversed(jobs))] == [row.job for row in rows]
    place = {row.job.job_id: i for i, row in enumerate(rows)}
    forward = [row for row in rows if all(int(above) < int(row.job.job_id) for above in row.parents)]
    if len(forward) == len(rows):
        assert all(place[above] < place[row.job.job_id] for row in rows for above in row.parents)
        depth = {row.job.job_id: row.depth for row in rows}
        assert all(depth[above] < row.depth for row in rows for above in row.parents)
