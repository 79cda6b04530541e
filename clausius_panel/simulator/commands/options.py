"""Command lines read as GNU getopt_long reads them, refusals included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Option", "UsageError", "parse"]


class UsageError(Exception):
    """The command line is refused: what goes to stderr, and the exit status."""

    def __init__(self, message: str, exit_status: int = 1) -> None:
        super().__init__(message)
        self.message, self.exit_status = message, exit_status


@dataclass(frozen=True, slots=True)
class Option:
    """An option: its name here, and whether it takes an argument ("no", "required", "optional")."""

    name: str
    argument: str = "no"


def parse(
    argv: Sequence[str], short: Mapping[str, Option], long: Mapping[str, Option]
) -> tuple[dict[str, str], list[str]]:
    """Options by name (the last one wins, "" without an argument) and the remaining words.

    Raises `UsageError` with getopt's own words, without the program's name.
    """
    options: dict[str, str] = {}
    words: list[str] = []
    queue = list(argv)
    while queue:
        word = queue.pop(0)
        if word == "--":
            words.extend(queue)
            break
        if word.startswith("--"):
            _long(word[2:], queue, long, options)
        elif word.startswith("-") and word != "-":
            _short(word[1:], queue, short, options)
        else:
            words.append(word)
    return options, words


def _long(text: str, queue: list[str], long: Mapping[str, Option], options: dict[str, str]) -> None:
    name, equals, value = text.partition("=")
    matches = [known for known in long if known.startswith(name)]
    if name in long:
        matches = [name]
    if not matches:
        raise UsageError(f"unrecognized option '--{name}'")
    if len({long[known] for known in matches}) > 1:
        possibilities = " ".join(f"'--{known}'" for known in matches)
        raise UsageError(f"option '--{name}' is ambiguous; possibilities: {possibilities}")
    option = long[matches[0]]
    if equals and option.argument == "no":
        raise UsageError(f"option '--{matches[0]}' doesn't allow an argument")
    if not equals and option.argument == "required":
        if not queue:
            raise UsageError(f"option '--{matches[0]}' requires an argument")
        value = queue.pop(0)
    options[option.name] = value


def _short(letters: str, queue: list[str], short: Mapping[str, Option], options: dict[str, str]) -> None:
    for index, letter in enumerate(letters):
        option = short.get(letter)
        if option is None:
            raise UsageError(f"invalid option -- '{letter}'")
        rest = letters[index + 1 :]
        if option.argument == "no":
            options[option.name] = ""
            continue
        if not rest and option.argument == "required":
            if not queue:
                raise UsageError(f"option requires an argument -- '{letter}'")
            rest = queue.pop(0)
        options[option.name] = rest
        return
