import pytest

from clausius_panel.simulator.catalogue import USERS, ClusterSpec, catalogue
from clausius_panel.simulator.hardware import build_nodes

every_cluster = pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.name)


def test_three_clusters_of_three_versions_one_slow_and_one_flapping():
    specs = catalogue()
    assert [spec.name for spec in specs] == ["cinder", "tarn", "moraine"]
    assert len({spec.version for spec in specs}) == 3
    assert [spec.latency_s[1] > 1 for spec in specs] == [False, True, False]
    assert [spec.flap_s is not None for spec in specs] == [False, False, True]


@every_cluster
def test_partitions_and_troubles_name_nodes_that_there_are(spec: ClusterSpec):
    nodes = build_nodes(spec.groups)
    assert {name for partition in spec.partitions for name in partition.nodes} == nodes.keys()
    assert {trouble.node for trouble in spec.troubles} <= nodes.keys()
    assert sum(partition.default for partition in spec.partitions) == 1


@every_cluster
def test_every_campaign_could_run_on_its_partition(spec: ClusterSpec):
    nodes, partitions = build_nodes(spec.groups), {partition.name: partition for partition in spec.partitions}
    for campaign in spec.campaigns:
        partition = partitions[campaign.partition]
        assert partition.limit_s is None or max(campaign.limits_h) * 3600 <= partition.limit_s
        assert {user for user, _ in campaign.users} <= USERS.keys()
        for shape in campaign.shapes:
            assert sum(nodes[name].could_fit(shape) for name in partition.nodes) >= shape.nodes, campaign
