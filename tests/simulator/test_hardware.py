from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.simulator.hardware import NodeGroup, allocate, build_nodes, place
from clausius_panel.simulator.job import Shape

GROUP = NodeGroup(names=("n1", "n2", "n3"), cpus=8, memory_mib=8000, gpus=4, gpu_type="a100")
shapes = st.builds(
    Shape,
    nodes=st.integers(1, 3),
    cpus=st.integers(0, 9),
    memory_mib=st.integers(0, 9000),
    gpus=st.integers(0, 5),
    gpu_type=st.sampled_from(["a100", "h100", ""]),
)


@settings(max_examples=50)
@given(st.lists(shapes, max_size=12))
def test_no_node_gives_more_than_it_has_and_gets_all_of_it_back(asked: list[Shape]):
    nodes = build_nodes([GROUP])
    given_out = []
    for number, shape in enumerate(asked):
        chosen = place(shape, nodes.values())
        if chosen:
            given_out.append((number, shape, allocate(number, shape, chosen)))
    for node in nodes.values():
        assert node.free_cpus >= 0
        assert node.free_memory_mib >= 0
    indices = [(name, gpu) for _, _, placement in given_out for name, gpus in placement.items() for gpu in gpus]
    assert len(indices) == len(set(indices))
    for number, shape, placement in given_out:
        assert [len(gpus) for gpus in placement.values()] == [shape.gpus] * shape.nodes
        for name, gpus in placement.items():
            nodes[name].release(number, shape, gpus)
    assert {(n.free_cpus, n.free_memory_mib, n.free_gpus) for n in nodes.values()} == {(8, 8000, (0, 1, 2, 3))}


def test_a_job_goes_where_it_leaves_whole_nodes_free():
    nodes = build_nodes([GROUP])
    nodes["n2"].take(1, Shape(cpus=1, memory_mib=1, gpus=3))
    assert [node.name for node in place(Shape(gpus=1), nodes.values())] == ["n2"]


def test_drained_and_lost_nodes_get_nothing_new():
    nodes = build_nodes([GROUP])
    nodes["n1"].drain, nodes["n2"].down = True, True
    assert [node.name for node in place(Shape(), nodes.values())] == ["n3"]
    assert place(Shape(nodes=2), nodes.values()) == []


def test_a_copy_can_be_tried_on_without_harm():
    node = build_nodes([GROUP])["n1"]
    node.copy().take(1, Shape(cpus=8, gpus=4))
    assert (node.free_cpus, node.jobs) == (8, set())
