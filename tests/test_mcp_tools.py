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


@pytest.mark.parametrize(
    ("tool", "arguments", "line"),
    [
        ("get_job", {"cluster": CLUSTER}, "argument job_id is missing"),
        (
            "get_job",
            {"cluster": CLUSTER, "job_id": True},
            "job_id: True is not valid; it should be a valid string",
        ),
        ("list_jobs", {"limit": 0}, "limit: 0 is not valid; it should be greater than or equal to 1"),
        ("list_jobs", {"limit": "many"}, "limit: 'many' is not valid; it should be a valid integer"),
        (
            "run_script",
            {"cluster": CLUSTER, "script": "x", "interpreter": "perl"},
            "interpreter: 'perl' is not valid",
        ),
        (
            "run_script",
            {"cluster": "x", "script": ""},
            "script: '' is not valid; it should have at least 1 character",
        ),
        ("list_jobs", {"clusters": [{}]}, "clusters.0: {} is not valid; it should be a valid string"),
    ],
)
async def test_an_argument_of_the_wrong_kind_costs_one_line(common, tool, arguments, line):
    async with Client(server_of(common[0])) as client:
        result = await client.call_tool(tool, arguments)
    told = "".join(part.text for part in result.content)
    assert result.is_error
    assert line in told
    assert "pydantic" not in told
    assert len(told.splitlines()) == 1


async def test_an_id_may_be_a_number_and_a_list_of_one_name_that_name(common):
    async with Client(server_of(common[0])) as client:
        job = await client.call_tool("get_job", {"cluster": CLUSTER, "job_id": 1})
        jobs = await client.call_tool("list_jobs", {"clusters": CLUSTER, "states": ["running"]})
    assert job.structured_content["job"]["job_id"] == "1"
    assert jobs.structured_content["jobs"]


async def test_the_schema_of_every_tool_says_that_there_are_no_others(common):
    async with Client(server_of(common[0])) as client:
        tools = (await client.list_tools()).tools
    assert tools
    assert [tool.name for tool in tools if tool.input_schema.get("additionalProperties") is not False] == []
