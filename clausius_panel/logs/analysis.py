"""What lines of a log mean, as rules that a site may change.

The patterns are read alike by grep -E, so that the far side can look for them, and by Python.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidInput

__all__ = [
    "BENIGN",
    "CRASHES",
    "SOFT_FAILURES",
    "AnalysisRules",
    "BenignRule",
    "CrashRule",
    "SoftRule",
    "Weight",
    "check_pattern",
]

Weight = Literal["decisive", "cause", "consequence"]
"""decisive: Slurm itself says what ended the job; consequence: others' crash, or nothing, is to blame."""

_LONGEST = 500
_NESTED = re.compile(r"[*+}][^()]*\)[*+{]")  # (a+)+ takes longer than anybody waits
_NOT_ALIKE = re.compile(r"\\[a-zA-Z0-9<>]|\(\?|\[[:.=]")

_START = "(^|[][ \t:>()|])"  # of a word, after the prefix of a rank or a time


def check_pattern(what: str, pattern: str) -> None:
    """Raise `InvalidInput` for a pattern that grep -E and Python do not read alike, or that may take for ever."""
    if len(pattern) > _LONGEST:
        raise InvalidInput(f"pattern of {what}", f"{pattern[:60]}…", f"use at most {_LONGEST} characters")
    if not pattern or "\n" in pattern or _NOT_ALIKE.search(pattern):
        raise InvalidInput(
            f"pattern of {what}",
            pattern,
            "use what grep -E and Python read alike: no \\d, \\b, \\<, (?:, [:a:]",
        )
    try:
        re.compile(pattern)
    except re.error as error:
        raise InvalidInput(f"pattern of {what}", pattern, str(error)) from error
    if _NESTED.search(pattern):
        raise InvalidInput(f"pattern of {what}", pattern, "repeat no group that repeats something itself")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashRule:
    """A kind of crash, and what a line looks like that tells of it."""

    kind: str  # "traceback", "cuda_oom", ...
    pattern: str  # POSIX extended regular expression that Python reads alike
    weight: Weight = "cause"

    def __post_init__(self) -> None:
        check_pattern(self.kind, self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftRule:
    """A line that says why a job did nothing, though nothing crashed."""

    meaning: str  # in words, for people
    pattern: str

    def __post_init__(self) -> None:
        check_pattern(self.meaning, self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class BenignRule:
    """Lines that hold this text, in letters of either case, are no errors."""

    text: str

    def __post_init__(self) -> None:
        if len(self.text.strip()) < 3:
            raise InvalidInput("harmless text", self.text, "use at least three characters of the line")


CRASHES = (
    CrashRule(kind="time_limit", weight="decisive", pattern=r"DUE TO TIME LIMIT"),
    CrashRule(kind="preempted", weight="decisive", pattern=r"DUE TO PREEMPTION"),
    CrashRule(kind="node_failure", weight="decisive", pattern=r"DUE TO NODE FAILURE"),
    CrashRule(
        kind="oom_kill",
        weight="decisive",
        pattern=r"oom[-_]kill|[Oo]ut [Oo]f [Mm]emory: Kill|exceeded.* memory limit",
    ),
    CrashRule(kind="hip_oom", pattern=r"HIP out of memory|[Hh][Ii][Pp]_?[Ee]rror_?OutOfMemory"),
    CrashRule(
        kind="cuda_oom",
        pattern=r"CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|OutOfMemoryError|RESOURCE_EXHAUSTED: Out of memory",
    ),
    CrashRule(kind="cuda_error", pattern=r"CUDA error:|CUDA_ERROR_[A-Z_]+|device-side assert triggered"),
    CrashRule(kind="cancelled", weight="decisive", pattern=r"slurmstepd[^ ]*: error: \*\*\* JOB .* CANCELLED"),
    CrashRule(kind="traceback", pattern=r"Traceback \(most recent call last\)"),
    CrashRule(kind="nccl_watchdog", pattern=r"[Ww]atchdog caught collective operation time-?out"),
    CrashRule(
        kind="memory_corruption",
        pattern=r"double free or corruption|(malloc|free|realloc)\(\): (corrupt|invalid|unaligned|unsorted|memory)"
        r"|munmap_chunk\(\): invalid|corrupted size vs\. prev_size|[*][*][*] stack smashing detected",
    ),
    CrashRule(kind="segfault", pattern=r"[Ss]egmentation fault|SIGSEGV|signal 11([^0-9]|$)"),
    CrashRule(kind="bus_error", pattern=r"[Bb]us error|SIGBUS"),
    CrashRule(kind="illegal_instruction", pattern=r"[Ii]llegal instruction|SIGILL"),
    CrashRule(kind="abort", pattern=r"terminate called after throwing|Aborted \(core dumped\)|SIGABRT"),
    CrashRule(kind="panic", pattern=r"panicked at |^panic: |Kernel panic"),
    CrashRule(kind="disk_full", pattern=r"No space left on device|Disk quota exceeded"),
    CrashRule(kind="no_module", pattern=r"ModuleNotFoundError:"),
    CrashRule(kind="no_script", pattern=r"can't open file .*\[Errno [0-9]+\]"),
    CrashRule(kind="no_script", pattern=r"slurmstepd[^ ]*: error: execve\(\): "),
    CrashRule(kind="no_directory", weight="consequence", pattern=r"slurmstepd[^ ]*: error: couldn't chdir to "),
    CrashRule(kind="not_found", weight="consequence", pattern=r": command not found$"),
    CrashRule(
        kind="not_run",
        weight="consequence",
        pattern=r": (line )?[0-9]+: [^ :][^:]*: (Permission denied|No such file or directory|cannot execute)",
    ),
    CrashRule(
        kind="nccl", pattern=r"NCCL (error|failure|WARN .*[Tt]imed? ?out)|ncclSystemError|ncclInternalError"
    ),
    CrashRule(kind="error", pattern=_START + r"[A-Za-z_][A-Za-z0-9_.]*(Error|Exception): "),
    CrashRule(kind="error", pattern=r"^Error executing job"),
    CrashRule(kind="killed", pattern=r"^Killed *$|line [0-9]+: +[0-9]+ Killed |SIGKILL|signal 9([^0-9]|$)"),
    CrashRule(kind="nccl_watchdog", pattern=r"NCCL watchdog|ProcessGroupNCCL.*[Tt]imeout", weight="consequence"),
    CrashRule(kind="srun", pattern=r"srun: error:", weight="consequence"),
    CrashRule(kind="cancelled", weight="consequence", pattern=r"slurmstepd[^ ]*: error: \*\*\* STEP .* CANCELLED"),
)
"""In the order in which they are tried on a line: the first that fits names the kind."""

SOFT_FAILURES = (
    SoftRule(
        meaning="there was no data to process", pattern=r"[Nn]o data to process|(^|[^0-9])0 samples? to process"
    ),
    SoftRule(meaning="the output exists already", pattern=r"exists,? +skipping"),
    SoftRule(meaning="there was nothing to do", pattern=r"[Nn]othing to (process|evaluate|generate)"),
    SoftRule(
        meaning="everything was done already",
        pattern=r"(^|[^A-Za-z])[Aa]ll([^A-Za-z].*)? already (completed|processed|evaluated|done)",
    ),
)

BENIGN = (
    "sandbox state restoration failed",
    "sandbox communication error",
    "error_count=0",
    "errors: 0",
    "0 errors",
)
"""Lines that hold one of these, in lower case, are no errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisRules:
    """What lines mean. Times, paths and the like are for the rules of discovery."""

    crashes: tuple[CrashRule, ...] = CRASHES
    soft_failures: tuple[SoftRule, ...] = SOFT_FAILURES
    benign: tuple[str, ...] = BENIGN  # lower case
    quoted_from: str = (
        r"Sending tool calls:|tool_call\.py:[0-9]+"  # begins a block in which others' errors are quoted
    )
    quoted_until: str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} |^\[[0-9]{2}/[0-9]{2}/[0-9]{2} |^Remaining generations:"

    def __post_init__(self) -> None:
        check_pattern("quoted_from", self.quoted_from)
        check_pattern("quoted_until", self.quoted_until)
