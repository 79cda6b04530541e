"""Node states: the base state and what Slurm appends to it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import ParseError

__all__ = ["NodeState", "parse_node_state"]

_SYMBOLS = {
    "*": "NOT_RESPONDING",
    "~": "POWERED_DOWN",
    "#": "POWERING_UP",
    "!": "POWER_DOWN",
    "%": "POWERING_DOWN",
    "$": "MAINT",
    "@": "REBOOT_REQUESTED",
    "^": "REBOOT_ISSUED",
    "-": "PLANNED",
}
"""sinfo(1), NODE STATE CODES."""

_BASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ALLOC": ("ALLOCATED", ()),
    "MIX": ("MIXED", ()),
    "COMP": ("COMPLETING", ()),
    "FUTR": ("FUTURE", ()),
    "UNK": ("UNKNOWN", ()),
    "INVAL": ("INVALID", ()),
    "DRAINED": ("IDLE", ("DRAIN",)),
    "DRAIN": ("IDLE", ("DRAIN",)),
    "DRAINING": ("MIXED", ("DRAIN",)),
    "DRNG": ("MIXED", ("DRAIN",)),
    "FAILING": ("MIXED", ("FAIL",)),
    "FAILG": ("MIXED", ("FAIL",)),
    "MAINT": ("IDLE", ("MAINT",)),
    "RESERVED": ("IDLE", ("RESERVED",)),
    "RESV": ("IDLE", ("RESERVED",)),
    "PLANNED": ("IDLE", ("PLANNED",)),
    "PLND": ("IDLE", ("PLANNED",)),
}
"""Words that stand for a base state together with a flag, and the short forms of `sinfo -o %t`."""

_FLAGS = {
    "MAINTENANCE": "MAINT",
    "NO_RESPOND": "NOT_RESPONDING",
    "POWER": "POWERED_DOWN",
    "REBOOT": "REBOOT_REQUESTED",
    "RES": "RESERVED",
}
_STATE = re.compile(r"[A-Za-z_]+[*~#!%$@^-]*(?:\+[A-Za-z_]+[*~#!%$@^-]*)*")
_PART = re.compile(r"([A-Za-z_]+)([*~#!%$@^-]*)")


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node's base state in capitals, and its flags in the order Slurm gives them."""

    state: str
    flags: tuple[str, ...] = ()


def parse_node_state(text: str) -> NodeState:
    """A state as `sinfo` or `scontrol` prints it. A word we do not know stays as it is; raises `ParseError`.

    >>> parse_node_state("down*"), parse_node_state("allocated+drain")
    (NodeState(state='DOWN', flags=('NOT_RESPONDING',)), NodeState(state='ALLOCATED', flags=('DRAIN',)))
    """
    text = text.strip()
    if _STATE.fullmatch(text) is None:
        raise ParseError("node state", 1, text, "not a node state")
    base, flags = "", dict[str, None]()
    for word, symbols in _PART.findall(text):
        word = word.upper()
        if not base:
            base, implied = _BASES.get(word, (word, ()))
            flags.update(dict.fromkeys(implied))
        else:
            flags[_FLAGS.get(word, word)] = None
        flags.update(dict.fromkeys(_SYMBOLS[symbol] for symbol in symbols))
    return NodeState(base, tuple(flags))
