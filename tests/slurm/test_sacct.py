from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model import Job, is_final
from clausius_panel.slurm import sacct
from clausius_panel.slurm.dialect import Dialect

DATA = Path(__file__).parent / "data"
GUARD = "\x1fGUARD"


def recorded(name: str) -> dict[str, Job]:
    text = (DATA / f"sacct-{name}.txt").read_text(encoding="utf-8")
    return {job.job_id: job for job in sacct.parse(text, cluster="c", guard=GUARD)}


@pytest.mark.parametrize("path", sorted(DATA.glob("sacct-*.txt")), ids=lambda path: path.stem)
def test_every_recorded_answer_parses(path: Path):
    jobs = recorded(path.stem.removeprefix("sacct-"))
    assert jobs
    for job in jobs.values():
        assert is_final(job.state)
        assert job.job_id_raw.isdigit()
        assert job.submit_time is not None
        assert job.end_time is not None


def test_who_cancelled_a_job_stands_in_the_reason():
    jobs = recorded("22.05-beta")
    reasons = {job.reason for job in jobs.values() if job.state == "CANCELLED"}
    assert "cancelled by uid 26002" in reasons


def test_who_cancelled_a_job_has_a_name_where_a_record_of_theirs_tells_it():
    names = ("JobID", "User", "UID", "State", "Submit", "JobIDRaw")
    rows = [
        ("1", "ada", "700", "CANCELLED by 700", "2026-01-02T03:04:05", "1"),
        ("2", "bob", "701", "CANCELLED by 700", "2026-01-02T03:04:05", "2"),
        ("3", "bob", "701", "CANCELLED by 702", "2026-01-02T03:04:05", "3"),
    ]
    text = "\n".join(map(GUARD.join, (names, *rows)))
    reasons = [job.reason for job in sacct.parse(text, cluster="c", guard=GUARD)]
    assert reasons == ["cancelled by ada", "cancelled by ada", "cancelled by uid 702"]


def test_evidence_of_each_way_to_end():
    by_state = {job.state: job for job in recorded("22.05-beta").values()}
    assert by_state.keys() >= {
        "COMPLETED",
        "FAILED",
        "OUT_OF_MEMORY",
        "TIMEOUT",
        "CANCELLED",
        "PREEMPTED",
        "REQUEUED",
    }
    assert by_state["OUT_OF_MEMORY"].exit_code == "0:125"
    assert by_state["REQUEUED"].exit_code == "75:0"


def test_steps_and_jobs_under_way_are_passed_over_and_broken_records_are_joined():
    jobs = recorded("20.11")
    assert list(jobs) == ["7", "8"]
    assert jobs["8"].name == 'two\nlines | and "quotes"'
    assert jobs["8"].reason == "cancelled by uid 1000"
    assert (jobs["8"].time_limit_s, jobs["8"].memory_mib, jobs["8"].node_list) == (None, 62.5 * 1024, "")
    assert (jobs["7"].gpus, jobs["7"].memory_mib, jobs["7"].time_limit_s) == (2, 62.5 * 1024, 86400)


def test_columns_are_read_by_header_so_that_newer_fields_may_come():
    jobs = recorded("24.11")
    assert (jobs["7"].stdout_path, jobs["7"].restarts) == ("/home/ada/train-7.out", 2)
    task = jobs["10_3"]
    assert (task.array_job_id, task.array_task_id, task.job_id_raw) == ("10", "3", "13")
    assert (task.stdout_path, task.time_limit_s) == ("/scratch/10_3.log", None)
    assert task.start_time == datetime(2026, 1, 2, 3, 5, tzinfo=UTC)


def test_a_selection_by_state_has_an_end_because_sacct_answers_nothing_without_one():
    words = sacct.ended_words(Dialect(), guard=GUARD, age_s=90)
    assert words[words.index("-S") + 1] == "now-90seconds"
    assert words[words.index("-E") + 1] == "now"
    assert "LAUNCH_FAILED" not in words[words.index("-s") + 1]


def test_newer_fields_are_asked_of_newer_versions_only():
    assert "StdOut" not in sacct.fields(Dialect(version="22.05.8"))
    assert {"StdOut", "Restarts"} <= set(sacct.fields(Dialect(version="24.11.5")))
    assert "StdOut" not in sacct.fields(Dialect(version="24.11.5").without("sacct", "StdOut"))


def test_only_plain_numbers_are_looked_up():
    words = sacct.found_words(Dialect(), guard=GUARD, job_ids=["1", "2"])
    assert words[words.index("-j") + 1] == "1,2"
    with pytest.raises(ParseError, match="not a raw job id"):
        sacct.found_words(Dialect(), guard=GUARD, job_ids=["1;id"])


def test_complaints():
    assert sacct.refused_field('sacct: error: Invalid field requested: "StdOut"') == "StdOut"
    assert sacct.is_switched_off("Slurm accounting storage is disabled")
    assert not sacct.is_switched_off("sacct: error: Problem talking to the database: Connection refused")


@pytest.mark.parametrize("text", ["", "module loaded\n", "JobID|State\n"])
def test_without_its_header_an_answer_is_no_answer(text: str):
    with pytest.raises(ParseError, match="no header"):
        sacct.parse(text, cluster="c", guard=GUARD)


FIELDS = sacct.fields(Dialect(version="24.11.0"))
BASE = {"JobID": "7", "State": "FAILED", "Submit": "2026-01-02T03:04:05", "JobIDRaw": "7"}


def row(**fields: str) -> str:
    return GUARD.join({**dict.fromkeys(FIELDS, ""), **BASE, **fields}[name] for name in FIELDS) + "\n"


HEADER = GUARD.join(FIELDS) + "\n"
WILD = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(max_examples=50)
@given(st.lists(st.tuples(WILD, WILD), max_size=4))
def test_names_and_comments_may_hold_anything(texts: list[tuple[str, str]]):
    jobs = sacct.parse(HEADER + "".join(row(JobName=n, Comment=c) for n, c in texts), cluster="c", guard=GUARD)
    assert [job.name for job in jobs] == [name for name, _ in texts]


@given(st.integers(1, 200))
def test_an_answer_that_was_cut_is_an_error_or_has_fewer_records(cut: int):
    whole = HEADER + row() + row(JobID="8")
    try:
        jobs = sacct.parse(whole[:-cut], cluster="c", guard=GUARD)
    except ParseError:
        return
    assert [job.job_id for job in jobs] == ["7", "8"][: len(jobs)]


@given(
    st.sampled_from(FIELDS), st.text(alphabet=st.characters(codec="ascii", exclude_characters="\n"), max_size=12)
)
def test_any_text_in_any_field_is_read_or_a_parse_error_with_its_line(field: str, text: str):
    try:
        jobs = sacct.parse(HEADER + row() + row(**{field: text}), cluster="c", guard=GUARD)
    except ParseError as error:
        assert (error.command, error.line) == ("sacct", 3)  # noqa: PT017 -- it need not be raised
    else:
        assert jobs
