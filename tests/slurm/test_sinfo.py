from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.model import Node, Partition
from clausius_panel.slurm.dialect import Dialect
from clausius_panel.slurm.sinfo import FORMAT, parse

DATA = Path(__file__).parent / "data"
GUARD, END = "\x1fGUARD", "\x1eguard\n"


def recorded(name: str) -> tuple[dict[str, Node], dict[str, Partition]]:
    text = (DATA / f"sinfo-{name}.txt").read_text(encoding="utf-8")
    nodes, partitions = parse(text, cluster="c", dialect=Dialect(), guard=GUARD)
    return {node.name: node for node in nodes}, {partition.name: partition for partition in partitions}


@pytest.mark.parametrize("path", sorted(DATA.glob("sinfo-*.txt")), ids=lambda path: path.stem)
def test_every_recorded_answer_parses(path: Path):
    nodes, partitions = recorded(path.stem.removeprefix("sinfo-"))
    assert nodes
    assert sum(partition.is_default for partition in partitions.values()) == 1
    for node in nodes.values():
        assert node.state.isupper()
        assert 0 <= node.cpus_alloc <= node.cpus
        assert 0 <= node.gpus_alloc <= node.gpus
        assert set(node.partitions) <= partitions.keys()
    for partition in partitions.values():
        counted = partition.nodes_alloc + partition.nodes_idle + partition.nodes_other
        assert counted == partition.nodes == sum(partition.name in node.partitions for node in nodes.values())


def test_a_node_of_two_partitions_is_one_node():
    nodes, _ = recorded("22.05-beta")
    assert nodes["beta-n01"].partitions == ("batch", "retired")
    assert (nodes["beta-n01"].gpus, nodes["beta-n01"].gpu_type) == (4, "a100")


def test_a_drained_node_says_why_and_takes_no_job():
    nodes, partitions = recorded("22.05-beta")
    node = nodes["beta-n03"]
    assert (node.state, node.flags, node.reason) == ("IDLE", ("DRAIN",), "ECC errors on gpu2 (ticket 4711)")
    assert not node.is_available
    assert partitions["batch"].nodes_other == 1


def test_partitions_come_out_of_the_same_answer():
    _, partitions = recorded("22.05-beta")
    batch, retired = partitions["batch"], partitions["retired"]
    assert (batch.state, batch.is_default, batch.nodes, batch.cpus, batch.gpus) == ("UP", True, 4, 128, 16)
    assert batch.time_limit_s == 86400
    assert (retired.state, retired.time_limit_s) == ("DOWN", 600)


def test_an_older_version_without_the_complete_state():
    nodes, partitions = recorded("20.11")
    assert (nodes["n1"].state, nodes["n1"].flags) == ("IDLE", ("DRAIN", "NOT_RESPONDING"))
    assert (nodes["n1"].gpus, nodes["n1"].gpu_type, nodes["n1"].features) == (4, "tesla", ())
    assert nodes["n2"].flags == ("POWERED_DOWN",)
    assert (partitions["main"].time_limit_s, partitions["old"].state) == (None, "INACTIVE")


def test_several_types_mig_and_shards():
    nodes, partitions = recorded("24.11")
    assert (nodes["g1"].gpus, nodes["g1"].gpus_alloc, nodes["g1"].gpu_type) == (11, 5, "h100,1g.10gb")
    assert nodes["g2"].flags == ("DRAIN", "NOT_RESPONDING", "REBOOT_REQUESTED")
    assert nodes["g2"].reason == 'disk | full, "ask" ops'
    assert partitions["main"].gpu_type == "h100,1g.10gb"


def record(**fields: str) -> str:
    defaults = {"NodeList": "n1", "Partition": "p", "StateLong": "idle", "CPUsState": "0/4/0/4"}
    head, _, tail = FORMAT.fields(Dialect())
    given_ = {**dict.fromkeys(head + tail, ""), **defaults, **fields}
    return "\x1f".join(given_[name] for name in head) + "".join(GUARD + given_[name] for name in tail) + END


HEADER = record(**{name: name.upper() for name in (*FORMAT.head, *FORMAT.tail)})


@given(st.sampled_from([*FORMAT.head, *FORMAT.tail]), st.text(alphabet=st.characters(codec="ascii"), max_size=12))
def test_any_text_in_any_field_is_read_or_a_parse_error_with_its_line(field: str, text: str):
    printed = HEADER + record(NodeList="n0") + record(**{field: text})
    try:
        nodes, partitions = parse(printed, cluster="c", dialect=Dialect(), guard=GUARD)
    except ParseError as error:
        assert (error.command, error.line) == ("sinfo", 3)  # noqa: PT017 -- it need not be raised
    else:
        assert nodes
        assert partitions
