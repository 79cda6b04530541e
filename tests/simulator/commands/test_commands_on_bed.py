"""The same command lines on real Slurm and on the simulation: the same refusals, answers of the same shape."""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from clausius_panel.simulator.commands import Answer
from clausius_panel.simulator.simulation import Simulation
from tests.simulator.kit import ask, gpus, submit, want

pytestmark = pytest.mark.slurm

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
MAYBE_TIME = rf"{TIME}|N/A"
SPAN = r"(\d+-\d\d:|\d{1,2}:)?\d{1,2}:\d\d"
TRES = r"cpu=\d+,mem=\d+[MGT],node=\d+(,billing=\d+)?(,gres/gpu=\d+,gres/gpu:\w+=\d+)?"
NUMBER, WORD, ANYTHING = r"\d+", r"\S+", r".*"
REASON = r"[A-Z]\w+( [\w ,.]+)?|ReqNodeNotAvail.*|Nodes required .*"
SQUEUE = {
    "JobArrayID": r"\d+(_\d+|_\[[\d,-]+(%\d+)?\]|\+\d+)?",
    "JobID": NUMBER,
    "ArrayJobID": NUMBER,
    "ArrayTaskID": r"N/A|[\d,-]+(%\d+)?",
    "HetJobID": r"N/A|\d+",
    "HetJobOffset": r"N/A|\d+",
    "UserName": WORD,
    "Account": WORD,
    "Partition": WORD,
    "QOS": WORD,
    "State": r"[A-Z_]+",
    "Reason": REASON,
    "Dependency": r"\(null\)|(\w+(:\d+(_\*|_\d+)?)?\(\w+\),?)+",
    "PriorityLong": NUMBER,
    "NumNodes": NUMBER,
    "NumCPUs": NUMBER,
    "MinMemory": r"\d+[MGT]?",
    "tres-alloc": TRES,
    "tres-per-job": r"N/A",
    "tres-per-node": r"N/A|gres[:/]gpu:\w+:\d+",
    "SubmitTime": TIME,
    "EligibleTime": MAYBE_TIME,
    "StartTime": MAYBE_TIME,
    "EndTime": MAYBE_TIME,
    "TimeUsed": SPAN,
    "TimeLimit": SPAN,
    "TimeLeft": f"{SPAN}|INVALID",  # of a job beyond its limit
    "NodeList": r"([\w,-]|\[[\d,-]+\])*",
    "SchedNodes": r"\(null\)|([\w,-]|\[[\d,-]+\])+",
    "RestartCnt": NUMBER,
    "exit_code": NUMBER,
    "STDOUT": r"/.+",
    "WorkDir": r"/.+",
    "Licenses": r"\(null\)|\w+:\d+",
}
SINFO = {
    "NodeList": r"[\w-]+",
    "Partition": r"\w+\*?",
    "StateComplete": r"[a-z_+]+",
    "StateLong": r"[a-z]+[*$]?",
    "StateCompact": r"[a-z]+[*$]?",
    "Reason": ANYTHING,
    "Gres": r"\(null\)|gpu:\w+:\d+",
    "GresUsed": r"gpu:0|gpu:\w+:\d+\(IDX:(N/A|[\d,-]+)\)",
    "CPUsState": r"\d+/\d+/\d+/\d+",
    "Memory": NUMBER,
    "AllocMem": NUMBER,
    "Features": r"\(null\)|[\w,-]+",
    "Available": r"up|down|drain|inact",
    "Time": rf"infinite|{SPAN}",
    "Nodes": NUMBER,
    "NodeAIOT": r"\d+/\d+/\d+/\d+",
}
SACCT = {
    "JobID": r"\d+(_\d+|_\[[\d,-]+(%\d+)?\]|\+\d+)?",
    "JobIDRaw": NUMBER,
    "User": WORD,
    "Account": WORD,
    "Partition": WORD,
    "QOS": WORD,
    "State": r"[A-Z_]+( by \d+)?",
    "ExitCode": r"\d+:\d+",
    "Reason": r"None|" + REASON,
    "Submit": TIME,
    "Eligible": rf"{TIME}|Unknown",
    "Start": rf"{TIME}|Unknown|None",
    "End": rf"{TIME}|Unknown",
    "Elapsed": r"(\d+-)?\d\d:\d\d:\d\d",
    "ElapsedRaw": NUMBER,
    "Timelimit": r"(\d+-)?\d\d:\d\d:\d\d|UNLIMITED|Partition_Limit",
    "TimelimitRaw": r"\d+|UNLIMITED|Partition_Limit",
    "AllocTRES": r"|(billing=\d+,)?cpu=\d+(,gres/gpu:\w+=\d+,gres/gpu=\d+)?,mem=\d+M,node=\d+",
    "ReqTRES": r"(billing=\d+,)?cpu=\d+(,gres/gpu:\w+=\d+,gres/gpu=\d+)?,mem=\d+M,node=\d+",
    "NodeList": r"None assigned|([\w,-]|\[[\d,-]+\])+",
    "WorkDir": r"/.+",
    "NNodes": NUMBER,
    "NCPUS": NUMBER,
}


@pytest.fixture(scope="module")
def real(bed: dict[str, Any]) -> Callable[[str], Answer]:
    @functools.cache
    def run(line: str) -> Answer:
        words = ["ssh", "-F", bed["ssh_config"], "-l", "alice", "alpha-login"]
        script = f"export TZ=UTC0 SLURM_BITSTR_LEN=0; {line}"
        done = subprocess.run([*words, "sh -s"], input=script, capture_output=True, text=True, timeout=60)
        return Answer(stdout=done.stdout, stderr=done.stderr, exit_status=done.returncode)

    return run


@pytest.fixture
def ours(sim: Simulation) -> Callable[[str], Answer]:
    """A cluster with a job of every kind, after an hour and a half."""
    jobs = submit(
        sim,
        want("a_b_het", others=(gpus(1),)),
        want("a_b_array", tasks=tuple(range(0, 40, 2)), array_limit=2),
        want("a_b_failed", verdict="FAILED", exit_code="1:0", run_s=5300.0),
        want("a_b_big", shape=gpus(4, nodes=2)),
        want("a_b_held", held="user"),
        want("a_b_licence", licence="matlab", shape=gpus(0)),
    )
    sim.advance(5400.0)
    sim.cancel(jobs[4], 5001)
    submit(sim, want("a_b_held_again", held="user"))
    return lambda line: ask(sim, line, SLURM_BITSTR_LEN="0")


REFUSALS = (
    "squeue --bogus",
    "squeue -Z",
    "squeue -o",
    "squeue --format",
    "squeue --noheader=3",
    "squeue -j abc",
    "squeue -j 999",
    "squeue -h -u nosuch -j 1,2",
    "squeue -o %i -O JobID",
    "squeue -t nonsense",
    "squeue -w nosuch",
    "squeue extra args",
    "squeue -h -t cd -j 1,2 -O NoSuch",
    "sinfo --bogus",
    "sinfo -h -p nosuch -O NoSuch",
    "sinfo -h -p nosuch -o '%q'",
    "sacct --bogus",
    "sacct -o jobid,NoSuch",
    "sacct -s nonsense -S now-1days -E now",
    "sacct -S garbage",
    "sacct -u nosuch",
    "sacct -j abc",
    "sacct extra",
    "sacct -a -X -P -S 2026-01-02T00:00:00 -E 2026-01-01T00:00:00",
    "sacct -X -j 999",
    "sacct -B",
    "sacct -B -j 999",
    "scancel",
    "scancel --bogus 1",
    "scancel abc",
    "scancel ''",
    "scancel 12a",
    "scancel 999",
    "scancel -v 999",
    "scancel -u nosuch",
    "scontrol bogus",
    "scontrol show",
    "scontrol show bogus",
    "scontrol show job abc",
    "scontrol show job 999",
    "scontrol --bogus",
    "scontrol write bogus",
    "scontrol write",
    "scontrol write batch_script",
    "scontrol write batch_script abc -",
    "scontrol write batch_script 999 -",
    "scontrol hold 999",
    "scontrol requeue 999",
    "sbatch --bogus",
    "sbatch /nonexistent",
    "sbatch --wrap",
    "sbatch -p nosuch --wrap hostname",
    "sbatch -A nosuch --wrap hostname",
    "sbatch -t abc --wrap hostname",
    "sbatch --begin=yesterdayish --wrap hostname",
    "sbatch --wrap hostname /tmp/x",
    "sbatch --array=0-99999999 --wrap hostname",
)


@pytest.mark.parametrize("line", REFUSALS)
def test_refusals_are_word_for_word(line: str, real: Callable[[str], Answer], ours: Callable[[str], Answer]):
    there, here = real(line), ours(line)
    assert (here.exit_status, here.stdout, here.stderr) == (there.exit_status, there.stdout, there.stderr)


@pytest.mark.parametrize(
    "line",
    [
        "squeue",
        "squeue -l",
        "squeue --start",
        "squeue -o '%i|%.5j|%10u|%T|%r|%M|%l|%L|%D|%C|%m|%b|%Q|%q|%V|%S|%e|%N|%Z|%E|%k|%F|%K|%A|%a|%P|%R|%t|%B'",
        "squeue -O JobID,Name:5,State:.12,tres-alloc:0",
        "sinfo",
        "sinfo -s",
        "sinfo -R",
        "sinfo -o '%P|%a|%l|%D|%t|%N|%C|%G|%m|%f|%E|%T|%R|%F|%A|%z'",
        "sacct -X",
        "sacct -P",
        "sacct -b",
        "sacct -X -o jobid%12,jobname%5,state%-10,elapsed,nodelist,start,alloctres",
    ],
)
def test_headers_are_the_same(line: str, real: Callable[[str], Answer], ours: Callable[[str], Answer]):
    def header(answer: Answer) -> str:
        assert (answer.exit_status, answer.stderr) == (0, "")
        lines = answer.stdout.splitlines()
        return lines[1 if line == "squeue -l" else 0]

    # sinfo makes its first column as wide as the longest name of a partition: both have names of 9 at most.
    assert header(ours(line)) == header(real(line))


def rows(answer: Answer, width: int) -> list[list[str]]:
    assert (answer.exit_status, answer.stderr) == (0, "")
    table = [row.split("\x1f") for row in answer.stdout.removesuffix("\x1e\n").split("\x1e\n")]
    assert {len(row) for row in table} == {width}
    return table


@pytest.mark.parametrize(
    ("command", "grammar"),
    [
        ("squeue -h -a -t all -O", SQUEUE),
        ("sinfo -h -N -O", SINFO),
    ],
)
def test_every_field_speaks_the_same_grammar(
    command: str, grammar: dict[str, str], real: Callable[[str], Answer], ours: Callable[[str], Answer]
):
    *first, last = grammar
    fields = "".join(f"{field}:0\x1f," for field in first) + f"{last}:0\x1e"
    line = f"{command} {shlex.quote(fields)}"
    # other tests give alice's and bob's jobs names that break any plain format
    for answer in (real(f"{line} -u carol" if command.startswith("squeue") else line), ours(line)):
        for row in rows(answer, len(grammar)):
            wrong = {f: v for (f, form), v in zip(grammar.items(), row, strict=True) if not re.fullmatch(form, v)}
            assert wrong == {}, row


def test_scripts_are_told_in_the_same_form(real: Callable[[str], Answer], ours: Callable[[str], Answer]):
    recorded = "for i in $(seq 100); do sacct -n -X -j $j | grep -q . && break; sleep 0.1; done"
    line = f"j=$(sbatch --parsable --hold -J sim_script --wrap hostname); {recorded}; {{}}; scancel $j"
    stored, kept = (
        real(line.format(command)) for command in ("sacct -B -j $j", "scontrol write batch_script $j -")
    )
    number = int(ours("sbatch --parsable --hold -J sim_script --wrap hostname").stdout)
    own_stored, own_kept = ours(f"sacct -B -j {number}"), ours(f"scontrol write batch_script {number} -")
    assert re.sub(r"\d+", "N", own_stored.stdout) == re.sub(r"\d+", "N", stored.stdout)
    assert (own_kept.stdout, own_kept.stderr) == (kept.stdout, "")


def test_accounting_speaks_the_same_grammar(real: Callable[[str], Answer], ours: Callable[[str], Answer]):
    line = f"sacct -D -X -P --noconvert -S now-2days -E now --delimiter=\x1f -o {','.join(SACCT)}"
    for answer in (real(f"{line} -u carol"), ours(f"{line} -a")):
        header, *table = [row.split("\x1f") for row in answer.stdout.splitlines()]
        assert header == list(SACCT)
        assert table
        for row in table:
            wrong = {f: v for (f, form), v in zip(SACCT.items(), row, strict=True) if not re.fullmatch(form, v)}
            assert wrong == {}, row


def test_the_same_settings_and_states_have_the_same_names(
    real: Callable[[str], Answer], ours: Callable[[str], Answer]
):
    def names(answer: Answer) -> set[str]:
        return set(re.findall(r"(?m)^([\w\[\]]+) += ", answer.stdout))

    assert names(ours("scontrol show config")) <= names(real("scontrol show config"))

    def keys(answer: Answer) -> set[str]:
        return set(re.findall(r"([A-Z][\w/:]+)=", answer.stdout))

    running = real("scontrol show job $(squeue -h -t R -o %A | head -1)")
    assert keys(ours("scontrol show job 1004")) <= keys(running) | {"Comment", "TresPerNode"}
