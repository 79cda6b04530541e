"""What the command line that a job was submitted with says of it, as accounting keeps that line.

It is kept without the quotes of the shell, so the words of a name or a command that holds blanks stand alone. What
stands behind the script is the script's own; where that begins cannot be told for certain, so a word that could be
the script is taken for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ParseError
from ..model.dependency import parse_dependencies

__all__ = ["dependency_of", "submit_options"]

_FLAGS = """
-H --hold -k --no-kill -s --oversubscribe -W --wait -Q --quiet -v --verbose -O --overcommit --parsable --exclusive
--requeue --no-requeue --contiguous --spread-job --use-min-nodes --reboot --ignore-pbs --test-only --get-user-env
--propagate --nice
"""
_WITHOUT_VALUE = frozenset(_FLAGS.split())
_DEPENDENCY = ("-d", "--dependency")
_LONGEST = 10_000


def submit_options(words: Sequence[str]) -> dict[str, str]:
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


def dependency_of(text: str) -> str:
    """The conditions that the line gives its job, as Slurm prints them; "" for none, or what is not understood.

    >>> dependency_of("sbatch -p gpu --dependency=afterok:12:13 train.sh -d afterok:7")
    'afterok:12:13'
    >>> dependency_of("sbatch --parsable train.sh --dependency=afterok:7")
    ''
    """
    words = text[:_LONGEST].split()[1:]
    wrapped = next((at for at, word in enumerate(words) if word.partition("=")[0] == "--wrap"), len(words))
    told = submit_options(words[:wrapped])
    return next((told[name] for name in _DEPENDENCY if _is_understood(told.get(name, ""))), "")


def _is_understood(text: str) -> bool:
    try:
        return bool(parse_dependencies(text).job_ids)
    except ParseError:
        return False
