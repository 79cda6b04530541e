from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mcp import Client

from clausius_panel import queries
from clausius_panel import store as st
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime
from tests.mcp_kit import server_of
from tests.stats_kit import calls, give, quiet_queue


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as runtime:
        quiet_queue(tmp_path / "slurm")
        give(tmp_path / "slurm")
        yield runtime


async def call(runtime: Runtime, tool: str, **arguments: object) -> tuple[dict[str, object], str]:
    """A tool's structured answer, and the text of its error."""
    async with Client(server_of(runtime)) as client:
        result = await client.call_tool(tool, arguments)
    words = "".join(part.text for part in result.content) if result.is_error else ""
    return result.structured_content or {}, words


async def test_what_a_job_uses_is_told_with_verdicts_and_ages(runtime, tmp_path):
    answer, _ = await call(runtime, "get_job_stats", cluster=CLUSTER, job_id="1")
    assert answer["cpus_used"] == pytest.approx(2.0, rel=0.01)
    assert answer["as_of"].endswith("Z")
    assert {verdict["topic"] for verdict in answer["verdicts"]} == {"cpu", "memory"}
    assert answer["clusters"][0]["cluster"] == CLUSTER
    assert calls(tmp_path / "slurm", "srun") == 0


async def test_measuring_gpus_is_a_tool_of_its_own_that_says_it_changes_something(runtime, tmp_path):
    async with Client(server_of(runtime)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert tools["get_job_stats"].annotations.read_only_hint is True
    assert tools["measure_job_gpus"].annotations.read_only_hint is False
    answer, _ = await call(runtime, "measure_job_gpus", cluster=CLUSTER, job_id="1")
    assert [gpu["index"] for gpu in answer["devices"]] == [0, 1]
    assert st.audit_rows(runtime.store)[0].actor == "mcp"


async def test_read_only_mode_refuses_the_step(runtime, tmp_path):
    with runtime.store.write() as cur:
        st.set_setting(cur, "read_only", True)
    _, words = await call(runtime, "measure_job_gpus", cluster=CLUSTER, job_id="1")
    assert "read-only mode" in words
    assert calls(tmp_path / "slurm", "srun") == 0


async def test_an_attempt_of_a_requeued_job_is_told_by_its_number(runtime):
    runtime.refresh()
    job = queries.job(runtime.store, cluster=CLUSTER, job_id="1").job
    before = replace(job, state="REQUEUED", submit_time=job.submit_time - timedelta(days=1), elapsed_s=0)
    with runtime.store.write() as cur:
        st.merge_ended(cur, CLUSTER, [before], at=datetime.now(UTC))
    told = [(await call(runtime, "get_job_stats", cluster=CLUSTER, job_id="1", attempt=at))[0] for at in (None, 1)]
    assert [(each["attempt"], each["attempts"], each["state"]) for each in told] == [
        (2, 2, "RUNNING"),
        (1, 2, "REQUEUED"),
    ]
    _, words = await call(runtime, "get_job_stats", cluster=CLUSTER, job_id="1", attempt=3)
    assert "attempt: 3 is unknown; of job 1 on here 2 attempts are known, the last one is 2" in words


async def test_an_unknown_job_or_cluster_is_a_tool_error_that_says_what_was_looked_up(runtime):
    _, words = await call(runtime, "get_job_stats", cluster=CLUSTER, job_id="987")
    assert "'987' is unknown; no job of this id was seen on here: looked up in its queue" in words
    _, words = await call(runtime, "get_job_stats", cluster="nosuch", job_id="1")
    assert "cluster: 'nosuch' is unknown; known clusters: here" in words
