import pytest

from clausius_panel.simulator.catalogue import Trouble
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, ask, gpus, submit, want


@pytest.fixture
def past(sim: Simulation) -> Simulation:
    """1001 done, 1002 failed, 1003 cancelled while waiting, 1004 an array (1005 its task 0), 1006 once lost."""
    _, _, waiting = submit(
        sim,
        want("a_b_good", shape=gpus(2)),
        want("a_b_bad", user="lucia", verdict="FAILED", exit_code="1:0", run_s=600.0),
        want("a_b_never", held="user"),
    )
    sim.advance(100.0)
    sim.cancel(waiting, 5001)
    submit(sim, want("a_b_many", tasks=(0, 1, 2), array_limit=1, limit_s=24 * HOUR, shape=gpus(4)))
    submit(sim, want("a_b_lost", partition="scavenge", shape=gpus(1), limit_s=20 * HOUR, run_s=19 * HOUR))
    sim.advance(HOUR)
    sim.trouble(Trouble(node="fox01", kind="down", reason="r", at_s=sim.now, lasts_s=60.0))
    sim.advance(2 * HOUR)
    return sim


def test_the_default_table_with_steps(past: Simulation):
    lines = ask(past, "sacct -a -S 2026-09-21 -j 1001").stdout.splitlines()
    assert lines == [
        "JobID           JobName  Partition    Account  AllocCPUS      State ExitCode ",
        "------------ ---------- ---------- ---------- ---------- ---------- -------- ",
        "1001           a_b_good        gpu        nlp          4  COMPLETED      0:0 ",
        "1001.batch        batch                   nlp          4  COMPLETED      0:0 ",
        "1001.extern      extern                   nlp          4  COMPLETED      0:0 ",
    ]


def test_what_is_too_long_ends_in_a_plus_sign(past: Simulation):
    assert ask(past, "sacct -n -X -j 1003 -o jobname%5,state,jobid%-8").stdout == "a_b_+ CANCELLED+ 1003     \n"


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("", ["1001", "1003", "1004_0", "1004_[1-2%1]", "1006"]),
        ("-u lucia", ["1002"]),
        ("-a -s F,CA -S 2026-09-21 -E now", ["1002", "1003"]),
        ("-a -s FAILED -S 2026-09-21", []),
        ("-a -s PD -S now-1hour -E now", ["1004_[1-2%1]", "1006"]),
        ("-j 1001,1002,99", ["1001", "1002"]),
        ("-a -n --name a_b_bad", ["1002"]),
        ("-a -A vision", []),
        ("-a -S now+1day -E now+2days", ["1004_0", "1004_[1-2%1]", "1006"]),
    ],
)
def test_which_jobs(past: Simulation, words: str, ids: list[str]):
    rows = ask(past, f"sacct -n -X -P -o jobid {words}")
    assert (rows.stdout.split(), rows.stderr) == (ids, "")


def test_fields_of_those_that_ended_and_of_those_that_have_not(past: Simulation):
    fields = "jobidraw,state,exitcode,submit,start,end,elapsedraw,timelimitraw,alloctres,nodelist,reason"
    rows = ask(past, f"sacct -n -X -P --noconvert -j 1001,1003,1004 -o {fields}").stdout.splitlines()
    assert rows[0] == (
        "1001|COMPLETED|0:0|2026-09-21T14:13:20|2026-09-21T14:13:20|2026-09-21T15:13:20|3600|120|"
        "billing=24,cpu=4,gres/gpu:a100=2,gres/gpu=2,mem=32768M,node=1|fox01|None"
    )
    assert rows[1] == (
        "1003|CANCELLED by 5001|0:0|2026-09-21T14:13:20|None|2026-09-21T14:15:00|0|120||None assigned|None"
    )
    assert rows[3] == (
        "1004|PENDING|0:0|2026-09-21T14:15:00|Unknown|Unknown|0|1440||None assigned|JobArrayTaskLimit"
    )


def test_duplicates_show_the_earlier_attempt_with_its_own_submit_time(past: Simulation):
    line = "sacct -n -X -P -j 1006 -o state,submit,end"
    latest = ask(past, line).stdout.splitlines()
    attempts = ask(past, line + " -D").stdout.splitlines()
    assert attempts[0] == "NODE_FAIL|2026-09-21T14:15:00|2026-09-21T15:13:20"
    assert [attempts[-1]] == latest
    assert latest[0].startswith("RUNNING|2026-09-21T15:13:20|Unknown")


def test_separators(past: Simulation):
    assert ask(past, "sacct -X -p -j 1001 -o jobid,state").stdout == "JobID|State|\n1001|COMPLETED|\n"
    assert ask(past, "sacct -nXP --delimiter=\x1f -j 1001 -o jobid,state").stdout == "1001\x1fCOMPLETED\n"


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        ("--bogus", "sacct: unrecognized option '--bogus'\n"),
        ("-o jobid,NoSuch", 'sacct: error: Invalid field requested: "NoSuch"\n'),
        ("-o StdOut", 'sacct: error: Invalid field requested: "StdOut"\n'),
        ("-s nonsense", "sacct: fatal: unrecognized job state value 'nonsense'\n"),
        ("-S garbage", "Invalid time specification (pos=0): garbage\n"),
        ("-u nobody", "sacct: error: Invalid user id: nobody\n"),
        ("-j abc", "sacct: fatal: Bad job/step specified: abc\n"),
        ("words", "sacct: error: Unknown arguments:\nsacct: error:  words\n"),
        (
            "-S 2026-09-22 -E 2026-09-21",
            "sacct: error: Start time (2026-09-22) requested is after end time (2026-09-21).\n",
        ),
    ],
)
def test_what_is_wrong_is_told_in_slurms_words(past: Simulation, words: str, stderr: str):
    answer = ask(past, f"sacct {words}")
    assert (answer.exit_status, answer.stdout, answer.stderr) == (1, "", stderr)


def test_brief_form_environment_and_version(past: Simulation):
    assert ask(past, "sacct -b -X -P -j 1001").stdout == "JobID|State|ExitCode\n1001|COMPLETED|0:0\n"
    assert ask(past, "sacct -nXP -j 1001", SACCT_FORMAT="state").stdout == "COMPLETED\n"
    assert ask(past, "sacct --version").stdout == "slurm 22.05.8\n"


def test_scripts_are_kept_of_ones_own_jobs(past: Simulation):
    head, line, first, *_ = ask(past, "sacct -B -j 1001").stdout.splitlines()
    assert (head, line, first) == ("Batch Script for 1001", "-" * 80, "#!/bin/bash")
    assert ask(past, "sacct -B -j 1004").stdout.count("Batch Script for 1004_") == 2
    assert (ask(past, "sacct -B -j 1002").stdout, ask(past, "sacct -B -j 1002").exit_status) == ("", 0)
    refused = ask(past, "sacct -B")
    assert (refused.exit_status, refused.stderr[:48]) == (1, "sacct: fatal: When requesting job scripts you mu")
    assert ask(past, "sacct -nXP -j 1002 -o SubmitLine").stdout.startswith("sbatch --parsable --job-name=a_b_bad ")
