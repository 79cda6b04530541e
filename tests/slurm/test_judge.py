import pytest

from clausius_panel.slurm.formats import LONG
from clausius_panel.slurm.framing import SKIPPED, Frame
from clausius_panel.slurm.judge import failure, refusals

GUARD = "\x1fqXyZ"


def frame(stdout: str = "", stderr: str = "", exit_status: int = 0) -> Frame:
    return Frame(stdout=stdout, stderr=stderr, exit_status=exit_status)


NO_CONTACT = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
NO_MUNGE = "slurm_load_jobs error: Protocol authentication error"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (frame(exit_status=124), "timeout", "squeue did not answer within 25 s"),
        (frame(exit_status=137), "timeout", "squeue did not answer within 25 s"),
        (frame(exit_status=127), "failed", "set slurm_path"),
        (frame(exit_status=SKIPPED), "failed", "was not asked"),
        (frame(stderr=NO_CONTACT, exit_status=1), "failed", f"the server does not answer: {NO_CONTACT}"),
        (frame(stderr=NO_MUNGE), "failed", "although its exit status is 0"),
        (frame(exit_status=1), "failed", "exit status 1: no message"),
        (None, "failed", "squeue was cut off"),
    ],
)
def test_failures_are_told_apart_in_words(answer: Frame | None, kind: str, words: str):
    found = failure(answer, command="squeue", limit_s=25, cut_off=False)
    assert found is not None
    assert found[0] == kind
    assert words in found[1]


def test_a_script_that_ran_out_of_time_is_a_timeout():
    found = failure(None, command="sacct", limit_s=25, cut_off=True)
    assert found == ("timeout", "sacct did not end in time")


def test_a_warning_on_stderr_is_no_failure():
    assert (
        failure(frame(stdout="x", stderr="squeue: warning: old"), command="squeue", limit_s=25, cut_off=False)
        is None
    )


@pytest.mark.parametrize(
    ("command", "answer", "refused"),
    [
        (
            "squeue",
            frame(f"JOBID{GUARD}", "squeue: error: Invalid job format specification: RestartCnt"),
            ("RestartCnt",),
        ),
        ("squeue", frame("JOBID               NAME"), (LONG,)),
        ("squeue", frame(stderr="squeue: unrecognized option '-O'", exit_status=1), (LONG,)),
        ("squeue", frame(stderr="slurm_load_jobs error: x", exit_status=1), ()),
        ("sacct", frame(stderr='sacct: error: Invalid field requested: "Reason"', exit_status=1), ("Reason",)),
        ("scontrol", frame("anything"), ()),
    ],
)
def test_what_a_version_refuses(command: str, answer: Frame, refused: tuple[str, ...]):
    assert refusals(command, answer, guard=GUARD) == refused
