import re

import pytest

from clausius_panel.simulator.commands.squeue_fields import FIELDS, LETTERS
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import HOUR, SPEC, FrozenClock, ask, gpus, submit, want


@pytest.fixture
def busy(sim: Simulation) -> Simulation:
    submit(
        sim,
        want("llm7b_sft_r01", shape=gpus(4)),
        want("segany_fine_r02", user="lucia", account="vision", shape=gpus(2)),
        want("era5_down_r03", user="omar", account="climate", tasks=(0, 1, 2, 3), array_limit=2, shape=gpus(1)),
        want("llm7b_sft_held", held="user"),
    )
    sim.advance(600.0)
    return sim


def test_the_default_output(busy: Simulation):
    assert ask(busy, "squeue").stdout.splitlines() == [
        "             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)",
        "      1003_[2-3%2]       gpu era5_dow     omar PD       0:00      1 (JobArrayTaskLimit)",
        "              1004       gpu llm7b_sf     demo PD       0:00      1 (JobHeldUser)",
        "              1001       gpu llm7b_sf     demo  R      10:00      1 fox01",
        "              1002       gpu segany_f    lucia  R      10:00      1 fox02",
        "            1003_0       gpu era5_dow     omar  R      10:00      1 fox02",
        "            1003_1       gpu era5_dow     omar  R      10:00      1 fox02",
    ]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("-u lucia", ["1002"]),
        ("-u lucia,omar -t PD", ["1003_[2-3%2]"]),
        ("--me -t running", ["1001"]),
        ("-t R,PD -A nlp", ["1004", "1001"]),
        ("-n era5_down_r03", ["1003_[2-3%2]", "1003_0", "1003_1"]),
        ("-p cpu", []),
        ("-j 1003_1", ["1003_1"]),
        ("-j 1003_3", ["1003_3"]),
        ("-j 999,1001", ["1001"]),
        ("-w fox01", ["1001"]),
        ("-r -u omar -t PD", ["1003_2", "1003_3"]),
        ("-S i", ["1001", "1002", "1003_0", "1003_1", "1003_[2-3%2]", "1004"]),
        ("-S -u,-i -t R", ["1003_1", "1003_0", "1002", "1001"]),
        ("-u nobody", ["1003_[2-3%2]", "1004", "1001", "1002", "1003_0", "1003_1"]),
    ],
)
def test_filters_and_order(busy: Simulation, words: str, ids: list[str]):
    assert ask(busy, f"squeue -h -o %i {words}").stdout.split() == ids


def test_ended_jobs_are_shown_to_those_who_ask_for_five_minutes(busy: Simulation):
    busy.advance(HOUR + 100.0)
    assert ask(busy, "squeue -h -o %T -j 1001,1002").stdout == ""
    answer = ask(busy, "squeue -h -t all -O State:0|,exit_code:0|,Reason:0 -j 1001,1")
    assert answer.stdout == "COMPLETED|0|None\n"


def test_fields_with_a_separator_of_ones_own(busy: Simulation):
    fields = "JobArrayID JobID ArrayJobID ArrayTaskID TimeUsed TimeLimit SubmitTime StartTime EndTime gres Name"
    words = ",".join(f"{field}:0\x1f" for field in fields.split())
    row = ask(busy, f"squeue -h -j 1001 -O '{words}'").stdout
    assert row.rstrip("\n").split("\x1f") == [
        "1001", "1001", "1001", "N/A", "10:00", "2:00:00", "2026-09-21T14:13:20", "2026-09-21T14:13:20",
        "2026-09-21T16:13:20", "gres:gpu:a100:4", "llm7b_sft_r01", "",
    ]  # fmt: skip


def test_a_long_array_expression_is_cut_unless_the_environment_says_otherwise(sim: Simulation):
    submit(sim, want(tasks=tuple(range(0, 300, 3)), held="user"))
    assert re.fullmatch(r"1001_\[[\d,]+\.\.\.\]\n", ask(sim, "squeue -h -o %i").stdout)
    assert ask(sim, "squeue -h -o %i", SLURM_BITSTR_LEN="0").stdout.endswith(",297]\n")


def test_every_field_and_letter_answers_for_every_kind_of_job(busy: Simulation):
    submit(busy, want(others=(gpus(1),), held="user"))
    busy.advance(HOUR + 60.0)
    for name, field in FIELDS.items():
        lines = ask(busy, f"squeue -a -t all -O {name}:0").stdout.splitlines()
        assert lines[0] == field.header
        assert len(lines) == 1 + len(busy.jobs), name
    for letter in LETTERS:
        answer = ask(busy, f"squeue -a -t all -o x%{letter}")
        assert (answer.stdout.count("\n"), answer.stderr) == (1 + len(busy.jobs), ""), letter


@pytest.mark.parametrize(
    ("words", "status", "stderr"),
    [
        ("--bogus", 1, "squeue: unrecognized option '--bogus'\nTry \"squeue --help\" for more information\n"),
        ("-O NoSuch,jobid", 0, "squeue: error: Invalid job format specification: NoSuch\n"),
        ("-o '%! %i'", 0, "squeue: error: Invalid job format specification: !\n"),
        ("-u nobody", 0, "squeue: error: Invalid user: nobody\n\n"),
        ("-j abc", 1, "squeue: error: Invalid job id: abc\n"),
        ("-j 5", 1, "slurm_load_jobs error: Invalid job id specified\n"),
        ("-w nosuch", 1, "squeue: error: Invalid node name nosuch\n"),
        ("-o %i -O JobID", 1, "squeue: error: -O (--Format) is incompatible with -o (--format)\n"),
    ],
)
def test_what_is_wrong_is_told_in_slurms_words(busy: Simulation, words: str, status: int, stderr: str):
    answer = ask(busy, f"squeue {words}")
    assert (answer.exit_status, answer.stderr) == (status, stderr)


def test_an_unknown_state_is_refused_with_those_that_there_are(busy: Simulation):
    answer = ask(busy, "squeue -t R,foo")
    assert (answer.exit_status, answer.stdout) == (1, "")
    assert answer.stderr.startswith(
        "squeue: error: Invalid job state specified: foo\nsqueue: error: Valid job states"
    )


def test_version_and_start_estimates(busy: Simulation):
    assert ask(busy, "squeue --version").stdout == f"{SPEC.version}\n"
    submit(busy, want("a_b_big", shape=gpus(4, nodes=2)))
    [header, first, *_] = ask(busy, "squeue --start").stdout.splitlines()
    assert header.split() == [
        "JOBID",
        "PARTITION",
        "NAME",
        "USER",
        "ST",
        "START_TIME",
        "NODES",
        "SCHEDNODES",
        "NODELIST(REASON)",
    ]
    assert first.split()[5:] == ["2026-09-21T16:13:20", "2", "fox[01-02]", "(Resources)"]


def test_the_environment_gives_the_default_format(busy: Simulation):
    assert ask(busy, "squeue -h -j 1001", SQUEUE_FORMAT="%i %T").stdout == "1001 RUNNING\n"
    assert ask(busy, "squeue -h -j 1001", SQUEUE_FORMAT2="state:0").stdout == "RUNNING\n"


def test_time_lapse_shrinks_durations_and_keeps_times_true(busy: Simulation):
    clock = FrozenClock(speed=60.0)
    clock.at = busy.now
    row = ask(busy, "squeue -h -j 1001 -o '%M %l %S %e'", clock=clock).stdout
    assert row == "0:10 2:00 2026-09-21T14:13:20 2026-09-21T14:15:20\n"
