import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.model import Job
from clausius_panel.model.grouping import base_id, explicit_run, group_jobs
from clausius_panel.model.run import RunRules

START = datetime(2026, 1, 1, 10, tzinfo=UTC)


def a_job(job_id: int, name: str = "train", minutes: float = 0, **facts: object) -> Job:
    usual = {
        "cluster": "alpha",
        "job_id": str(job_id),
        "job_id_raw": str(job_id),
        "submit_time": START + timedelta(minutes=minutes),
        "name": name,
        "user": "alice",
    }
    return Job(**{**usual, **facts})  # type: ignore[arg-type]


def ids(jobs: list[Job], rules: RunRules | None = None) -> list[list[str]]:
    groups = group_jobs(jobs, rules=rules or RunRules())
    return sorted([job.job_id for job in group] for group in groups)


# 18
def test_namesakes_20_minutes_apart_are_two_runs_and_20_seconds_apart_one():
    jobs = [a_job(1), a_job(2, minutes=1 / 3), a_job(3, minutes=20), a_job(4, minutes=20 + 1 / 3)]
    assert ids(jobs) == [["1", "2"], ["3", "4"]]


# 18
def test_a_judge_that_depends_on_the_second_pair_joins_the_second():
    jobs = [
        a_job(1, "eval-x-rs0"),
        a_job(2, "eval-x-rs1", minutes=1 / 3),
        a_job(3, "eval-x-rs0", minutes=20),
        a_job(4, "eval-x-rs1", minutes=20 + 1 / 3),
        a_job(5, "eval-x-judge", minutes=21, dependency="afterok:3(unfulfilled),afterok:4(unfulfilled)"),
    ]
    assert ids(jobs) == [["1", "2"], ["3", "4", "5"]]


# 19
def test_a_rerun_beside_a_late_job_of_the_older_run_stays_apart():
    jobs = [
        a_job(1, "eval-x"),
        a_job(2, "eval-x-judge", minutes=20, dependency="afterany:1"),
        a_job(3, "eval-x", minutes=21),
    ]
    assert ids(jobs) == [["1", "2"], ["3"]]


def test_a_gap_counts_from_job_to_job_and_not_from_the_first():
    assert ids([a_job(i, minutes=4 * i) for i in range(5)]) == [["0", "1", "2", "3", "4"]]
    assert ids([a_job(i, minutes=4 * i) for i in range(3)], RunRules(gap_s=60)) == [["0"], ["1"], ["2"]]


def test_jobs_of_other_people_or_clusters_are_other_runs():
    jobs = [a_job(1), a_job(2, user="bob"), a_job(3, cluster="beta"), a_job(1, cluster="beta", name="other")]
    assert len(group_jobs(jobs)) == 4


def test_every_kind_of_dependency_binds_and_singleton_does_not():
    jobs = [
        a_job(1, "a"),
        a_job(2, "b", dependency="afternotok:1"),
        a_job(3, "c", dependency="after:2+10(unfulfilled)?afterok:99"),
        a_job(4, "d", dependency="aftercorr:10_*(unfulfilled)"),
        a_job(10, "e", array_job_id="10", array_task_id="1-4"),
        a_job(11, "f", dependency="singleton"),
        a_job(12, "g", dependency="afterok:10_[1-3:2](failed)"),
    ]
    assert ids(jobs) == [["1", "2", "3"], ["11"], ["4", "10", "12"]]


def test_tasks_of_an_array_parts_of_a_het_job_and_attempts_are_together_whenever_they_were_submitted():
    jobs = [
        a_job(1, array_job_id="1", array_task_id="7-9"),
        a_job(2, array_job_id="1", array_task_id="3", minutes=500),
        a_job(20, "sim", het_job_id="20", het_offset=0),
        a_job(21, "viz", het_job_id="20", het_offset=1),
        a_job(30, "again"),
        a_job(30, "again", minutes=5000),
    ]
    assert [len(group) for group in group_jobs(jobs)] == [2, 2, 2]


def test_one_number_given_twice_by_slurm_does_not_bind_strangers():
    jobs = [
        a_job(5, "old"),
        a_job(5, "new", minutes=90_000),
        a_job(6, "more", minutes=90_001, dependency="afterok:5"),
    ]
    assert [[job.name for job in group] for group in group_jobs(jobs)] == [["old"], ["new", "more"]]
    assert len(group_jobs([a_job(5), a_job(5, user="bob", minutes=1)])) == 2


def test_comments_may_name_the_run():
    jobs = [a_job(i, f"n{i}", 60 * i, comment="note, clausius_run=sweep-7") for i in range(3)]
    assert ids([*jobs, a_job(9, comment="clausius_run=")]) == [["0", "1", "2"], ["9"]]
    assert explicit_run("nothing here") == ""
    assert ids(
        [a_job(1, "a", comment="wf:9"), a_job(2, "b", comment="wf:9")], RunRules(explicit="wf:([0-9]+)")
    ) == [["1", "2"]]


def test_jobs_without_a_time_are_bound_by_everything_but_their_names():
    jobs = [a_job(1, submit_time=None), a_job(2, submit_time=None), a_job(3, "x", dependency="afterok:2")]
    assert ids(jobs) == [["1"], ["3", "2"]]


def test_the_root_is_the_job_that_was_submitted_first():
    [group] = group_jobs([a_job(9, minutes=2), a_job(10, minutes=1), a_job(8, minutes=3)])
    assert [job.job_id for job in group] == ["10", "9", "8"]
    assert group_jobs([]) == []


NAMES = st.sampled_from(
    ["a", "a-judge", "a-rs0", "b_server", "", "b", "c-chunk1", "<img onerror=x>", "$(touch x)"]
)


@st.composite
def queues(draw: st.DrawFn) -> list[Job]:
    """Jobs with ids of their own, some of them tasks of arrays, that wait for any of the others."""
    count = draw(st.integers(0, 25))
    jobs = []
    for i in range(1, count + 1):
        array = str(draw(st.integers(1, i))) if draw(st.booleans()) and draw(st.booleans()) else ""
        on = draw(st.lists(st.integers(1, count), max_size=2))
        jobs.append(
            a_job(
                i,
                draw(NAMES),
                draw(st.integers(0, 30)),
                user=draw(st.sampled_from(["alice", "bob"])),
                array_job_id=array,
                dependency=",".join(f"afterok:{one}(unfulfilled)" for one in on),
            )
        )
    return jobs


def parts(groups: list[tuple[Job, ...]]) -> list[list[str]]:
    return [[job.job_id_raw for job in group] for group in groups]


@settings(max_examples=40)
@given(queues(), st.randoms())
def test_every_job_is_in_one_run_whatever_the_order(jobs: list[Job], chance: random.Random):
    groups = group_jobs(jobs)
    assert sorted(raw for group in parts(groups) for raw in group) == sorted(job.job_id_raw for job in jobs)
    shuffled = list(jobs)
    chance.shuffle(shuffled)
    assert parts(group_jobs(shuffled)) == parts(groups)


@settings(max_examples=40)
@given(queues())
def test_dependencies_never_cross_runs(jobs: list[Job]):
    run = {job.job_id_raw: i for i, group in enumerate(group_jobs(jobs)) for job in group}
    bases = {base_id(job): job for job in jobs}
    for job in jobs:
        for word in filter(None, job.dependency.split(",")):
            on = word.removeprefix("afterok:").partition("(")[0]
            if on in bases and len([other for other in jobs if base_id(other) == on]) == 1:
                assert run[bases[on].job_id_raw] == run[job.job_id_raw]


@settings(max_examples=40)
@given(queues())
def test_grouping_what_is_grouped_changes_nothing(jobs: list[Job]):
    groups = group_jobs(jobs)
    again = group_jobs(job for group in groups for job in group)
    assert parts(again) == parts(groups)


@given(st.text(alphabet="after:ok1234567890_*?,()[]+-% \nsingleton", max_size=60))
def test_no_text_of_a_dependency_breaks_it(text: str):
    jobs = [a_job(1), a_job(2, "b", dependency=text, comment=text)]
    assert sum(len(group) for group in group_jobs(jobs)) == 2
