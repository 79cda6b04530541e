"""Trackable resources: memory, and GPUs in every spelling Slurm has for them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from ..errors import ParseError

__all__ = ["NO_GPUS", "Gpus", "Memory", "parse_gpus", "parse_memory", "parse_tres"]

_NOTHING = frozenset({"", "(null)", "n/a", "none", "unknown", "?"})
_MEMORY = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,9})?)([KMGTPEkmgtpe]?)[Bb]?([cnCN]?)")
_MIB = {"K": 1 / 1024, "": 1.0, "M": 1.0, "G": 1024.0, "T": 1024.0**2, "P": 1024.0**3, "E": 1024.0**4}
_UNSET_MIB = 2**43  # Slurm prints 2^64 (bytes or MiB) where a value was never set
_COUNT = re.compile(r"([0-9]{1,15})([KMGTPkmgtp]?)")
_THOUSANDS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}
_COMMA = re.compile(r",(?![^(\[]*[)\]])")  # not the commas of (IDX:0,2-3) and [1,3]
_DETAIL = re.compile(r"\([^()]*\)$")  # (S:0-1), (IDX:0-3)
_FLAGS = frozenset({"no_consume", "one_sharing"})


@dataclass(frozen=True, slots=True)
class Memory:
    """An amount of memory, and of what."""

    mib: int
    per: Literal["", "node", "cpu"] = ""


@dataclass(frozen=True, slots=True)
class Gpus:
    """How many GPUs, and of which types ("h100"; several joined by ","; "" where it is not said)."""

    count: int = 0
    type: str = ""


NO_GPUS = Gpus()
"""None at all."""


def parse_memory(text: str) -> Memory | None:
    """MiB in `4000Mc` (per CPU), `16Gn` (per node), `1.5T`, `0`; None for N/A. Raises `ParseError`.

    >>> parse_memory("16Gn"), parse_memory("1.5T")
    (Memory(mib=16384, per='node'), Memory(mib=1572864, per=''))
    """
    found = _MEMORY.fullmatch(text.strip())
    if found is None:
        if text.strip().lower() in _NOTHING:
            return None
        raise ParseError("memory", 1, text, "not an amount of memory")
    number, unit, per = found.groups()
    mib = math.ceil(float(number) * _MIB[unit.upper()])
    if mib >= _UNSET_MIB:
        return None
    return Memory(mib, {"c": "cpu", "n": "node", "": ""}[per.lower()])  # type: ignore[arg-type]


def parse_tres(text: str) -> dict[str, str]:
    """The parts of a TRES text by name, values as Slurm printed them. Raises `ParseError`.

    >>> parse_tres("cpu=8,mem=64G,gres/gpu:h100=2")
    {'cpu': '8', 'mem': '64G', 'gres/gpu:h100': '2'}
    """
    if text.strip().lower() in _NOTHING:
        return {}
    parts: dict[str, str] = {}
    for item in text.strip().split(","):
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise ParseError("TRES", 1, text, f"{item!r} is not name=value")
        parts[name] = value
    return parts


def parse_gpus(text: str) -> Gpus:
    """GPUs named in a TRES text (`gres/gpu=8,gres/gpu:h100=8`) or a GRES one (`gpu:a100:4(S:0-1)`).

    In TRES the total stands beside the types and is not counted twice; the items of GRES add up. Other resources
    are passed over, `shard` and `gres/gpumem` too. Raises `ParseError` for a GPU item of unknown shape.

    >>> parse_gpus("cpu=8,gres/gpu=8,gres/gpu:h100=8"), parse_gpus("gres:gpu:4"), parse_gpus("gpu:1g.5gb:7")
    (Gpus(count=8, type='h100'), Gpus(count=4, type=''), Gpus(count=7, type='1g.5gb'))
    """
    if "gpu" not in text:
        return NO_GPUS
    total, typed, types = 0, 0, dict[str, None]()
    for item in _COMMA.split(text.strip()):
        found = _gpu_item(item, text)
        if found is None:
            continue
        kind, count = found
        if kind:
            types[kind] = None
        if kind or "=" not in item:  # items of GRES add up, whether they name a type or not
            typed += count
        else:
            total += count
    return Gpus(max(total, typed), ",".join(types))


def _gpu_item(item: str, text: str) -> tuple[str, int] | None:
    """Type and count of one item, None where it is no GPU."""
    name = _DETAIL.sub("", item.strip())
    for prefix in ("PER_NODE:", "gres/", "gres:"):
        name = name.removeprefix(prefix)
    name, equals, value = name.partition("=")
    head, *rest = name.split(":")
    if head != "gpu":
        return None
    rest = [part for part in rest if part not in _FLAGS]
    if equals:
        count = _count(value)
    elif rest and (count := _count(rest[-1])) is not None:
        rest.pop()
    else:
        count = 1  # `gpu` and `gpu:a100` ask for one
    if count is None or len(rest) > 1 or (rest and not rest[0]):
        raise ParseError("GRES", 1, text, f"{item!r} is no count of GPUs")
    return (rest[0] if rest else "", count)


def _count(text: str) -> int | None:
    found = _COUNT.fullmatch(text)
    return int(found[1]) * _THOUSANDS[found[2].upper()] if found else None
