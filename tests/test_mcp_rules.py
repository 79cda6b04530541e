from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client

from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime
from tests.mcp_kit import server_of


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as runtime:
        yield runtime


async def call(runtime: Runtime, tool: str, **arguments: object) -> tuple[dict[str, object], str]:
    """A tool's structured answer, and the text of its error."""
    async with Client(server_of(runtime)) as client:
        result = await client.call_tool(tool, arguments)
    words = "".join(part.text for part in result.content) if result.is_error else ""
    return result.structured_content or {}, words


async def test_path_bases_are_added_listed_and_removed(runtime):
    await call(runtime, "add_path_base", path="/scratch/{user}/logs", cluster=CLUSTER)
    answer, _ = await call(runtime, "list_path_bases")
    assert answer["path_bases"] == [{"template": "/scratch/{user}/logs", "cluster": CLUSTER}]
    assert answer["clusters"][0]["cluster"] == CLUSTER
    _, words = await call(runtime, "remove_path_base", path="/scratch/{user}/logs")
    assert "there are: /scratch/{user}/logs" in words
    answer, _ = await call(runtime, "remove_path_base", path="/scratch/{user}/logs", cluster=CLUSTER)
    assert answer["path_bases"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "logs"}, "absolute path"),
        ({"path": "/a/../b"}, "absolute path"),
        ({"path": "/a/{home}"}, "absolute path"),
        ({"path": "/a", "cluster": "nowhere"}, "known clusters: here"),
    ],
)
async def test_a_path_base_that_makes_no_sense_is_refused(runtime, arguments, said):
    _, words = await call(runtime, "add_path_base", **arguments)
    assert said in words


async def test_process_filters_bring_and_take_the_cluster_local(runtime):
    answer, _ = await call(runtime, "add_process_filter", text="no such command line")
    assert answer["process_filters"] == [{"text": "no such command line", "action": "include"}]
    assert [each["cluster"] for each in answer["clusters"]] == [CLUSTER, "local"]
    answer, _ = await call(runtime, "remove_process_filter", text="no such command line")
    assert [each["cluster"] for each in answer["clusters"]] == [CLUSTER]
    answer, _ = await call(runtime, "list_process_filters")
    assert answer["process_filters"] == []


async def test_rules_for_runs_are_listed_added_and_removed(runtime):
    runtime.refresh()
    shipped, _ = await call(runtime, "list_run_rules")
    assert (len(shipped["stages"]), shipped["gap_s"], shipped["regrouped"]) == (7, 300, 0)
    assert shipped["parents"][1]["parents"] == ["-judge-rs0", "-judge-rs", "-judge", ""]
    answer, _ = await call(runtime, "add_run_rule", kind="stage", pattern="eval[0-9]*")
    assert (answer["stages"][-1], answer["regrouped"]) == ("eval[0-9]*", 3)
    answer, _ = await call(runtime, "add_run_rule", kind="parent", pattern="-eval", parents=["-train", ""])
    assert (answer["parents"][0], answer["regrouped"]) == ({"suffix": "-eval", "parents": ["-train", ""]}, 0)
    _, words = await call(runtime, "add_run_rule", kind="stage", pattern="(a+)+")
    assert "repeat no group" in words
    await call(runtime, "remove_run_rule", kind="parent", pattern="-eval")
    await call(runtime, "remove_run_rule", kind="stage", pattern="eval[0-9]*")
    answer, _ = await call(runtime, "list_run_rules")
    assert (answer["stages"], answer["parents"]) == (shipped["stages"], shipped["parents"])
