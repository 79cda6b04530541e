import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.slurm.control import Change, change_jobs, outcome, words
from clausius_panel.slurm.framing import SKIPPED, Frame


def said(stderr: str, exit_status: int = 1) -> str:
    return outcome(Frame(stdout="", stderr=stderr, exit_status=exit_status))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Change(verb="hold"), "scontrol uhold 12"),
        (Change(verb="release"), "scontrol release 12"),
        (Change(verb="requeue"), "scontrol requeue 12"),
        (Change(verb="top"), "scontrol top 12"),
        (Change(verb="nice", value="-5"), "scontrol update JobId=12 Nice=-5"),
        (Change(verb="time_limit", value="1-02:00:00"), "scontrol update JobId=12 TimeLimit=1-02:00:00"),
        (Change(verb="partition", value="gpu,cpu"), "scontrol update JobId=12 Partition=gpu,cpu"),
    ],
)
def test_each_change_is_one_command(change: Change, line: str):
    assert " ".join(words(change, "12")) == line


def test_parts_of_arrays_are_quoted_and_their_limit_is_not_handed_on():
    assert shlex.split(" ".join(words(Change(verb="hold"), "12_[3-5%2]")))[-1] == "12_[3-5]"


@pytest.mark.parametrize(
    ("verb", "value"),
    [
        ("explode", ""),
        ("hold", "x"),
        ("nice", ""),
        ("nice", "1 2"),
        ("nice", "5;id"),
        ("time_limit", "$(id)"),
        ("time_limit", "-1"),
        ("time_limit", "1:2:3:4"),
        ("partition", ""),
        ("partition", "a b"),
        ("partition", "a\nb"),
        ("partition", "a=b"),
        ("nice", "\uff11"),
    ],
)
def test_a_value_that_is_none_is_refused(verb, value):
    with pytest.raises(InvalidInput):
        Change(verb=verb, value=value)


@pytest.mark.parametrize("job_id", ["", "-u", "1;id", "$(id)", "1\n2", "all"])
def test_what_is_no_job_id_never_reaches_the_shell(job_id: str):
    with pytest.raises(InvalidInput, match="job id"):
        words(Change(verb="hold"), job_id)


@given(st.sampled_from(["nice", "time_limit", "partition"]), st.text(max_size=30))
def test_whatever_passes_stays_one_word(verb, value):
    try:
        change = Change(verb=verb, value=value)
    except InvalidInput:
        return
    assert shlex.split(" ".join(words(change, "1")))[-1].endswith(f"={value}")


@pytest.mark.parametrize(
    ("stderr", "exit_status", "message"),
    [
        ("", 0, ""),
        (
            "Invalid job id specified for job 9\nslurm_suspend error: Invalid job id specified",
            1,
            "it is not in the queue (Invalid job id)",
        ),
        ("400191_5: Invalid job id specified", 1, "it is not in the queue (Invalid job id specified)"),
        (
            "Job has already finished for job 4\nslurm_suspend error: Job has already finished",
            1,
            "it has ended already (Job has already finished)",
        ),
        ("Access/permission denied for job 4", 1, "you may not do this to it (Access/permission denied)"),
        (
            "Invalid user id for job 4\nslurm_suspend error: Invalid user id",
            1,
            "it is another user's: only its owner or an operator may do this (Invalid user id)",
        ),
        ("Invalid partition name specified for job 4", 1, "there is no such partition (Invalid partition name)"),
        ("Job is pending execution for job 4", 1, "it waits already (Job is pending execution)"),
        ("something new", 1, "something new"),
        ("", 1, "scontrol exited 1"),
        ("", 124, "scontrol did not end in time; it may have been done all the same"),
        ("", SKIPPED, "not tried: the Slurm controller does not answer"),
    ],
)
def test_a_failure_is_said_in_words(stderr: str, exit_status: int, message: str):
    assert said(stderr, exit_status) == message or said(stderr, exit_status).startswith(message.rstrip(")"))


def test_an_answer_that_never_came_is_not_taken_for_a_change():
    assert outcome(None) != ""


def test_one_id_that_fails_does_not_keep_the_others(fake_cluster):
    fake_cluster.script("squeue", "exit 0")
    fake_cluster.script("scontrol", 'case $2 in 2) echo "Invalid job id specified for job 2" >&2; exit 1 ;; esac')
    client = fake_cluster.client()
    done = change_jobs(client.cluster, client.transport, Change(verb="hold"), ["1", "2", "3", "1"])
    assert {job_id: message == "" for job_id, message in done.items()} == {"1": True, "2": False, "3": True}
    assert fake_cluster.calls() == ["scontrol uhold 1", "scontrol uhold 2", "scontrol uhold 3"]
    assert [lane for _, _, lane in fake_cluster.transport.calls] == ["primary"]
