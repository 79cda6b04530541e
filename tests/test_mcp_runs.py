from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client

from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime, row
from tests.mcp_kit import server_of


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A run of two jobs of the project hle, and a job of its own."""
    root = Path(tmp_path_factory.mktemp("runs"))
    waits = {"State": "PENDING", "Dependency": "afterok:1(unfulfilled)", "StartTime": "N/A"}
    queue = [
        row(1, Name="hle_mpsf_eval-r1"),
        row(2, Name="hle_mpsf_eval-r1-judge", **waits),
        row(9, Name="other_x_y", UserName="bob", SubmitTime="2026-01-01T00:00:00"),
    ]
    with a_runtime(root) as runtime:
        (root / "slurm" / "queue.json").write_text(json.dumps(queue))
        yield runtime


async def call(runtime: Runtime, tool: str, **arguments: object) -> tuple[dict[str, object], str]:
    """A tool's structured answer, and the text of its error."""
    async with Client(server_of(runtime)) as client:
        result = await client.call_tool(tool, arguments)
    words = "".join(part.text for part in result.content) if result.is_error else ""
    return result.structured_content or {}, words


async def test_a_run_is_found_by_any_of_its_jobs_with_its_jobs_in_order(runtime):
    answer, _ = await call(runtime, "get_run_info", cluster=CLUSTER, run_or_job="2")
    assert [job["job_id"] for job in answer["jobs"]] == ["1", "2"]
    assert answer["jobs"][1]["parents"] == ["1"]
    assert answer["run"]["tasks"] == {"running": 1, "pending": 1}
    assert answer["total"] == 2
    assert answer["clusters"][0]["source"] in ("live", "store")


async def test_projects_are_told_by_the_names_of_jobs(runtime):
    answer, _ = await call(runtime, "list_projects")
    found = {project["name"]: project["tasks"] for project in answer["projects"]}
    assert found == {"hle": {"running": 1, "pending": 1}, "other": {"running": 1}}


async def test_the_jobs_of_a_project_come_page_by_page(runtime):
    first, _ = await call(runtime, "get_project_jobs", project="hle", limit=1)
    rest, _ = await call(runtime, "get_project_jobs", project="hle", offset=1, campaign="mpsf")
    assert (first["total"], rest["total"]) == (2, 2)
    assert {job["job_id"] for job in first["jobs"] + rest["jobs"]} == {"1", "2"}


@pytest.mark.parametrize(
    ("tool", "arguments", "value", "remedy"),
    [
        ("get_run_info", {"cluster": "nosuch", "run_or_job": "1"}, "nosuch", CLUSTER),
        ("get_run_info", {"cluster": CLUSTER, "run_or_job": "987"}, "987", "no run or job"),
        ("get_project_jobs", {"project": "nosuch"}, "nosuch", "hle"),
    ],
)
async def test_bad_input_is_a_tool_error_with_value_and_remedy(runtime, tool, arguments, value, remedy):
    _, words = await call(runtime, tool, **arguments)
    assert value in words
    assert remedy in words
