"""What ~/.ssh/config says about one host, read as OpenSSH reads it.

Honoured: Host, Match (all, host, originalhost, user, localuser), Include, HostName, User, Port, IdentityFile,
IdentitiesOnly, ProxyJump, UserKnownHostsFile, GlobalKnownHostsFile, HostKeyAlias, ConnectTimeout; the tokens
%% %d %h %L %n %p %r %u, `~` and ${VARIABLE}. Other Match blocks are skipped: `exec` would run programs whenever we
look, `canonical` and `final` need a second reading with names from DNS. ProxyCommand is reported, so that the
caller can say that it is not supported; StrictHostKeyChecking is ignored on purpose: an unknown key is always
refused. (paramiko's own reader ignores Include and treats unknown Match criteria as true.)
"""

from __future__ import annotations

import getpass
import glob
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidInput

__all__ = ["HostOptions", "lookup", "words"]

_DEEPEST_INCLUDE = 16
_LINE = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.*)")
_SINGLE = {
    "connecttimeout",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "port",
    "proxycommand",
    "proxyjump",
    "user",
}
_LISTS = {"globalknownhostsfile", "userknownhostsfile"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What the file says about one host; "" or None where it says nothing. Paths are expanded."""

    hostname: str = ""
    user: str = ""
    port: int | None = None
    identity_files: tuple[str, ...] | None = None  # (): "none", use no file
    identities_only: bool = False
    proxy_jump: str = ""  # "none" switches it off
    proxy_command: str = ""
    user_known_hosts: tuple[str, ...] | None = None
    global_known_hosts: tuple[str, ...] | None = None
    host_key_alias: str = ""
    connect_timeout_s: float | None = None


def lookup(alias: str, path: Path, *, user: str = "", port: int | None = None) -> HostOptions:
    """What the file at `path` says about `alias`; nothing where there is no such file.

    `user` and `port` are what the caller has settled already: they win, and Match and the tokens see them.
    Raises `InvalidInput` naming file, line and remedy.
    """
    reader = _Reader(alias)
    if user:
        reader.single["user"] = user
    if port:
        reader.single["port"] = str(port)
    reader.read(path, active=True, depth=0)
    return reader.options()


def words(text: str) -> list[str]:
    r"""The arguments of a line: quotes group, a backslash escapes quotes, itself and blanks, # begins a comment.

    >>> words(r'"a b" c\ d e#f # g')
    ['a b', 'c d', 'e#f']

    Raises `ValueError` where a quote is not closed.
    """
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
        elif text[at] == "#":
            break
        else:
            word, at = _word(text, at)
            found.append(word)
    return found


def _word(text: str, at: int) -> tuple[str, int]:
    quote, taken = "", []
    while at < len(text) and (quote or text[at] not in " \t"):
        char, following = text[at], text[at + 1 : at + 2]
        if char == "\\" and following and (following in "'\"\\" or (following == " " and not quote)):
            taken.append(following)
            at += 1
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        else:
            taken.append(char)
        at += 1
    if quote:
        raise ValueError(f"a quote {quote} is not closed")
    return "".join(taken), at


class _Reader:
    """Collects what applies to one alias; for each keyword the first value wins, as in OpenSSH."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.single: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.identities: list[str] = []
        self._here = ""  # file and line, for messages

    def read(self, path: Path, *, active: bool, depth: int) -> None:
        """Take in one file; `active` says whether the block that includes it applies."""
        may_apply = active  # no Host line of a file included from a block that does not apply can apply
        for number, line in enumerate(_lines(path), 1):
            self._here = f"{path} line {number}"
            match = _LINE.fullmatch(line.strip())
            if not match or line.lstrip().startswith("#"):
                continue
            keyword, arguments = match[1].lower(), self._words(match[2])
            if keyword == "host":
                active = may_apply and _matches(arguments, self.alias)
            elif keyword == "match":
                active = may_apply and self._does_match(arguments)
            elif keyword == "include":
                self._include(arguments, active=active, depth=depth)
            elif active and arguments:
                self._take(keyword, arguments)

    def options(self) -> HostOptions:
        """What was collected, tokens expanded."""
        hostname = self._expand(self.single.get("hostname", ""), hostname=self.alias)
        port = self._number("port", 1, 65535)
        timeout = self._number("connecttimeout", 0, 86400)
        files = [self._file(each, hostname) for each in self.identities if each.lower() != "none"]
        return HostOptions(
            hostname=hostname,
            user=self.single.get("user", ""),
            port=port,
            identity_files=tuple(files) if self.identities else None,
            identities_only=self.single.get("identitiesonly", "").lower() in ("yes", "true"),
            proxy_jump=self._expand(self.single.get("proxyjump", ""), hostname=hostname),
            proxy_command=self.single.get("proxycommand", ""),
            user_known_hosts=self._files("userknownhostsfile", hostname),
            global_known_hosts=self._files("globalknownhostsfile", hostname),
            host_key_alias=self._expand(self.single.get("hostkeyalias", ""), hostname=hostname),
            connect_timeout_s=timeout or None,
        )

    def _words(self, text: str) -> list[str]:
        try:
            return words(text)
        except ValueError as exc:
            raise InvalidInput(self._here, text, str(exc)) from exc

    def _take(self, keyword: str, arguments: list[str]) -> None:
        if keyword == "identityfile":
            self.identities += [each for each in arguments[:1] if each not in self.identities]
        elif keyword in _LISTS:
            self.lists.setdefault(keyword, arguments)
        elif keyword in ("proxycommand", "proxyjump"):
            if not {"proxycommand", "proxyjump"} & set(self.single):  # the first of the two wins
                self.single[keyword] = " ".join(arguments)
        elif keyword in _SINGLE:
            self.single.setdefault(keyword, arguments[0])

    def _include(self, patterns: list[str], *, active: bool, depth: int) -> None:
        if depth >= _DEEPEST_INCLUDE:
            raise InvalidInput(self._here, " ".join(patterns), "the files include one another")
        here = self._here
        for pattern in patterns:
            whole = Path(_home("~/.ssh")) / _home(pattern)  # an absolute pattern stays what it is
            for name in sorted(glob.glob(str(whole))):  # noqa: PTH207 - Path.glob would take hidden files, too
                self.read(Path(name), active=active, depth=depth + 1)
        self._here = here

    def _does_match(self, arguments: list[str]) -> bool:
        if [each.lower() for each in arguments] == ["all"]:
            return True
        subjects = {
            "host": self._expand(self.single.get("hostname", ""), hostname=self.alias) or self.alias,
            "originalhost": self.alias,
            "user": self.single.get("user") or getpass.getuser(),
            "localuser": getpass.getuser(),
        }
        parts = [part for each in arguments for part in _apart(each)]
        if not parts or len(parts) % 2:
            return False
        for criterion, pattern in zip(parts[::2], parts[1::2], strict=True):
            name = criterion.lower().removeprefix("!")
            if name not in subjects:
                return False
            if _matches(pattern.split(","), subjects[name]) == criterion.startswith("!"):
                return False
        return True

    def _number(self, keyword: str, least: int, most: int) -> int | None:
        text = self.single.get(keyword)
        if text is None or (keyword == "connecttimeout" and text.lower() == "none"):
            return None
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise InvalidInput(f"{keyword} of {self.alias} in ssh_config", text, f"use {least} to {most}")
        return int(text)

    def _files(self, keyword: str, hostname: str) -> tuple[str, ...] | None:
        if keyword not in self.lists:
            return None
        return tuple(self._file(each, hostname) for each in self.lists[keyword] if each.lower() != "none")

    def _file(self, text: str, hostname: str) -> str:
        text = re.sub(r"\$\{(\w+)\}", lambda found: os.environ.get(found[1], found[0]), text)
        return _home(self._expand(text, hostname=hostname))

    def _expand(self, text: str, *, hostname: str) -> str:
        if "%" not in text:
            return text
        tokens = {
            "%": "%",
            "d": _home("~"),
            "h": hostname or self.alias,
            "L": socket.gethostname().split(".")[0],
            "n": self.alias,
            "p": self.single.get("port", "22"),
            "r": self.single.get("user") or getpass.getuser(),
            "u": getpass.getuser(),
        }
        return re.sub(r"%(.)", lambda found: tokens.get(found[1], found[0]), text)


def _apart(argument: str) -> list[str]:
    """Criterion and pattern of "host=x", which is as good as "host x"."""
    name, sign, pattern = argument.partition("=")
    return [part for part in (name, pattern) if part] if sign else [argument]


def _home(text: str) -> str:
    return os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises for an unknown ~user


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as exc:
        raise InvalidInput("SSH configuration file", str(path), f"it cannot be read: {exc.strerror}") from exc
    yield from text.splitlines()


def _matches(patterns: list[str], subject: str) -> bool:
    """Whether a positive pattern fits and no negated one does."""
    fits = [each.startswith("!") for each in patterns if _glob(each.removeprefix("!")).fullmatch(subject)]
    return bool(fits) and not any(fits)


def _glob(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)
