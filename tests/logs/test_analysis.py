import re
import subprocess

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import AnalysisRules, CrashRule, SoftRule

SAMPLES = [
    "ValueError: bad",
    "x) RuntimeError: y",
    "test Error: z",
    "Traceback (most recent call last):",
    "CUDA out of memory",
    "line 5: 12345 Killed   python",
    "signal 11 (core dumped)",
    "slurmstepd: error: *** JOB 1 ON n CANCELLED AT t DUE TO TIME LIMIT ***",
    "No data to process",
    "all 3 already done",
    "0 samples to process",
    "10 samples to process",
    "python: can't open file '/x': [Errno 2] No such file or directory",
    "slurm_script: line 3: ./run.sh: Permission denied",
    "slurm_script: 3: ./run.sh: No such file or directory",
    "slurmstepd: error: execve(): foo: No such file or directory",
    "slurmstepd: error: couldn't chdir to `/x': No such file or directory",
    "hipErrorOutOfMemory",
    "HIP_ERROR_OutOfMemory",
    "free(): invalid pointer",
    "*** stack smashing detected ***",
    "watchdog caught collective operation timeout",
    "nothing of that",
]


@pytest.mark.parametrize(
    "rule", [*AnalysisRules().crashes, *AnalysisRules().soft_failures], ids=lambda rule: rule.pattern[:30]
)
def test_grep_and_python_read_every_pattern_alike(rule: CrashRule | SoftRule):
    words = ["grep", "-E", "-e", rule.pattern]
    done = subprocess.run(
        words,
        input="\n".join(SAMPLES),
        capture_output=True,
        text=True,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout.splitlines() == [line for line in SAMPLES if re.search(rule.pattern, line)]


@pytest.mark.parametrize("pattern", ["", "(", r"\d+", r"\bword", "(?:x)", "a\nb"])
def test_patterns_that_grep_would_read_otherwise_are_refused(pattern: str):
    with pytest.raises(InvalidInput, match="pattern of mine"):
        CrashRule(kind="mine", pattern=pattern)
    with pytest.raises(InvalidInput):
        SoftRule(meaning="mine", pattern=pattern)
    with pytest.raises(InvalidInput):
        AnalysisRules(quoted_from=pattern)
