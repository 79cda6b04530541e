"""sinfo(1): nodes and partitions."""

from __future__ import annotations

from collections.abc import Iterator

from ..hardware import PartitionSpec, SimNode
from .columns import Column, line, read_long, read_short
from .context import Answer, Context
from .options import Option, UsageError, parse
from .sinfo_fields import FIELDS, LETTERS, Field, Group, state_complete, state_long, state_rank

__all__ = ["sinfo"]

_N, _R = "no", "required"
_OPTIONS = {
    "all": Option("all", _N),
    "dead": Option("dead", _N),
    "exact": Option("exact", _N),
    "format": Option("format", _R),
    "Format": Option("Format", _R),
    "help": Option("usage", _N),
    "hide": Option("hide", _N),
    "list-reasons": Option("reasons", _N),
    "local": Option("local", _N),
    "long": Option("long", _N),
    "Node": Option("Node", _N),
    "noconvert": Option("noconvert", _N),
    "nodes": Option("nodes", _R),
    "noheader": Option("noheader", _N),
    "partition": Option("partition", _R),
    "responding": Option("responding", _N),
    "states": Option("states", _R),
    "summarize": Option("summarize", _N),
    "usage": Option("usage", _N),
    "verbose": Option("verbose", _N),
    "version": Option("version", _N),
}
_LETTERS = {
    "a": "all",
    "d": "dead",
    "e": "exact",
    "h": "noheader",
    "l": "long",
    "n": "nodes",
    "N": "Node",
    "o": "format",
    "O": "Format",
    "p": "partition",
    "r": "responding",
    "R": "list-reasons",
    "s": "summarize",
    "t": "states",
    "v": "verbose",
    "V": "version",
}
_SHORTS = {letter: _OPTIONS[name] for letter, name in _LETTERS.items()}
_KNOWN_STATES = (
    "unknown,down,idle,allocated,?,mixed,future,drain,drained,draining,no_respond,reserved,perfctrs,cloud,completing,"
    "powering_down,powered_down,power_down,powering_up,fail,maint,reboot,reboot^,unknown"
)
_ALIASES = {"alloc": "allocated", "mix": "mixed", "drng": "draining", "down": "down*", "resp": "responding"}
_USAGE = "Usage: sinfo [-abdelNRrsv] [-i seconds] [-t states] [-p partition] [-n nodes] [-o format] [-O Format]\n"


def sinfo(argv: list[str], context: Context) -> Answer:
    """Answer a command line; words that are no options are ignored, as the real one does."""
    try:
        options, _ = parse(argv, _SHORTS, _OPTIONS)
    except UsageError as error:
        return Answer(stderr=f'sinfo: {error.message}\nTry "sinfo --help" for more information\n', exit_status=1)
    if "version" in options:
        return Answer(stdout=f"{context.sim.spec.version}\n")
    if "usage" in options:
        return Answer(stdout=_USAGE)
    columns, complaints = _columns(options, context)
    try:
        groups = list(_groups(options, columns, context))
    except UsageError as error:
        return Answer(stderr=error.message, exit_status=error.exit_status)
    lines = [line(columns, lambda field: field.get(group, context)) for group in groups]  # noqa: B023 (used at once)
    if "noheader" not in options:
        lines[:0] = [context.date()] * ("long" in options) + [line(columns, lambda field: field.header)]
    return Answer(stdout="".join(f"{each}\n" for each in lines), stderr=complaints)


def _columns(options: dict[str, str], context: Context) -> tuple[list[Column[Field]], str]:
    if "Format" in options:
        columns, unknown = read_long(options["Format"], FIELDS)
        return columns, "".join(f"sinfo: error: Invalid job format specification: {name}\n" for name in unknown)
    columns, unknown = read_short(options.get("format") or _default_format(options, context), LETTERS)
    return columns, "".join(f"Invalid node format specification: {name}\n" for name in unknown)


def _default_format(options: dict[str, str], context: Context) -> str:
    """Columns of names are as wide as the longest name."""
    p = max(9, *(len(partition.name) + partition.default for partition in context.sim.spec.partitions))
    n = max(map(len, context.sim.nodes))
    if "reasons" in options:
        return "%20E %9u %19H %N"
    if "summarize" in options:
        return f"%{p}P %.5a %.10l %.16F %N"
    if "Node" in options and "long" in options:
        return f"%{n}N %.6D %.{p}P %.11T %4c %.8z %.6m %.8d %.6w %.8f %20E"
    if "Node" in options:
        return f"%{n}N %.6D %.{p}P %6t"
    if "long" in options:
        return f"%{p}P %.5a %.10l %.10s %.4r %.8h %.10g %.6D %.11T %N"
    return f"%{p}P %.5a %.10l %.6D %.6t %N"


def _groups(options: dict[str, str], columns: list[Column[Field]], context: Context) -> Iterator[Group]:
    nodes = _nodes(options, context)
    partitions = context.sim.spec.partitions
    if "partition" in options:
        wanted = options["partition"].split(",")
        partitions = tuple(partition for partition in partitions if partition.name in wanted)
    if "Node" in options and "reasons" not in options:
        for node in sorted(nodes, key=lambda node: node.name):
            yield from (Group(partition, (node,)) for partition in partitions if node.name in partition.nodes)
        return
    if "reasons" in options:  # tells of nodes, whatever partitions they are in
        yield from _shared(context.sim.spec.partitions[0], nodes, columns, context)
        return
    for partition in partitions:
        own = [node for node in nodes if node.name in partition.nodes]
        if "summarize" in options or not own:
            yield Group(partition, tuple(own))
        else:
            yield from _shared(partition, own, columns, context)


def _shared(
    partition: PartitionSpec, nodes: list[SimNode], columns: list[Column[Field]], context: Context
) -> Iterator[Group]:
    """Nodes of a partition by all that is shown of a single one."""
    splitting = [column.field for column in columns if column.field is not None and column.field.splits]
    lines: dict[tuple[str, ...], list[SimNode]] = {}
    for node in sorted(nodes, key=lambda node: (state_rank(node), node.name)):
        single = Group(partition, (node,))
        lines.setdefault(tuple(field.get(single, context) for field in splitting), []).append(node)
    for members in lines.values():
        yield Group(partition, tuple(members))


def _nodes(options: dict[str, str], context: Context) -> list[SimNode]:
    nodes = list(context.sim.nodes.values())
    if "nodes" in options:
        wanted = options["nodes"].split(",")
        nodes = [node for node in nodes if node.name in wanted]
    if "reasons" in options:
        nodes = [node for node in nodes if node.reason]
    if "dead" in options:
        nodes = [node for node in nodes if node.down]
    if "responding" in options:
        nodes = [node for node in nodes if not node.down]
    if "states" in options:
        states = set()
        for word in options["states"].lower().split(","):
            if word not in _ALIASES and word not in _KNOWN_STATES.split(","):
                raise UsageError(
                    f'sinfo: error: Bad state string: "{word}"\nsinfo: error: valid states: {_KNOWN_STATES}\n'
                )
            states.add(_ALIASES.get(word, word))
        nodes = [node for node in nodes if states & {state_long(node), *state_complete(node).split("+")}]
    return nodes
