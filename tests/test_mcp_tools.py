from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client

from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime, scancelled
from tests.mcp_kit import server_of


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runtime, Path]]:
    """For calls that are refused: a runtime and its root."""
    root = Path(tmp_path_factory.mktemp("common"))
    with a_runtime(root) as runtime:
        yield runtime, root


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("list_jobs", {"state": ["failed"]}, ["'state'", "states", "users", "limit"]),
        ("health_check", {"verbose": True}, ["'verbose'", "it takes none"]),
        ("cancel_jobs", {"cluster": CLUSTER, "job_ids": ["1"], "dry_run": True}, ["'dry_run'", "job_ids"]),
        ("cleanup_history", {"days": 1, "dryrun": True}, ["'dryrun'", "dry_run"]),
    ],
)
async def test_an_argument_that_does_not_exist_is_refused_with_those_that_do(common, tool, arguments, words):
    runtime, root = common
    async with Client(server_of(runtime)) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    told = "".join(part.text for part in result.content)
    assert all(word in told for word in words), told
    assert scancelled(root) == []


async def test_the_schema_of_every_tool_says_that_there_are_no_others(common):
    async with Client(server_of(common[0])) as client:
        tools = (await client.list_tools()).tools
    assert tools
    assert [tool.name for tool in tools if tool.input_schema.get("additionalProperties") is not False] == []
