import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.slurm.framing import SKIPPED, Frame
from clausius_panel.slurm.scancel import outcome, words


def said(stderr: str, exit_status: int = 0) -> str:
    return outcome(Frame(stdout="", stderr=stderr, exit_status=exit_status))


def test_a_cancelled_job_has_no_message():
    assert said("scancel: Terminating job 400166") == ""


@pytest.mark.parametrize(
    ("stderr", "exit_status", "message"),
    [
        (
            "scancel: Terminating job 999\nscancel: error: Kill job error on job id 999: Invalid job id specified",
            0,
            "it is not in the queue (Invalid job id specified)",
        ),
        (
            "scancel: error: Kill job error on job id 5: Job/step already completing or completed",
            0,
            "it has ended already (Job/step already completing or completed)",
        ),
        (
            "scancel: error: Kill job error on job id 1000143: Access/permission denied",
            210,
            "it is not yours to cancel (Access/permission denied)",
        ),
        ("", 1, "scancel exited 1"),
        ("scancel: error: something new", 1, "something new"),
        ("", 124, "scancel did not end in time; the job may have been cancelled all the same"),
        ("", SKIPPED, "not tried: the Slurm controller does not answer"),
    ],
)
def test_a_failure_is_said_in_words_whatever_the_exit_status(stderr: str, exit_status: int, message: str):
    assert said(stderr, exit_status) == message


def test_an_answer_that_never_came_is_not_taken_for_a_cancelled_job():
    assert outcome(None) != ""


def test_the_limit_of_an_array_is_not_handed_to_scancel():
    assert words("12_[3-5%2]") == ["scancel", "-v", "'12_[3-5]'"]


@pytest.mark.parametrize("job_id", ["", "-u", "1;id", "$(id)", "1\n2", "all"])
def test_what_is_no_job_id_never_reaches_the_shell(job_id: str):
    with pytest.raises(InvalidInput, match="job id"):
        words(job_id)
