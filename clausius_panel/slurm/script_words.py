"""What a batch script says of the environment it sets up: modules, environments, containers.

Nothing is run: the script is read as text, so what it decides at run time stays unknown.
"""

from __future__ import annotations

import re
import shlex

__all__ = ["declared_environment"]

MAX_LINES = 20_000
MAX_VALUES = 40
MAX_CHARS = 300

_SPLIT = re.compile(r"&&|;")
_CONTAINER = re.compile(
    r"--container-image[= ](\S+)|\b(?:singularity|apptainer)\s+(?:exec|run)\b[^\n]*?(\S+\.sif)\b"
)
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
