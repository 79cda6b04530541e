from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.model.hostlist import expand
from clausius_panel.queries.usage import usage_board, usage_nodes
from tests.queries.history_kit import NOW, add
from tests.stores import filled

SPAN = {"start": date(2026, 1, 5), "end": date(2026, 1, 5), "now": NOW}


@filled
def past(store):
    with store.write() as cur:
        cur.execute("DELETE FROM jobs")
        cur.execute("DELETE FROM nodes")
        cur.execute(
            """INSERT INTO nodes
               SELECT 'alpha', 'n' || i, 'IDLE', [], '', [], [], 8, 0, 1000, 0, i - 1, 0, '', '', '',
                   TIMESTAMP '2026-01-01' FROM range(1, 3) t(i)"""
        )


def by_node(store, column="cpu_hours", **more) -> dict[str, float]:
    frame = usage_nodes(store, **{**SPAN, **more})
    return dict(zip(frame["node"], frame[column], strict=True))


def test_a_job_on_several_nodes_counts_once_and_is_split_over_them(past):
    add(past, 1, "01-05 00:00", 2, nodes=4, cpus=16, gpus=8, node_list="n[1-4]")
    assert by_node(past) == {"n1": 8, "n2": 8, "n3": 8, "n4": 8}
    assert by_node(past, "gpu_hours") == {"n1": 4, "n2": 4, "n3": 4, "n4": 4}
    assert by_node(past, "node_hours") == {"n1": 2, "n2": 2, "n3": 2, "n4": 2}


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("gpu[01-02],cpu[001-003]", {"gpu01", "gpu02", "cpu001", "cpu002", "cpu003"}),
        ("node-a[01-02]", {"node-a01", "node-a02"}),
        ("rack[1-2]-n[01-02]", {"rack1-n01", "rack1-n02", "rack2-n01", "rack2-n02"}),
        ("a,b", {"a", "b"}),
        ("n[1,3,5-6]", {"n1", "n3", "n5", "n6"}),
        ("broken[1-", {"broken[1-"}),
        ("", {""}),
    ],
)
def test_host_lists_of_any_shape_are_split_without_loss(past, text, hosts):
    add(past, 1, "01-05 00:00", 3, cpus=10, node_list=text)
    found = by_node(past)
    assert set(found) == hosts
    assert sum(found.values()) == pytest.approx(30)


def test_per_cent_are_of_what_the_node_could_have_given(past):
    add(past, 1, "01-05 00:00", 12, cpus=8, gpus=1, node_list="n2")
    add(past, 2, "01-05 00:00", 12, cpus=8, node_list="gone")
    assert by_node(past, "cpu_percent")["n2"] == pytest.approx(100 * 96 / (8 * 24))
    assert by_node(past, "gpu_percent")["n2"] == pytest.approx(50)
    assert by_node(past, "cpu_percent")["gone"] != by_node(past, "cpu_percent")["gone"]  # NaN


def test_of_a_day_that_is_not_over_only_what_is_over_counts(past):
    add(past, 1, "01-05 00:00", 6, cpus=8, node_list="n1")
    noon = datetime.fromisoformat("2026-01-05T12:00:00+00:00")
    assert by_node(past, "cpu_percent", now=noon)["n1"] == pytest.approx(50)


def test_nodes_are_told_apart_by_group_too(past):
    add(past, 1, "01-05 00:00", 1, node_list="n1")
    add(past, 2, "01-05 00:00", 2, node_list="n1", user_name="bob")
    nodes = usage_board(past, group="user", **SPAN).nodes
    assert dict(zip(nodes["group"], nodes["cpu_hours"], strict=True)) == {"alice": 4, "bob": 8}


NUMBER = st.from_regex("[0-9]{1,3}", fullmatch=True)
ITEM = st.one_of(NUMBER, st.builds("{}-{}".format, NUMBER, NUMBER), st.sampled_from(["", "-", "1-2-3", "0-6/2"]))
BRACKET = st.lists(ITEM, min_size=1, max_size=3).map(lambda items: f"[{','.join(items)}]")
NAME = st.lists(st.one_of(st.sampled_from(["n", "rack-", "cpu1", "", "-x", "[", "a b"]), BRACKET), max_size=3)
LIST = st.lists(NAME.map("".join), min_size=1, max_size=3).map(",".join)


@given(texts=st.lists(LIST, min_size=1, max_size=60, unique=True))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lists_are_split_in_bulk_as_they_are_one_by_one(past, texts):
    expected: Counter[str] = Counter()
    for text in texts:
        try:
            hosts = expand(text) or [""]
        except InvalidInput:
            hosts = [text]
        expected.update({host: 4 / len(hosts) for host in hosts})
    with past.write() as cur:
        cur.execute("DELETE FROM jobs")
    add(past, "pattern", "01-05 00:00", 1)
    with past.write() as cur:
        cur.execute(
            """INSERT INTO jobs BY NAME
               SELECT j.* REPLACE (t.i::VARCHAR AS job_id, t.i::VARCHAR AS job_id_raw, t.text AS node_list)
               FROM jobs j, (SELECT unnest($texts) AS text, generate_subscripts($texts, 1) AS i) t""",
            {"texts": texts},
        )
        cur.execute("DELETE FROM jobs WHERE job_id = 'pattern'")
    found = usage_nodes(past, **SPAN)
    assert dict(zip(found["node"], found["cpu_hours"], strict=True)) == pytest.approx(dict(expected))
