"""What a batch script says: the environment it sets up, and the parameters its programs get.

Nothing is run: the script is read as text, so what it decides at run time stays unknown.
"""

from __future__ import annotations

import re
import shlex

__all__ = ["declared_environment", "declared_parameters"]

MAX_LINES = 20_000
MAX_VALUES = 40
MAX_PARAMETERS = 500
MAX_LINE = 16_384
MAX_CHARS = 300

_SPLIT = re.compile(r"&&|;")
_CONTAINER = re.compile(
    r"--container-image[= ](\S+)|\b(?:singularity|apptainer)\s+(?:exec|run)\b[^\n]*?(\S+\.sif)\b"
)
_PROGRAMS = {"python", "python3", "torchrun", "accelerate", "deepspeed"}
_ASSIGNED = re.compile(r"[+~]{0,2}([A-Za-z_][\w./@-]*)=(.*)", re.DOTALL)
_OPTION = re.compile(r"-(?![\d.])|-$")  # and not a negative number
_ENV = re.compile(r"(?:^|\s)(?:source|\.)\s+(\S+/bin/activate)\b")


def declared_environment(script: str) -> dict[str, str]:
    r"""Modules, conda and virtual environments, containers, in the order in which the script names them.

    >>> declared_environment("module load cuda/12.4 gcc\nconda activate nemo\n")
    {'modules': 'cuda/12.4 gcc', 'conda environment': 'nemo'}
    """
    found: dict[str, list[str]] = {}
    for line in script.splitlines()[:MAX_LINES]:
        if (bare := line.strip()) and not (bare.startswith("#") and not bare.startswith("#SBATCH")):
            _read(bare[:4096], found)
    return {name: " ".join(dict.fromkeys(values[:MAX_VALUES])) for name, values in found.items()}


def declared_parameters(submit_command: str, script: str) -> dict[str, str]:
    r"""What the programs of a job are told: `--name value`, `--name=value`, and `name=value` as Hydra has it.

    Of the submit command only what comes behind the script counts, since what stands before is Slurm's. A flag
    without a value is "yes"; of a name that comes twice the last value holds.

    >>> declared_parameters("sbatch -p gpu train.sh --seed 3", "python train.py --lr=3e-4 data.name=c4 --amp")
    {'lr': '3e-4', 'data.name': 'c4', 'amp': 'yes', 'seed': '3'}
    """
    found: dict[str, str] = {}
    for line in script.replace("\\\n", " ").splitlines()[:MAX_LINES]:
        words = _words(line[:MAX_LINE])
        # what stands before the program is said to srun, or sets a variable
        starts = (i for i, word in enumerate(words, 1) if word.rpartition("/")[2] in _PROGRAMS)
        _note_parameters(words[next(starts, len(words)) :], found)
    words = _words(submit_command[:MAX_LINE])
    starts = (i for i, word in enumerate(words, 1) if word.endswith((".sh", ".sbatch", ".slurm")))
    _note_parameters(words[next(starts, len(words)) :], found)
    return dict(list(found.items())[:MAX_PARAMETERS])


def _note_parameters(words: list[str], found: dict[str, str]) -> None:
    """Each `--name value`, `--name=value` and `name=value`; other words are arguments without a name."""
    for i, word in enumerate(words):
        name, is_given, value = word.removeprefix("--").partition("=")
        if word.startswith("--") and name:
            following = words[i + 1] if i + 1 < len(words) else "-"
            told = value if is_given else "yes" if _OPTION.match(following) else following
            found[name[:MAX_CHARS]] = told[:MAX_CHARS]
        elif match := _ASSIGNED.fullmatch(word):
            found[match[1][:MAX_CHARS]] = match[2][:MAX_CHARS]


def _read(line: str, found: dict[str, list[str]]) -> None:
    def note(name: str, *values: str) -> None:
        found.setdefault(name, []).extend(value[:MAX_CHARS] for value in values)

    if match := _CONTAINER.search(line):
        note("container", (match[1] or match[2]).strip("\"'"))
    if match := _ENV.search(line):
        note("virtual environment", match[1].strip("\"'").removesuffix("/bin/activate"))
    for part in _SPLIT.split(line):
        words = _words(part)
        if words[:2] in (["module", "load"], ["module", "add"]) or words[:1] == ["ml"]:
            note(
                "modules",
                *[word for word in words[2 if words[0] == "module" else 1 :] if not word.startswith("-")],
            )
        elif words[:2] in (["conda", "activate"], ["micromamba", "activate"], ["mamba", "activate"]) and words[2:]:
            note("conda environment", words[2])


def _words(part: str) -> list[str]:
    """The words of a simple command, as a shell would see them; none where quotes do not close."""
    try:
        return shlex.split(part, comments=True)
    except ValueError:
        return []
