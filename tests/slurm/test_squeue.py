from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model import Job, is_final
from clausius_panel.slurm.dialect import Dialect
from clausius_panel.slurm.squeue import FORMAT, parse, words

DATA = Path(__file__).parent / "data"
GUARD, END = "\x1fGUARD", "\x1eguard\n"


def recorded(name: str) -> dict[str, Job]:
    text = (DATA / f"squeue-{name}.txt").read_text(encoding="utf-8")
    return {job.job_id: job for job in parse(text, cluster="c", dialect=Dialect(), guard=GUARD)}


@pytest.mark.parametrize("path", sorted(DATA.glob("squeue-*.txt")), ids=lambda path: path.stem)
def test_every_recorded_answer_parses(path: Path):
    jobs = recorded(path.stem.removeprefix("squeue-"))
    assert len(jobs) == path.read_text(encoding="utf-8").count(END) - 1
    for job in jobs.values():
        assert job.submit_time is not None
        assert job.job_id_raw.isdigit()
        assert bool(job.array_task_id) == bool(job.array_job_id) == ("_" in job.job_id)
        assert bool(job.exit_code) <= is_final(job.state)
        assert not {"N/A", "(null)"} & {job.reason, job.dependency, job.comment, job.tres, job.node_list}


def test_the_unstarted_rest_of_an_array_is_one_job_whose_expression_is_not_cut():
    rests = [job for job in recorded("22.05-beta").values() if "_[" in job.job_id]
    assert max(len(job.job_id) for job in rests) > 64
    for job in rests:
        assert job.job_id == f"{job.array_job_id}_[{job.array_task_id}]"
        assert job.job_id_raw == job.array_job_id


def test_twenty_thousand_tasks_are_one_record():
    job = recorded("20.11")["8_[1-20000%50]"]
    assert (job.array_task_id, job.gpus, job.reason) == ("1-20000%50", 3, "JobArrayTaskLimit")


def test_components_of_a_het_job_know_their_leader():
    components = [job for job in recorded("22.05-beta").values() if "+" in job.job_id]
    assert {job.het_offset for job in components} == {0, 1}
    assert all(job.job_id == f"{job.het_job_id}+{job.het_offset}" for job in components)


def test_a_running_job_with_gpus_on_two_nodes():
    [job, *_] = [job for job in recorded("22.05-beta").values() if job.state == "RUNNING" and job.nodes == 2]
    assert (job.reason, job.cpus, job.gpus, job.gpu_type) == ("", 16, 4, "a100")
    assert job.memory_mib == 128 * 1024
    assert job.start_time is not None
    assert job.start_time.tzinfo is UTC
    assert job.end_time is not None
    assert (job.end_time - job.start_time).total_seconds() == job.time_limit_s


def test_log_paths_are_expanded():
    for job in recorded("22.05-beta").values():
        assert "%" not in job.stdout_path.replace("%a", "" if "[" in job.job_id else "%a")


def test_reasons_with_commas_and_spaces_stay_whole():
    reasons = {job.reason for job in recorded("22.05-beta").values()}
    assert "ReqNodeNotAvail, UnavailableNodes:beta-n03" in reasons


def test_gpus_are_counted_where_tres_do_not_name_them():
    jobs = recorded("20.11")
    assert {job_id: (job.gpus, job.gpu_type) for job_id, job in jobs.items()} == {
        "7": (8, "a100"),  # 4 a node on 2 nodes
        "8_[1-20000%50]": (3, ""),  # for the job
        "9": (8, ""),  # 2 a task, 4 tasks
        "10+1": (2, ""),  # 1 a socket: at least one a node
    }


def test_words_for_nothing_are_empty_in_every_version():
    job = recorded("26.05")["7"]
    assert (job.array_task_id, job.het_job_id, job.dependency, job.comment) == ("", "", "", "")
    assert (job.start_time, job.end_time, job.het_offset) == (None, None, None)


def test_words_that_slurm_adds_tomorrow_are_kept():
    job = recorded("26.05")["7"]
    assert (job.state, job.reason) == ("EXPEDITING", "SomethingNew")


def test_exit_codes_are_read_as_a_wait_status_and_as_two_parts():
    assert recorded("23.11")["8"].exit_code == "1:0"
    assert recorded("26.05")["8"].exit_code == "0:15"
    assert recorded("20.11")["7"].exit_code == ""


def test_unlimited_and_invalid_times():
    job = recorded("20.11")["9"]
    assert (job.time_limit_s, job.elapsed_s, job.end_time) == (None, 0, None)
    assert job.start_time == datetime(2026, 1, 2, 4, tzinfo=UTC)
    assert job.stdout_path == "/home/ada/logs/train.9.nid00012.out"


def record(**fields: str) -> str:
    defaults = {"JobArrayID": "7", "JobID": "7", "State": "PENDING", "SubmitTime": "2026-01-02T03:04:05"}
    given_ = {**dict.fromkeys(NAMES, ""), **defaults, **fields}
    head, shared, tail = ([given_[name] for name in names] for names in FORMAT.fields(Dialect()))
    return "\x1f".join([*head, "\x1d".join(shared)]) + "".join(GUARD + text for text in tail) + END


NAMES = (*FORMAT.head, *FORMAT.shared, *FORMAT.tail)
HEADER = record(**{name: name.upper() for name in NAMES} | {"JobArrayID": "JOBID"})
WILD = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@settings(max_examples=50)
@given(st.lists(st.tuples(WILD, WILD), max_size=4))
def test_names_and_comments_may_hold_anything(texts: list[tuple[str, str]]):
    printed = HEADER + "".join(record(Name=name, Comment=comment) for name, comment in texts)
    jobs = parse(printed, cluster="c", dialect=Dialect(), guard=GUARD)
    assert [job.name for job in jobs] == [name for name, _ in texts]
    assert [job.comment for job in jobs] == ["" if c in ("(null)", "N/A") else c for _, c in texts]


@given(
    st.sampled_from([*FORMAT.head[1:], *FORMAT.shared]),
    st.text(alphabet=st.characters(codec="ascii"), max_size=12),
)
def test_any_text_in_any_field_is_read_or_a_parse_error_with_its_line(field: str, text: str):
    printed = HEADER + record() + record(**{field: text})
    try:
        jobs = parse(printed, cluster="c", dialect=Dialect(), guard=GUARD)
    except ParseError as error:
        assert (error.command, error.line) == ("squeue", 3)  # noqa: PT017 -- it need not be raised
    else:
        assert len(jobs) == 2


@given(st.text(max_size=200))
def test_any_other_answer_is_a_parse_error(text: str):
    with pytest.raises(ParseError, match="squeue line 1"):
        parse(text, cluster="c", dialect=Dialect(), guard=GUARD)


def test_whose_jobs_are_asked_for():
    assert "-u" not in words(Dialect(), guard=GUARD)
    mine = words(Dialect(), guard=GUARD, user='"$(id -u)"')
    assert mine[mine.index("-u") + 1] == '"$(id -u)"'
