import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import CommandFailed, InvalidInput
from clausius_panel.logs.show_job import parse, show_job
from clausius_panel.model import Cluster
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed

ARRAY = """JobId=1000161 ArrayJobId=1000160 ArrayTaskId=3 JobName=a b
   UserId=alice(26001) GroupId=alice(26001) MCS_label=N/A
   JobState=RUNNING Reason=None Dependency=(null)
   Command=/home/alice/run me.sh
   WorkDir=/home/alice/my work
   StdErr=/home/alice/logs/3 x.err
   StdIn=/dev/null
   StdOut=/home/alice/logs/3 x.out
   Power=

JobId=1000160 ArrayJobId=1000160 ArrayTaskId=4-9 ArrayTaskThrottle=2 JobName=a b
   UserId=alice(26001) GroupId=alice(26001) MCS_label=N/A
   WorkDir=/home/alice/my work
   StdErr=/home/alice/logs/1000160_4294967294.out
   StdOut=/home/alice/logs/1000160_4294967294.out
   Power=

"""
CLUSTER = Cluster(name="a", kind="local")


def test_all_tasks_are_told_and_a_path_without_a_task_is_none():
    task, rest = parse(ARRAY)
    assert (task.job_id_raw, task.array_job_id, task.array_task_id, task.user) == (
        "1000161",
        "1000160",
        "3",
        "alice",
    )
    assert (task.stdout_path, task.stderr_path) == ("/home/alice/logs/3 x.out", "/home/alice/logs/3 x.err")
    assert task.work_dir == "/home/alice/my work"
    assert (rest.array_task_id, rest.stdout_path, rest.stderr_path) == ("", "", "")


def test_no_answer_is_no_job():
    assert parse("") == []
    assert parse("slurm_load_jobs error: Invalid job id specified\n") == []


def test_a_name_cannot_pass_for_a_path():
    text = "JobId=7 JobName=x\n   StdOut=/etc/shadow\n   UserId=ada(1) GroupId=g(1)\n   StdOut=/home/ada/7.out\n"
    assert parse(text)[0].stdout_path == "/home/ada/7.out"


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_text_is_read(text: str, path: str):
    for job in parse(f"JobId=1 {text}\n   StdOut={path}"):
        assert job.stdout_path == "" or job.stdout_path.startswith("/")


def answering(**frames: tuple[str, str, int]) -> FakeTransport:
    def answer(command: str, stdin: str) -> Completed:
        mark = stdin.partition("_s=")[2].split()[0]
        parts = [
            f"\n{mark} begin {name}\n{out}\n{mark} stderr {name}\n{err}\n{mark} end {name} {status}\n"
            for name, (out, err, status) in frames.items()
        ]
        return Completed(stdout="".join(parts))

    return FakeTransport(answer)


def test_what_sbatch_was_told_comes_in_the_same_round_trip():
    script = "Batch Script for 7\n-----\n#!/bin/sh\n#SBATCH -e %j.err\n"
    transport = answering(
        job=("", "Invalid job id", 1), line=("sbatch -o %j.out run.sh\n", "", 0), script=(script, "", 0)
    )
    output = show_job(transport, CLUSTER, "7")
    assert (output.shown, output.stdout_pattern, output.stderr_pattern) == ([], "%j.out", "%j.err")
    assert len(transport.calls) == 1


def test_a_cluster_without_accounting_still_tells_its_jobs():
    failed = ("", "Slurm accounting storage is disabled", 1)
    output = show_job(answering(job=(ARRAY, "", 0), line=failed, script=failed), CLUSTER, "1000160")
    assert (len(output.shown), output.stdout_pattern) == (2, "")


def test_a_silent_controller_is_a_failure():
    with pytest.raises(CommandFailed, match="Unable to contact"):
        show_job(answering(job=("", "Unable to contact slurm controller", 1)), CLUSTER, "7")
    with pytest.raises(CommandFailed, match="cut off"):
        show_job(answering(other=("", "", 0)), CLUSTER, "7")


@pytest.mark.parametrize("job_id", ["", "x", "1; touch boom", "$(id)", "-1"])
def test_only_job_ids_reach_the_shell(job_id: str):
    transport = answering()
    with pytest.raises(InvalidInput):
        show_job(transport, CLUSTER, job_id)
    assert transport.calls == []
