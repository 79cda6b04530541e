import pytest

from clausius_panel.simulator.catalogue import Trouble
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import SPEC, ask, gpus, submit, want


@pytest.fixture
def mixed(sim: Simulation) -> Simulation:
    submit(sim, want(shape=gpus(3)))
    sim.trouble(Trouble(node="fox02", kind="drain", reason="ECC errors", at_s=0.0))
    return sim


def test_partitions_and_states(mixed: Simulation):
    assert ask(mixed, "sinfo").stdout.splitlines() == [
        "PARTITION AVAIL  TIMELIMIT  NODES  STATE NODELIST",
        "gpu*         up 1-00:00:00      1  drain fox02",
        "gpu*         up 1-00:00:00      1    mix fox01",
        "cpu          up   infinite      1   idle elk1",
        "scavenge     up 1-00:00:00      1  drain fox02",
        "scavenge     up 1-00:00:00      1    mix fox01",
        "retired    down    1:00:00      1   idle elk1",
    ]


def test_the_summary(mixed: Simulation):
    assert ask(mixed, "sinfo -s -p gpu,cpu").stdout.splitlines() == [
        "PARTITION AVAIL  TIMELIMIT   NODES(A/I/O/T) NODELIST",
        "gpu*         up 1-00:00:00          1/0/1/2 fox[01-02]",
        "cpu          up   infinite          0/1/0/1 elk1",
    ]


def test_nodes_one_by_one_with_everything_about_them(mixed: Simulation):
    fields = "NodeList Partition StateComplete StateLong Reason Gres GresUsed CPUsState Memory AllocMem Features"
    words = ",".join(f"{field}:0|" for field in fields.split())
    assert ask(mixed, f"sinfo -h -N -p gpu,cpu -O '{words}'").stdout.splitlines() == [
        "elk1|cpu|idle|idle|none|(null)|gpu:0|0/16/0/16|64000|0|(null)|",
        "fox01|gpu*|mixed|mixed|none|gpu:a100:4|gpu:a100:3(IDX:0-2)|4/28/0/32|256000|32768|a100,ib|",
        "fox02|gpu*|idle+drain|drained|ECC errors|gpu:a100:4|gpu:a100:0(IDX:N/A)|0/0/32/32|256000|0|a100,ib|",
    ]


def test_reasons(mixed: Simulation):
    [header, line] = ask(mixed, "sinfo -R").stdout.splitlines()
    assert header == "REASON               USER      TIMESTAMP           NODELIST"
    assert line == "ECC errors           root      2026-09-21T14:13:20 fox02"


@pytest.mark.parametrize(
    ("words", "stdout"),
    [
        ("-t idle -p cpu", "cpu          up   infinite      1   idle elk1\n"),
        ("-t drain -p gpu", "gpu*         up 1-00:00:00      1  drain fox02\n"),
        ("-n nosuch -p gpu", "gpu*         up 1-00:00:00      0    n/a \n"),
        ("-d -p cpu", "cpu          up   infinite      0    n/a \n"),
        ("-p nosuch", ""),
        ("-r -p cpu ignored words", "cpu          up   infinite      1   idle elk1\n"),
    ],
)
def test_filters(mixed: Simulation, words: str, stdout: str):
    assert ask(mixed, f"sinfo -h {words}").stdout == stdout


@pytest.mark.parametrize(
    ("words", "status", "stderr"),
    [
        ("--bogus", 1, "sinfo: unrecognized option '--bogus'\nTry \"sinfo --help\" for more information\n"),
        ("-O NoSuch", 0, "sinfo: error: Invalid job format specification: NoSuch\n"),
        ("-o '%q %P'", 0, "Invalid node format specification: q\n"),
    ],
)
def test_what_is_wrong_is_told_in_slurms_words(mixed: Simulation, words: str, status: int, stderr: str):
    answer = ask(mixed, f"sinfo {words}")
    assert (answer.exit_status, answer.stderr) == (status, stderr)


def test_an_unknown_state_is_refused(mixed: Simulation):
    answer = ask(mixed, "sinfo -t foo")
    assert (answer.exit_status, answer.stderr.splitlines()[0]) == (1, 'sinfo: error: Bad state string: "foo"')


def test_long_forms_and_version(mixed: Simulation):
    date, header, *_ = ask(mixed, "sinfo -N -l").stdout.splitlines()
    assert date == "Mon Sep 21 14:13:20 2026"
    assert "S:C:T" in header
    assert "JOB_SIZE" in ask(mixed, "sinfo -l").stdout.splitlines()[1]
    assert ask(mixed, "sinfo -V").stdout == f"{SPEC.version}\n"
