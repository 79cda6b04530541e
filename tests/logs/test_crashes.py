import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.logs import AnalysisRules, CrashRule, SoftRule, find_crashes, is_benign, judge

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
    [*TRACEBACK.splitlines(), *RANKS.splitlines(), *RICH.splitlines(), "Sending tool calls: 1", ""]
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
