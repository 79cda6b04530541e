import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import CommandFailed, InvalidInput
from clausius_panel.slurm.provenance import capture, parse_show_job
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed

SHOWN = """JobId=1000130 JobName=rerank hard=neg
   UserId=alice(26001) GroupId=alice(26001) MCS_label=N/A
   JobState=PENDING Reason=QOSMaxJobsPerUserLimit Dependency=(null)
   NumNodes=1 NumCPUs=1 NumTasks=1 CPUs/Task=1 ReqB:S:C:T=0:0:*:*
   Command=/home/alice/scripts/train.sh --lr=1 --out=/x
   WorkDir=/home/alice/my=dir
   Power=


JobId=1000131 JobName=other
"""
STORED = "Batch Script for 7\n" + "-" * 80 + "\n#!/bin/sh\nsleep 60\n\n"


def test_the_fields_of_a_job_are_read_with_what_people_wrote():
    fields = parse_show_job(SHOWN)
    assert fields["JobId"] == "1000130"
    assert fields["JobName"] == "rerank hard=neg"
    assert fields["Reason"] == "QOSMaxJobsPerUserLimit"
    assert fields["Command"] == "/home/alice/scripts/train.sh --lr=1 --out=/x"
    assert fields["WorkDir"] == "/home/alice/my=dir"
    assert fields["ReqB:S:C:T"] == "0:0:*:*"
    assert fields["Power"] == ""


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    assert all(isinstance(value, str) for value in parse_show_job(text).values())


def ready(cluster, *, script="#!/bin/sh\necho hi\n"):
    cluster.script("squeue", "exit 0")
    file = cluster.bin.parent / "shown"
    file.write_text(SHOWN)
    cluster.script("scontrol", f'case $1 in show) cat {file} ;; *) printf "%s" "{script}" ;; esac')
    cluster.script("sacct", "echo 'sbatch --wrap x'")
    return cluster.client()


def test_one_round_trip_over_the_background_lane_tells_all(fake_cluster):
    client = ready(fake_cluster)
    told = capture(client.cluster, client.transport, "7")
    assert (told.batch_script, told.submit_command) == ("#!/bin/sh\necho hi\n", "sbatch --wrap x")
    assert (told.work_dir, told.error) == ("/home/alice/my=dir", "")
    assert [lane for _, _, lane in fake_cluster.transport.calls] == ["background"]
    assert len(fake_cluster.calls()) == 3


def test_accounting_is_asked_for_the_script_only_where_the_controller_forgot_it(fake_cluster):
    client = ready(fake_cluster)
    stored = fake_cluster.bin.parent / "stored"
    stored.write_text(STORED)
    fake_cluster.script("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    fake_cluster.script("sacct", f"case $1 in -B) cat {stored} ;; *) echo 'sbatch x' ;; esac")
    told = capture(client.cluster, client.transport, "7")
    assert told.batch_script == "#!/bin/sh\nsleep 60\n"
    assert told.submit_command == "sbatch x"
    assert "Invalid job id" in told.error
    assert len(fake_cluster.calls()) == 4


@pytest.mark.parametrize("answer", ["", "Batch Script for 7\n" + "-" * 80 + "\nNONE\n"])
def test_a_script_that_nobody_kept_is_none(fake_cluster, answer):
    client = ready(fake_cluster)
    stored = fake_cluster.bin.parent / "stored"
    stored.write_text(answer)
    fake_cluster.script("scontrol", "echo 'job script retrieval failed: Invalid job id specified' >&2")
    fake_cluster.script("sacct", f"case $1 in -B) cat {stored} ;; esac")
    told = capture(client.cluster, client.transport, "7")
    assert (told.batch_script, told.fields) == ("", {})
    assert "retrieval failed" in told.error


@pytest.mark.parametrize("job_id", ["", "1_2", "$(id)", "1;id", "-B"])
def test_only_a_number_is_asked_for(fake_cluster, job_id):
    client = fake_cluster.client()
    with pytest.raises(InvalidInput):
        capture(client.cluster, client.transport, job_id)
    assert fake_cluster.calls() == []


def test_a_host_that_runs_nothing_is_an_error(fake_cluster):
    mute = FakeTransport(lambda command, stdin: Completed(stdout="closed", exit_status=1))
    with pytest.raises(CommandFailed):
        capture(fake_cluster.client().cluster, mute, "1")


def git(directory, *words):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    where = tmp_path / "it's $(here)"
    where.mkdir()
    git(where, "init", "-q", "-b", "main")
    (where / "a.py").write_text("1\n")
    git(where, "add", ".")
    git(where, "commit", "-q", "-m", "first")
    return where


def test_the_commit_of_its_directory_is_told_in_the_same_round_trip(fake_cluster, checkout):
    client = ready(fake_cluster, script="module load cuda\n")
    told = capture(client.cluster, client.transport, "7", work_dir=str(checkout))
    assert told.environment == {
        "modules": "cuda",
        "git commit": git(checkout, "rev-parse", "HEAD"),
        "git branch": "main",
        "files changed since that commit": "0",
    }
    assert len(fake_cluster.transport.calls) == 1
    (checkout / "a.py").write_text("2\n")
    told = capture(client.cluster, client.transport, "7", work_dir=str(checkout))
    assert told.environment["files changed since that commit"] == "1"


def test_nothing_that_a_repository_configures_is_run(fake_cluster, checkout, tmp_path):
    client = ready(fake_cluster)
    git(checkout, "config", "core.fsmonitor", f"touch {tmp_path}/ran")
    capture(client.cluster, client.transport, "7", work_dir=str(checkout))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("work_dir", ["", "relative", "/nowhere/at/all", "/"])
def test_a_directory_without_a_checkout_says_nothing(fake_cluster, work_dir):
    client = ready(fake_cluster)
    told = capture(client.cluster, client.transport, "7", work_dir=work_dir)
    assert told.environment == {}
    assert told.error == ""


@pytest.mark.parametrize("first", ["#!/bin/sh\nsleep 60\n\n", "NONE\n\n"])
def test_of_an_array_the_script_stands_once(fake_cluster, first):
    client = ready(fake_cluster)
    stored = fake_cluster.bin.parent / "stored"
    head = "Batch Script for 7_{}\n" + "-" * 80 + "\n"
    stored.write_text(head.format(1) + first + head.format(2) + "#!/bin/sh\nsleep 60\n\n" + head.format("[3-4]"))
    fake_cluster.script("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")
    fake_cluster.script("sacct", f"case $1 in -B) cat {stored} ;; esac")
    assert capture(client.cluster, client.transport, "7").batch_script == "#!/bin/sh\nsleep 60\n"
