"""`sinfo`: nodes and partitions from one answer, which names each node once for every partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..errors import ParseError
from ..model import Node, Partition
from ..model.durations import parse_duration_s
from ..model.node_state import NodeState, parse_node_state
from ..model.tres import parse_gpus
from .columns import Columns, build
from .dialect import Dialect
from .formats import Format
from .values import count, given, word

__all__ = ["FORMAT", "parse", "words"]

FORMAT = Format(
    command="sinfo",
    head=(
        "NodeList",
        "Partition",
        "StateComplete",
        "StateLong",
        "CPUsState",
        "Memory",
        "AllocMem",
        "Gres",
        "GresUsed",
        "Features",
        "Available",
        "Time",
    ),
    tail=("Reason",),
    letters={
        "NodeList": "%N",
        "Partition": "%P",
        "StateLong": "%T",
        "CPUsState": "%C",
        "Memory": "%m",
        "Gres": "%G",
        "Features": "%f",
        "Available": "%a",
        "Time": "%l",
        "Reason": "%E",
    },
    first="NODELIST\x1f",
)

_AVAILABLE = {"up": "UP", "down": "DOWN", "drain": "DRAIN", "inact": "INACTIVE"}
_BUSY = frozenset({"ALLOCATED", "MIXED", "COMPLETING"})


def words(dialect: Dialect, *, guard: str) -> list[str]:
    """The command in words of shell."""
    return ["sinfo", "-a", "-N", *FORMAT.words(dialect, guard=guard)]


def parse(text: str, *, cluster: str, dialect: Dialect, guard: str) -> tuple[list[Node], list[Partition]]:
    """Nodes and partitions by name: sinfo's own order changes from call to call. Raises `ParseError`."""
    rows = FORMAT.table(text, dialect, guard=guard)
    places = [(name.removesuffix("*"), name.endswith("*")) for name in rows.texts("Partition")]
    every = _nodes(rows, cluster, places)
    partitions = _partitions(rows, cluster, places, every)
    nodes: dict[str, Node] = {}
    member: dict[str, dict[str, None]] = {}
    for node, (partition, _) in zip(every, places, strict=True):
        nodes[node.name] = node
        member.setdefault(node.name, {})[partition] = None
    return [replace(nodes[name], partitions=tuple(sorted(member[name]))) for name in sorted(nodes)], partitions


def _nodes(rows: Columns, cluster: str, places: Sequence[tuple[str, bool]]) -> list[Node]:
    """One node for each record."""
    states = rows.combine(_state, "StateComplete", "StateLong")
    cpus = rows.read("CPUsState", _cpus)
    gres = rows.read("Gres", parse_gpus)
    used = rows.read("GresUsed", parse_gpus)
    return build(
        Node,
        rows.count,
        {
            "cluster": (cluster,) * rows.count,
            "name": rows.texts("NodeList"),
            "state": [found.state for found in states],
            "flags": [found.flags for found in states],
            "reason": rows.read("Reason", word),
            "partitions": [(partition,) for partition, _ in places],
            "features": rows.read("Features", _features),
            "cpus": [total for _, total in cpus],
            "cpus_alloc": [allocated for allocated, _ in cpus],
            "memory_mib": rows.read("Memory", count),
            "memory_alloc_mib": rows.read("AllocMem", count),
            "gpus": [found.count for found in gres],
            "gpus_alloc": [found.count for found in used],
            "gpu_type": [found.type for found in gres],
            "gres": rows.read("Gres", given),
            "gres_used": rows.read("GresUsed", given),
        },
    )


def _partitions(
    rows: Columns, cluster: str, places: Sequence[tuple[str, bool]], nodes: Sequence[Node]
) -> list[Partition]:
    limits = rows.read("Time", parse_duration_s)
    available = rows.texts("Available")
    members: dict[tuple[str, bool], list[int]] = {}
    for index, place in enumerate(places):
        members.setdefault(place, []).append(index)
    return [
        _partition(cluster, place, available[indexes[0]], limits[indexes[0]], [nodes[index] for index in indexes])
        for place, indexes in sorted(members.items())
    ]


def _partition(
    cluster: str, place: tuple[str, bool], available: str, limit_s: int | None, nodes: Sequence[Node]
) -> Partition:
    busy = sum(node.state in _BUSY for node in nodes)
    idle = sum(node.state == "IDLE" and node.is_available for node in nodes)
    return Partition(
        cluster=cluster,
        name=place[0],
        state=_AVAILABLE.get(available, available.upper()),
        is_default=place[1],
        time_limit_s=limit_s,
        nodes=len(nodes),
        nodes_alloc=busy,
        nodes_idle=idle,
        nodes_other=len(nodes) - busy - idle,
        cpus=sum(node.cpus for node in nodes),
        gpus=sum(node.gpus for node in nodes),
        gpu_type=_types(node.gpu_type for node in nodes),
    )


def _types(kinds: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(one for kind in kinds for one in kind.split(",") if one))


def _state(complete: str, long: str) -> NodeState:
    return parse_node_state(complete or long)


def _cpus(text: str) -> tuple[int, int]:
    """Allocated and all CPUs in `allocated/idle/other/total`."""
    parts = text.split("/")
    if len(parts) != 4:
        raise ParseError("CPUs", 1, text, "not allocated/idle/other/total")
    return count(parts[0]), count(parts[3])


def _features(text: str) -> tuple[str, ...]:
    return tuple(given(text).split(",")) if given(text) else ()
