"""Host lists such as `node[01-03,7],login`, by ClusterShell's NodeSet."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import InvalidInput

if TYPE_CHECKING:
    from ClusterShell.NodeSet import NodeSet

__all__ = ["count_hosts", "expand", "fold"]

_SHAPE = re.compile(r"[A-Za-z0-9_.,\[\]/-]*")  # "@group", "!" and "&" would run commands or change the meaning
_PATTERN = re.compile(r"(?:[^,\[\]]|\[[^\[\]]*\])+")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_RANGE = re.compile(r"([0-9]{1,12})-([0-9]{1,12})(?:/[0-9]+)?")
_MOST = 1_000_000
_REMEDY = "use a host list such as node[01-03],login2"


def expand(text: str) -> list[str]:
    """Every host, in order. Raises `InvalidInput` for text that is no host list or names over a million hosts.

    >>> expand("n[1-2],x")
    ['n1', 'n2', 'x']
    """
    if "[" not in text:
        hosts = list(dict.fromkeys(text.split(","))) if text else []
        if all(hosts) and _SHAPE.fullmatch(text) and "]" not in text:
            return hosts
    return [str(host) for host in _nodes(text)]


def count_hosts(text: str) -> int:
    """How many hosts a list names. Raises `InvalidInput`.

    >>> count_hosts("n[001-128]")
    128
    """
    return len(expand(text)) if "[" not in text else len(_nodes(text))


def fold(hosts: Iterable[str]) -> str:
    """The shortest list that names these hosts. Raises `InvalidInput`.

    >>> fold(["n2", "n1", "n3"])
    'n[1-3]'
    """
    return str(_nodes(",".join(hosts)))


def _nodes(text: str) -> NodeSet:
    # ClusterShell takes a while to import and few callers need it
    from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet, NodeSetParseError
    from ClusterShell.RangeSet import RangeSetParseError

    if not _SHAPE.fullmatch(text) or _size(text) > _MOST:
        raise InvalidInput("host list", text[:200], _REMEDY)
    try:
        return NodeSet(text, resolver=RESOLVER_NOGROUP)
    except (NodeSetParseError, RangeSetParseError) as error:
        raise InvalidInput("host list", text[:200], f"{_REMEDY} ({error})") from error


def _size(text: str) -> int:
    """How many hosts `text` names at most: ClusterShell would hold all of them in memory."""
    return sum(
        math.prod(sum(map(_span, inside.split(","))) for inside in _BRACKET.findall(pattern))
        for pattern in _PATTERN.findall(text)
    )


def _span(item: str) -> int:
    found = _RANGE.fullmatch(item)
    return max(1, int(found[2]) - int(found[1]) + 1) if found else 1 if len(item) <= 12 else _MOST + 1
