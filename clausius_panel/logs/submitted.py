"""Where `sbatch` was told to write: its command line as accounting keeps it, else the directives of the script."""

from __future__ import annotations

import re
import shlex

__all__ = ["output_patterns"]

_FLAGS = """
-H --hold -k --no-kill -s --oversubscribe -W --wait -Q --quiet -v --verbose -O --overcommit --parsable --exclusive
--requeue --no-requeue --contiguous --spread-job --use-min-nodes --reboot --ignore-pbs --test-only --get-user-env
--propagate --nice
"""
_WITHOUT_VALUE = frozenset(_FLAGS.split())
_DIRECTIVE = re.compile(r"^#SBATCH\s+(.*)$")
_OUTPUT, _ERROR = ("-o", "--output"), ("-e", "--error")


def output_patterns(submit_line: str, script: str) -> tuple[str, str]:
    """The patterns of stdout and stderr; "" where nothing was said.

    >>> output_patterns("sbatch -J a --output=logs/%j.out run.sh -o other", "#SBATCH -e %j.err")
    ('logs/%j.out', '%j.err')
    """
    words = submit_line.split()
    typed = _options(words[1:]) if words and words[0].rpartition("/")[2] == "sbatch" else {}
    written = _options(_directives(script))
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


def _options(words: list[str]) -> dict[str, str]:
    """The options in front of the script; of one that is repeated the last."""
    found: dict[str, str] = {}
    at = 0
    while at < len(words) and words[at].startswith("-"):
        word = words[at]
        at += 1
        if word.startswith("--"):
            name, has_value, value = word.partition("=")
        else:
            name, value = word[:2], word[2:].removeprefix("=")
            has_value = value
        if not has_value and name not in _WITHOUT_VALUE and at < len(words):
            value = words[at]
            at += 1
        found[name] = value
    return found
