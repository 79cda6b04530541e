"""What sinfo can say of nodes and partitions: the fields of -O and the letters of -o."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..hardware import NodeGroup, PartitionSpec, SimNode
from . import text
from .context import Context

__all__ = ["FIELDS", "LETTERS", "Field", "Group", "state_complete", "state_long", "state_rank"]

_COMPACT = {
    "idle": "idle",
    "mixed": "mix",
    "allocated": "alloc",
    "draining": "drng",
    "drained": "drain",
    "down*": "down*",
}
_RANK = ("draining", "drained", "mixed", "allocated", "idle", "down*")


@dataclass(frozen=True, slots=True)
class Group:
    """The nodes of a partition that share a line."""

    partition: PartitionSpec
    nodes: tuple[SimNode, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A column. `splits`: nodes that differ in it do not share a line."""

    header: str
    get: Callable[[Group, Context], str]
    splits: bool = False


def _used_cpus(node: SimNode) -> int:
    return node.group.cpus - node.free_cpus


def state_long(node: SimNode) -> str:
    """The state in a word, e.g. "draining"."""
    if node.down:
        return "down*"
    if node.drain:
        return "draining" if _used_cpus(node) else "drained"
    return _occupation(node)


def _occupation(node: SimNode) -> str:
    if not node.jobs:
        return "idle"
    return "mixed" if node.free_cpus else "allocated"


def state_complete(node: SimNode) -> str:
    """The base state and its flags, e.g. "mixed+drain"."""
    if node.down:
        return "down+not_responding"
    return _occupation(node) + "+drain" * node.drain


def state_rank(node: SimNode) -> int:
    """Where sinfo puts nodes of that state within a partition."""
    return _RANK.index(state_long(node))


def _cpus(group: Group) -> str:
    used = idle = other = 0
    for node in group.nodes:
        used += _used_cpus(node)
        if node.is_open:
            idle += node.free_cpus
        else:
            other += node.free_cpus
    return f"{used}/{idle}/{other}/{used + idle + other}"


def _counts(group: Group) -> tuple[int, int, int]:
    used = sum(bool(node.jobs) for node in group.nodes)
    idle = sum(not node.jobs and node.is_open for node in group.nodes)
    return used, idle, len(group.nodes) - used - idle


def _four(group: Group) -> str:
    used, idle, other = _counts(group)
    return f"{used}/{idle}/{other}/{len(group.nodes)}"


def _limit(group: Group, context: Context) -> str:
    limit = group.partition.limit_s
    return "infinite" if limit is None else text.short_time(context.seconds(limit))


def _gres(group: NodeGroup) -> str:
    return f"gpu:{group.gpu_type}:{group.gpus}" if group.gpus else "(null)"


def _node(get: Callable[[SimNode], object], *, none: str = "n/a") -> Callable[[Group, Context], str]:
    """A field of the line's first node: those that share a line agree."""
    return lambda group, context: str(get(group.nodes[0])) if group.nodes else none


def _partition(get: Callable[[PartitionSpec], object]) -> Callable[[Group, Context], str]:
    return lambda group, context: str(get(group.partition))


def _always(value: str) -> Callable[[Group, Context], str]:
    return lambda group, context: value


def _since(group: Group, context: Context) -> str:
    troubled = group.nodes and group.nodes[0].reason
    return context.time(group.nodes[0].reason_since) if troubled else "Unknown"


def _names(group: Group, context: Context) -> str:
    return text.fold(tuple(sorted(node.name for node in group.nodes)))


_F = {
    "allocmem": Field("ALLOCMEM", _node(lambda node: node.group.memory_mib - node.free_memory_mib), True),
    "available": Field("AVAIL", _partition(lambda partition: partition.state)),
    "cpus": Field("CPUS", _node(lambda node: node.group.cpus, none="0"), True),
    "cpusload": Field("CPU_LOAD", _node(lambda node: f"{_used_cpus(node) * 0.93:.2f}"), True),
    "cpusstate": Field("CPUS(A/I/O/T)", lambda group, context: _cpus(group)),
    "disk": Field("TMP_DISK", _always("0")),
    "features": Field("AVAIL_FEATURES", _node(lambda node: ",".join(node.group.features) or "(null)"), True),
    "features_act": Field("ACTIVE_FEATURES", _node(lambda node: ",".join(node.group.features) or "(null)"), True),
    "freemem": Field("FREE_MEM", _node(lambda node: node.free_memory_mib), True),
    "gres": Field("GRES", _node(lambda node: _gres(node.group)), True),
    "gresused": Field(
        "GRES_USED",
        _node(lambda node: text.gres_used(node.group.gpu_type, node.group.gpus, node.free_gpus)),
        True,
    ),
    "groups": Field("GROUPS", _always("all")),
    "memory": Field("MEMORY", _node(lambda node: node.group.memory_mib, none="0"), True),
    "nodeai": Field("NODES(A/I)", lambda group, context: "{}/{}".format(*_counts(group)[:2])),
    "nodeaiot": Field("NODES(A/I/O/T)", lambda group, context: _four(group)),
    "nodehost": Field("HOSTNAMES", _names),
    "nodelist": Field("NODELIST", _names),
    "nodes": Field("NODES", lambda group, context: str(len(group.nodes))),
    "oversubscribe": Field("OVERSUBSCRIBE", _always("NO")),
    "partition": Field("PARTITION", _partition(lambda partition: partition.name + "*" * partition.default)),
    "partitionname": Field("PARTITION", _partition(lambda partition: partition.name)),
    "prioritytier": Field("PRIO_TIER", _partition(lambda partition: partition.tier)),
    "reason": Field("REASON", _node(lambda node: node.reason or "none", none="none"), True),
    "root": Field("ROOT", _always("no")),
    "size": Field("JOB_SIZE", _always("1-infinite")),
    "socketcorethread": Field("S:C:T", _node(lambda node: f"2:{node.group.cpus // 2}:1"), True),
    "statecompact": Field("STATE", _node(lambda node: _COMPACT[state_long(node)]), True),
    "statecomplete": Field("STATECOMPLETE", _node(state_complete), True),
    "statelong": Field("STATE", _node(state_long), True),
    "time": Field("TIMELIMIT", _limit),
    "timestamp": Field("TIMESTAMP", _since, True),
    "user": Field("USER", _node(lambda node: "root" if node.reason else "Unknown"), True),
    "version": Field("VERSION", lambda group, context: context.sim.spec.version.split()[-1]),
    "weight": Field("WEIGHT", _always("1")),
}

FIELDS: Mapping[str, Field] = _F
"""Fields of -O, by their name in small letters."""

_NAMES = (
    "a:available A:nodeai b:features_act c:cpus C:cpusstate d:disk D:nodes e:freemem E:reason f:features "
    "F:nodeaiot g:groups G:gres h:oversubscribe H:timestamp l:time m:memory n:nodehost N:nodelist O:cpusload "
    "P:partition p:prioritytier r:root R:partitionname s:size t:statecompact T:statelong u:user v:version "
    "w:weight z:socketcorethread"
)
LETTERS: Mapping[str, Field] = {pair[0]: _F[pair[2:]] for pair in _NAMES.split()}
"""Fields of -o."""
