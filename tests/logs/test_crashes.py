import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs import AnalysisRules, CrashRule, SoftRule, find_crashes, is_benign, judge

WHILE = "During handling of the above exception, another exception occurred"
TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 412, in <module>
    main()
ValueError: bad shape
"""
CHAINED = """Traceback (most recent call last):
  File "a.py", line 1, in f
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in g
mypkg.errors.ConfigError: no such key
"""
RANKS = """[rank0]: Traceback (most recent call last):
[rank0]:   File "train.py", line 1, in <module>
[rank1]: Traceback (most recent call last):
[rank0]:     main()
[rank1]:   File "train.py", line 1, in <module>
[rank0]: RuntimeError: from zero
[rank1]: RuntimeError: from one
"""
GROUP = """  + Exception Group Traceback (most recent call last):
  |   File "train.py", line 1, in <module>
  |     raise ExceptionGroup("several", [ValueError("a"), KeyError("x")])
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    |   File "train.py", line 3, in f
    | KeyError: 'x'
    +------------------------------------
"""
WATCHDOG = """[E Process.cpp:616] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1)
[rank0]:[E ProcessGroupNCCL.cpp:1785] Timeout at NCCL work: 1, last enqueued NCCL work: 2
terminate called after throwing an instance of 'c10::DistBackendError'
  what():  [PG 0 Rank 0] Process group watchdog thread terminated with exception
slurm_script: line 4: 77 Aborted (core dumped) python train.py
"""
RICH = """╭───────── Traceback (most recent call last) ─────────╮
│ /home/ada/train.py:12 in main                        │
│ ❱ 12     raise ValueError("x")                       │
╰──────────────────────────────────────────────────────╯
ValueError: x
"""


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("ValueError: bad", "error"),
        ("json.decoder.JSONDecodeError: Expecting value", "error"),
        ("3: RuntimeError: x", "error"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "cuda_oom"),
        ("RuntimeError: CUDA error: an illegal memory access was encountered", "cuda_error"),
        ("slurmstepd: error: Detected 1 oom_kill event in StepId=1.batch. Some of your processes", "oom_kill"),
        ("slurmstepd: error: Detected 1 oom-kill event(s) in step 1.batch cgroup.", "oom_kill"),
        ("line 5: 12345 Segmentation fault (core dumped) ./run", "segfault"),
        ("srun: error: gpu01: task 0: Segmentation fault", "segfault"),
        ("srun: error: gpu01: task 0: Exited with exit code 1", "srun"),
        (
            "slurmstepd: error: *** JOB 1 ON gpu01 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***",
            "time_limit",
        ),
        (
            "slurmstepd: error: *** JOB 1 ON gpu01 CANCELLED AT 2026-01-01T00:00:00 DUE TO PREEMPTION ***",
            "preempted",
        ),
        ("slurmstepd: error: *** JOB 1 ON gpu01 CANCELLED AT 2026-01-01T00:00:00 ***", "cancelled"),
        ("slurmstepd-n1: error: *** STEP 1.0 ON n1 CANCELLED AT 2026-01-01T00:00:00 ***", "cancelled"),
        ("Killed", "killed"),
        ("/var/spool/slurmd/job1/slurm_script: line 4: 7 Killed   python train.py", "killed"),
        ("Bus error (core dumped)", "bus_error"),
        ("RuntimeError: NCCL error in: /x.cpp:825, unhandled system error", "nccl"),
        ("terminate called after throwing an instance of 'c10::Error'", "abort"),
        ("OSError: [Errno 28] No space left on device", "disk_full"),
        ("thread 'main' panicked at src/main.rs:2", "panic"),
        ("bash: line 1: nvcc: command not found", "not_found"),
        ("python: can't open file '/x/train.py': [Errno 2] No such file or directory", "no_script"),
        ("slurmstepd: error: execve(): foo: No such file or directory", "no_script"),
        ("slurmstepd: error: couldn't chdir to `/x': No such file or directory: going to /tmp", "no_directory"),
        ("/var/spool/slurmd/job1/slurm_script: line 3: ./run.sh: Permission denied", "not_run"),
        ("/var/spool/slurmd/job1/slurm_script: 3: ./run.sh: Permission denied", "not_run"),
        ("slurm_script: line 3: ./run.sh: cannot execute: required file not found", "not_run"),
        ("torch.OutOfMemoryError: HIP out of memory. Tried to allocate 2 GiB", "hip_oom"),
        ("RuntimeError: HIP error: hipErrorOutOfMemory", "hip_oom"),
        ("double free or corruption (!prev)", "memory_corruption"),
        ("malloc(): corrupted top size", "memory_corruption"),
        ("[Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1)", "nccl_watchdog"),
    ],
)
def test_kinds_of_crashes(line: str, kind: str):
    [crash] = find_crashes(f"fine\n{line}\nfine\n")
    assert (crash.kind, crash.line, crash.offset) == (kind, 2, 5)


@pytest.mark.parametrize(
    "line",
    [
        "all is well",
        "mean error 0.3",
        "errors: 0",
        "Error rate: 3%",
        "Sandbox communication error: retry",
        "Killed 3 stale workers",
        "loading oom detector",
        "signal 111",
        "no errors were found",
        "cannot open file a.txt, using the default",
        "warning: 3: permission denied for cache",
        "chdir to /scratch",
        "watchdog started, timeout 600 s",
        "the malloc() calls of this run",
    ],
)
def test_what_is_no_crash(line: str):
    assert find_crashes(line) == []


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (TRACEBACK, ["ValueError: bad shape"]),
        (CHAINED, ["KeyError: 'x'", "mypkg.errors.ConfigError: no such key"]),
        (RICH, ["ValueError: x"]),
        ("2026-01-01 ERROR " + TRACEBACK, ["ValueError: bad shape"]),
        (TRACEBACK.replace("\n", "\r\n"), ["ValueError: bad shape"]),
        ("\x1b[31m" + TRACEBACK + "\x1b[0m", ["ValueError: bad shape"]),
        (GROUP, ["ExceptionGroup: several (2 sub-exceptions)", "| ValueError: a", "KeyError: 'x'"]),
        ("ERROR " + GROUP, ["ExceptionGroup: several (2 sub-exceptions)", "| ValueError: a", "KeyError: 'x'"]),
        ("Traceback (most recent call last):\n  File", ["Traceback (most recent call last):"]),
        ("Traceback (most recent call last):\n  x\nKeyboardInterrupt\n", ["KeyboardInterrupt"]),
    ],
)
def test_a_traceback_is_told_by_its_exception(text: str, messages: list[str]):
    assert [crash.message for crash in find_crashes(text)] == messages


def test_tracebacks_of_several_ranks_are_kept_apart():
    messages = [crash.message for crash in find_crashes(RANKS)]
    assert messages == ["RuntimeError: from zero", "[rank1]: RuntimeError: from one"]


def test_a_traceback_has_the_kind_of_its_exception():
    text = TRACEBACK.replace("ValueError: bad shape", "torch.cuda.OutOfMemoryError: CUDA out of memory.")
    assert find_crashes(text)[0].kind == "cuda_oom"


def test_what_a_tool_call_quotes_is_no_crash_and_what_follows_is():
    quoted = "Sending tool calls: 1\n" + TRACEBACK
    assert find_crashes(quoted) == []
    assert len(find_crashes(quoted + "2026-01-01 12:00:00 INFO next\n" + TRACEBACK)) == 1
    assert find_crashes("x tool_call.py:31 ValueError: quoted\nRemaining generations: 3\n") == []


def test_what_slurm_says_is_the_cause_and_what_others_say_is_not():
    text = "srun: error: gpu01: task 1: Killed\nValueError: first\nKeyError: second\n"
    assert getattr(judge(text).crash, "message", "") == "ValueError: first"
    limit = text + "slurmstepd: error: *** STEP 1.0 ON n CANCELLED AT x DUE TO TIME LIMIT ***\n"
    assert getattr(judge(limit).crash, "kind", "") == "time_limit"
    assert getattr(judge("srun: error: x\n").crash, "kind", "") == "srun"
    assert judge("fine\n").crash is None


def prefixed(text: str, prefix: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize("prefix", ["", "[rank3]: "])
def test_a_group_of_exceptions_is_told_by_its_own_line(prefix: str):
    crash = judge(prefixed(GROUP, prefix)).crash
    assert getattr(crash, "message", "") == "ExceptionGroup: several (2 sub-exceptions)"


@pytest.mark.parametrize("prefix", ["", "[rank3]: "])
def test_what_came_while_an_exception_was_handled_ended_the_job(prefix: str):
    text = prefixed(CHAINED, prefix)
    assert getattr(judge(text).crash, "message", "") == "mypkg.errors.ConfigError: no such key"
    thrice = text + prefixed(f"\n{WHILE}:\n\n{TRACEBACK}", prefix)
    assert getattr(judge(thrice).crash, "message", "") == "ValueError: bad shape"
    assert [crash.weight for crash in judge(thrice).crashes] == ["consequence", "consequence", "cause"]


def test_the_direct_cause_of_another_exception_is_the_cause():
    text = CHAINED.replace(WHILE, "The above exception was the direct cause of the following exception")
    assert getattr(judge(text).crash, "message", "") == "KeyError: 'x'"
    replaced = f"{text}\n{WHILE}:\n\n{TRACEBACK}"
    assert getattr(judge(replaced).crash, "message", "") == "ValueError: bad shape"


def test_a_kind_that_says_more_is_the_cause_though_another_exception_came_while_it_was_handled():
    oom = CHAINED.replace("KeyError: 'x'", "torch.OutOfMemoryError: CUDA out of memory.\nSee the manual")
    assert getattr(judge(oom).crash, "kind", "") == "cuda_oom"


def test_tracebacks_that_follow_each_other_unchained_are_no_chain():
    text = CHAINED.replace(WHILE, "trying again").replace(":\n\nTrace", "\n\nTrace")
    assert getattr(judge(text).crash, "message", "") == "KeyError: 'x'"
    ranks = RANKS + f"[rank1]: {WHILE}:\n[rank1]: " + "\n[rank1]: ".join(TRACEBACK.splitlines())
    assert getattr(judge(ranks).crash, "message", "") == "RuntimeError: from zero"


def test_a_collective_that_took_too_long_is_the_cause_of_the_abort_that_follows():
    crash = judge(WATCHDOG).crash
    assert getattr(crash, "kind", "") == "nccl_watchdog"
    assert "Watchdog caught collective operation timeout" in getattr(crash, "message", "")
    assert getattr(judge(TRACEBACK + WATCHDOG).crash, "message", "") == "ValueError: bad shape"


def test_what_a_shell_could_not_run_explains_only_where_nothing_else_does():
    line = "slurm_script: line 3: ./setup.sh: Permission denied\n"
    assert getattr(judge(line).crash, "kind", "") == "not_run"
    assert getattr(judge(line + TRACEBACK).crash, "message", "") == "ValueError: bad shape"


@pytest.mark.parametrize(
    "line",
    [
        "No data to process",
        "output exists, skipping",
        "Nothing to evaluate",
        "all 30 samples already processed",
        "0 samples to process",
    ],
)
def test_soft_failures_are_told_beside_crashes(line: str):
    verdict = judge(f"{line}\nValueError: collateral\n")
    assert verdict.soft_failure is not None
    assert (verdict.soft_failure.line, verdict.soft_failure.message) == (1, line)
    assert verdict.crash is not None


@pytest.mark.parametrize("line", ["10 samples to process", "the parallel runs were already done"])
def test_what_is_no_soft_failure(line: str):
    assert judge(line).soft_failure is None


def test_rules_can_be_changed():
    rules = AnalysisRules(
        crashes=(CrashRule(kind="ours", pattern="BOOM [0-9]+"),),
        soft_failures=(SoftRule(meaning="nothing there", pattern="EMPTY"),),
        benign=("boom 1",),
    )
    verdict = judge("ValueError: x\nBOOM 1\nBOOM 2\nEMPTY\n", rules=rules)
    assert [crash.message for crash in verdict.crashes] == ["BOOM 2"]
    assert verdict.soft_failure is not None
    assert is_benign("BOOM 1", rules=rules)


def test_lines_and_bytes_are_those_of_the_file():
    data = b"caf\xe9 \xc3\xa9\n" + b"ValueError: x\n"
    [crash] = find_crashes(data, first_line=100, first_byte=5000)
    assert (crash.line, crash.offset) == (101, 5000 + data.index(b"Value"))


LINES = st.sampled_from(
    [
        *TRACEBACK.splitlines(),
        *CHAINED.splitlines(),
        *GROUP.splitlines(),
        *RANKS.splitlines(),
        *RICH.splitlines(),
        "Sending tool calls: 1",
        "",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(LINES, max_size=20).map("\n".join)))
def test_every_crash_lies_in_the_text(text: str):
    data = text.encode("utf-8", "replace")
    for crash in find_crashes(data):
        assert 1 <= crash.line <= data.count(b"\n") + 1
        assert crash.offset == 0 or data[crash.offset - 1 : crash.offset] == b"\n"
        assert crash.message
        assert not re.search(r"[\x00-\x08]", crash.message)


@pytest.mark.parametrize("filling", [b"x", b"Error ", b"\x1b[31mq", b" 10%|# |\r", "é".encode()])
def test_of_a_line_of_megabytes_only_its_ends_are_looked_at(filling: bytes):
    long = b"ValueError: head " + filling * ((8 << 20) // len(filling))
    begun = time.perf_counter()
    tail = b"\nok\n" + long + b" KeyError: tail\nCUDA out of memory\n"
    verdict = judge(b"ok\n" + long + tail)
    assert time.perf_counter() - begun < 1
    assert [crash.line for crash in verdict.crashes] == [*([2] if b"\r" not in filling else []), 4, 5]
    assert verdict.crashes[-1].kind == "cuda_oom"
    assert all(len(crash.message) <= 300 for crash in verdict.crashes)
    assert verdict.crashes[-1].offset == len(b"ok\n" + long + b"\nok\n" + long + b" KeyError: tail\n")


def test_the_joint_of_a_long_line_makes_no_crash():
    line = b"a" * 4086 + b" CUDA out " + b"b" * 10_000 + b"of memory" + b"a" * 4087
    assert judge(line).crashes == ()
