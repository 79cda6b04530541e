"""Where `sbatch` was told to write: its command line as accounting keeps it, else the directives of the script."""

from __future__ import annotations

import re
import shlex

from ..slurm.submit_line import submit_options

__all__ = ["output_patterns"]

_DIRECTIVE = re.compile(r"^#SBATCH\s+(.*)$")
_OUTPUT, _ERROR = ("-o", "--output"), ("-e", "--error")


def output_patterns(submit_line: str, script: str) -> tuple[str, str]:
    """The patterns of stdout and stderr; "" where nothing was said.

    >>> output_patterns("sbatch -J a --output=logs/%j.out run.sh -o other", "#SBATCH -e %j.err")
    ('logs/%j.out', '%j.err')
    """
    words = submit_line.split()
    typed = submit_options(words[1:]) if words and words[0].rpartition("/")[2] == "sbatch" else {}
    written = submit_options(_directives(script))
    return _first(_OUTPUT, typed, written), _first(_ERROR, typed, written)


def _first(names: tuple[str, str], *told: dict[str, str]) -> str:
    return next((options[name] for options in told for name in names if name in options), "")


def _directives(script: str) -> list[str]:
    """The words behind #SBATCH, down to the first line that runs something."""
    words: list[str] = []
    for line in script.splitlines():
        if found := _DIRECTIVE.match(line):
            words += _words(found[1])
        elif line.strip() and not line.startswith("#"):
            break
    return words


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # a quote is not closed: sbatch would have refused it
        return text.split()
