"""Whole polls: the real script in the real shell, against commands that answer as recorded or as faults do."""

from datetime import UTC, datetime, timedelta

import pytest

from clausius_panel.errors import CommandFailed, CommandTimeout, Unreachable
from clausius_panel.model import Cluster
from clausius_panel.slurm import PollRequest, SlurmClient
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed

HOUR_AGO = datetime.now(UTC) - timedelta(hours=1)
EVERYTHING = PollRequest(nodes=True, accounted_since=HOUR_AGO, lost=("1", "2"))
NO_CONTACT = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"


def test_everything_comes_in_one_round_trip(recorded_cluster):
    snapshot = recorded_cluster.client().poll(EVERYTHING)
    assert len(recorded_cluster.transport.calls) == 1
    assert snapshot.problems == ()
    assert all((snapshot.jobs, snapshot.nodes, snapshot.partitions, snapshot.ended, snapshot.found))
    assert (snapshot.version, snapshot.accounting) == ("22.05.8", "yes")
    assert snapshot.user != ""
    assert snapshot.commands == 5
    assert snapshot.answer_bytes > 10_000
    assert datetime.now(UTC) - snapshot.at < timedelta(minutes=1)


def test_a_steady_poll_runs_one_command_and_does_not_ask_again_what_the_cluster_is(recorded_cluster):
    client = recorded_cluster.client()
    dialect = client.poll(PollRequest()).dialect
    snapshot = client.poll(PollRequest(dialect=dialect))
    assert (snapshot.commands, snapshot.version) == (1, "22.05.8")
    assert (snapshot.nodes, snapshot.partitions, snapshot.ended, snapshot.found) == (None, None, None, None)


def test_the_first_minute_and_a_steady_minute_stay_within_their_budgets(recorded_cluster):
    client = recorded_cluster.client()
    first = client.poll(PollRequest(nodes=True, accounted_since=HOUR_AGO))
    second = client.poll(PollRequest(dialect=first.dialect))
    third = client.poll(PollRequest(dialect=second.dialect, nodes=True, accounted_since=HOUR_AGO))
    assert first.commands + second.commands <= 6
    assert second.commands + third.commands <= 4


def test_only_my_jobs_are_asked_for_where_the_scope_is_mine(recorded_cluster):
    recorded_cluster.client(scope="mine").poll(EVERYTHING)
    [squeue] = [call for call in recorded_cluster.calls() if call.startswith("squeue")]
    [sacct, lost] = [call for call in recorded_cluster.calls() if call.startswith("sacct")]
    assert " -u " in squeue
    assert " -u " in sacct
    assert " -j 1,2" in lost


def test_everybodys_jobs_are_asked_for_where_the_scope_is_everyone(recorded_cluster):
    recorded_cluster.client(scope="everyone").poll(EVERYTHING)
    assert not [call for call in recorded_cluster.calls() if " -u " in call]


def test_a_controller_that_is_down_leaves_jobs_unknown_and_accounting_at_work(recorded_cluster):
    recorded_cluster.answer("squeue", stderr=NO_CONTACT, exit_status=1)
    snapshot = recorded_cluster.client().poll(EVERYTHING)
    assert (snapshot.jobs, snapshot.nodes) == (None, None)
    assert snapshot.ended
    problems = {problem.part: problem for problem in snapshot.problems}
    assert problems["queue"].kind == "failed"
    assert "does not answer" in problems["queue"].message
    assert [problem.message for problem in snapshot.problems if "up to date" in problem.message] == []
    assert not [call for call in recorded_cluster.calls() if call.startswith("sinfo")]


@pytest.mark.parametrize(
    ("stdout", "stderr"), [("", ""), ("", NO_CONTACT), ("garbage\n", ""), ('{"jobs": []}\n', "")]
)
def test_an_exit_status_of_0_without_squeues_header_is_no_empty_queue(recorded_cluster, stdout, stderr):
    recorded_cluster.answer("squeue", stdout, stderr=stderr)
    snapshot = recorded_cluster.client().poll(PollRequest())
    assert snapshot.jobs is None
    [problem] = [problem for problem in snapshot.problems if problem.part == "queue"]
    assert problem.kind in ("failed", "parse")


def test_a_queue_that_is_really_empty_is_an_empty_list(recorded_cluster):
    recorded_cluster.script("squeue", 'recorded "$HOME/squeue.out" | head -n 1')
    assert recorded_cluster.client().poll(PollRequest()).jobs == []


def test_a_command_that_hangs_costs_its_limit_and_not_the_others(recorded_cluster):
    recorded_cluster.script("sinfo", "sleep 60")
    snapshot = recorded_cluster.client(limit_s=1).poll(EVERYTHING)
    assert snapshot.jobs
    assert snapshot.ended
    [problem] = snapshot.problems
    assert (problem.part, problem.kind) == ("nodes", "timeout")
    assert "within 1 s" in problem.message
    assert "jobs are up to date" in problem.message
    assert snapshot.duration_s < 10


def test_a_talking_login_shell_does_no_harm(recorded_cluster):
    recorded_cluster.preface = "echo module: loaded default toolchain; echo and errors >&2"
    assert recorded_cluster.client().poll(EVERYTHING).problems == ()


def test_a_database_that_is_down_is_told_and_the_rest_goes_on(recorded_cluster):
    recorded_cluster.answer(
        "sacct", stderr="sacct: error: Problem talking to the database: Connection refused\n", exit_status=1
    )
    snapshot = recorded_cluster.client().poll(EVERYTHING)
    assert (snapshot.ended, snapshot.found) == (None, None)
    assert snapshot.jobs
    assert {problem.part for problem in snapshot.problems} == {"accounting"}
    assert "filled in later" in snapshot.problems[0].message
    assert len([call for call in recorded_cluster.calls() if call.startswith("sacct")]) == 1
    assert snapshot.accounting == "yes"


def test_a_cluster_without_accounts_says_so_and_is_not_asked_again(recorded_cluster):
    recorded_cluster.answer("sacct", stderr="Slurm accounting storage is disabled\n", exit_status=1)
    recorded_cluster.answer("scontrol", "AccountingStorageType = (null)\nSLURM_VERSION = 23.11.10\n")
    client = recorded_cluster.client()
    first = client.poll(PollRequest(accounted_since=HOUR_AGO))
    second = client.poll(PollRequest(dialect=first.dialect, accounted_since=HOUR_AGO, lost=("1",)))
    for snapshot in (first, second):
        [problem] = snapshot.problems
        assert (problem.part, problem.kind, snapshot.accounting) == ("accounting", "", "no")
        assert "keeps no accounts" in problem.message
        assert snapshot.jobs
    assert len([call for call in recorded_cluster.calls() if call.startswith("sacct")]) == 1


def test_accounts_that_were_switched_on_are_noticed_within_a_day(recorded_cluster):
    old = {"accounting": "no", "version": "22.05.8", "asked_at": "2020-01-01T00:00:00+00:00"}
    snapshot = recorded_cluster.client().poll(PollRequest(dialect=old, accounted_since=HOUR_AGO))
    assert snapshot.accounting == "yes"
    assert snapshot.ended
    assert snapshot.problems == ()


def test_fields_that_a_version_lacks_are_detected_once_and_remembered(recorded_cluster):
    complaint = "squeue: error: Invalid job format specification: exit_code\n"
    text = (recorded_cluster.bin.parent / "squeue.out").read_text(encoding="utf-8")
    with_gap = text.replace("EXIT_CODE", "", 1)
    recorded_cluster.answer("squeue", with_gap, stderr=complaint)
    client = recorded_cluster.client()
    first = client.poll(PollRequest())
    assert first.jobs
    assert first.problems == ()
    client.poll(PollRequest(dialect=first.dialect))
    [before, after] = [call for call in recorded_cluster.calls() if call.startswith("squeue")]
    assert "exit_code" in before
    assert "exit_code" not in after


def test_a_field_that_makes_sacct_fail_is_left_out_in_the_same_poll(recorded_cluster):
    out = recorded_cluster.bin.parent / "sacct.out"
    text = out.read_text(encoding="utf-8")
    recorded_cluster.script(
        "sacct",
        f"""case "$*" in *,Comment*)
          echo 'sacct: error: Invalid field requested: "Comment"' >&2; exit 1 ;;
        esac
        recorded {out}""",
    )
    out.write_text(text, encoding="utf-8")
    client = recorded_cluster.client()
    first = client.poll(PollRequest(accounted_since=HOUR_AGO))
    assert first.ended
    assert first.problems == ()
    second = client.poll(PollRequest(dialect=first.dialect, accounted_since=HOUR_AGO))
    assert second.ended
    assert len([call for call in recorded_cluster.calls() if call.startswith("sacct")]) == 3


OLD_SQUEUE = r"""
case "$*" in
  *" -O "*) echo 'JOBID               NAME                '; exit 0 ;;
esac
gs=$(printf '\035')
row() { # %i, the other letters that a job has for itself, those it shares, its name
  printf '%s' "$1"
  for field in 7 7 N/A '' 100 2026-01-02T03:04:05 2026-01-02T03:05:00 2026-01-03T03:05:00 1:00 n1; do
    printf '%s%s' "$fs" "$field"
  done
  printf '%s%s' "$fs" ada
  for field in phys main normal RUNNING None 1 4 4000M gpu:2 1-00:00:00; do printf '%s%s' "$gs" "$field"; done
  printf '%s%s%s%s%s%s%s%s\n' "$g" "$2" "$g" /home/ada "$g" '(null)' "$rs" "$end"
}
row JOBID NAME
row 7 'a name'
"""


def test_a_version_without_free_suffixes_is_asked_by_letters_from_then_on(recorded_cluster):
    recorded_cluster.script("squeue", OLD_SQUEUE)
    client = recorded_cluster.client()
    first = client.poll(PollRequest())
    assert first.problems == ()
    assert first.jobs is not None
    [job] = first.jobs
    assert (job.job_id, job.name, job.gpus, job.work_dir, job.time_limit_s) == (
        "7",
        "a name",
        2,
        "/home/ada",
        86400,
    )
    second = client.poll(PollRequest(dialect=first.dialect))
    assert second.jobs == first.jobs
    assert len([call for call in recorded_cluster.calls() if call.startswith("squeue")]) == 3


def test_garbage_teaches_nothing(recorded_cluster):
    recorded_cluster.answer("squeue", "somebody's broken wrapper\n")
    client = recorded_cluster.client()
    first = client.poll(PollRequest())
    assert first.jobs is None
    recorded_cluster.answer_as_recorded()
    second = client.poll(PollRequest(dialect=first.dialect))
    assert second.jobs
    assert " -O " in [call for call in recorded_cluster.calls() if call.startswith("squeue")][-1]


def test_an_upgrade_forgets_what_the_old_version_lacked(recorded_cluster):
    old = {"version": "20.11.9", "missing": ["squeue:stdout"], "asked_at": "2020-01-01T00:00:00+00:00"}
    snapshot = recorded_cluster.client().poll(PollRequest(queue=False, dialect=old))
    assert (snapshot.version, snapshot.dialect["missing"]) == ("22.05.8", [])


def test_slurm_outside_of_path_is_found_by_the_configured_directory(recorded_cluster):
    recorded_cluster.path = "/usr/bin:/bin"
    assert recorded_cluster.client(slurm_path=str(recorded_cluster.bin)).poll(PollRequest()).jobs


def answers(stdout: str, *, exit_status: int = 0) -> SlurmClient:
    transport = FakeTransport(lambda command, stdin: Completed(stdout=stdout, exit_status=exit_status))
    return SlurmClient(Cluster(name="c", host="h"), transport)


@pytest.mark.parametrize(("stdout", "status"), [("This account is currently not available.\n", 1), ("", 0)])
def test_a_login_that_runs_no_script_is_a_failed_command(stdout, status):
    with pytest.raises(CommandFailed, match=stdout.strip() or "no message"):
        answers(stdout, exit_status=status).poll(PollRequest())


def test_a_connection_cut_in_the_middle_of_an_answer_leaves_that_part_unknown(recorded_cluster):
    whole = recorded_cluster.transport

    def cut(command: str, stdin: str) -> Completed:
        done = whole.run(command, stdin=stdin)
        return Completed(stdout=done.stdout[: done.stdout.index(" begin sinfo") - 300])

    client = SlurmClient(Cluster(name="c", host="h"), FakeTransport(cut))
    snapshot = client.poll(EVERYTHING)
    assert (snapshot.jobs, snapshot.nodes, snapshot.ended) == (None, None, None)
    assert {problem.part for problem in snapshot.problems} == {"queue", "nodes", "version", "accounting"}


def test_what_came_before_our_own_time_limit_is_kept(recorded_cluster):
    whole = recorded_cluster.transport

    def late(command: str, stdin: str) -> CommandTimeout:
        done = whole.run(command, stdin=stdin)
        return CommandTimeout("h", "sh -s", 30, stdout=done.stdout[: done.stdout.index(" begin sacct")])

    snapshot = SlurmClient(Cluster(name="c", host="h"), FakeTransport(late)).poll(EVERYTHING)
    assert snapshot.jobs
    assert snapshot.ended is None
    assert [(problem.part, problem.kind) for problem in snapshot.problems] == [("accounting", "timeout")]


@pytest.mark.parametrize("error", [Unreachable("h", "refused"), CommandTimeout("h", "sh -s", 30)])
def test_a_cluster_that_gives_no_answer_at_all_raises(error):
    client = SlurmClient(Cluster(name="c", host="h"), FakeTransport(lambda command, stdin: error))
    with pytest.raises(type(error)):
        client.poll(PollRequest())


def test_a_guard_is_new_for_each_poll(recorded_cluster):
    client = recorded_cluster.client()
    client.poll(PollRequest())
    client.poll(PollRequest())
    first, second = [call for call in recorded_cluster.calls() if call.startswith("squeue")]
    assert first != second
