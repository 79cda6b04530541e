from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mcp import Client

from clausius_panel import actions
from clausius_panel import store as st
from clausius_panel.model import Job
from clausius_panel.runtime import Runtime
from tests.faces import CLUSTER, a_runtime
from tests.mcp_kit import server_of

ENDED = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def runtime(tmp_path: Path):
    with a_runtime(tmp_path) as runtime:
        usual = {"cluster": CLUSTER, "submit_time": ENDED, "end_time": ENDED}
        jobs = [
            Job(job_id=str(number), job_id_raw=str(number), state=state, **usual)
            for number, state in ((11, "FAILED"), (12, "COMPLETED"))
        ]
        with runtime.store.write() as cur:
            st.merge_ended(cur, CLUSTER, jobs, at=datetime.now(UTC))
        yield runtime


async def answer(runtime: Runtime, tool: str, **arguments: object):
    async with Client(server_of(runtime)) as client:
        return await client.call_tool(tool, arguments)


def ids(runtime: Runtime, sql: str) -> list[str]:
    with runtime.store.read() as cur:
        return [row[0] for row in cur.execute(f"SELECT job_id FROM jobs WHERE {sql} ORDER BY 1").fetchall()]


async def test_clearing_hides_and_deletes_nothing(runtime):
    assert (await answer(runtime, "clear_failed")).structured_content["hidden"] == 1
    assert ids(runtime, "hidden_state IS NOT NULL") == ["11"]
    assert (await answer(runtime, "clear_completed", clusters=[CLUSTER])).structured_content["hidden"] == 1
    assert ids(runtime, "true") == ["11", "12"]


async def test_a_cleanup_is_a_dry_run_unless_it_is_told_otherwise(runtime):
    told = (await answer(runtime, "cleanup_history", days=30)).structured_content
    assert (told["jobs"], told["dry_run"]) == (2, True)
    assert ids(runtime, "true") == ["11", "12"]
    assert (await answer(runtime, "cleanup_history", days=30, dry_run=False)).structured_content["jobs"] == 2
    assert ids(runtime, "true") == []


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("clear_failed", {"clusters": ["nosuch"]}, CLUSTER),
        ("cleanup_history", {"days": 0, "dry_run": False}, "days"),
        ("cleanup_history", {"days": 30, "dry_run": False, "clusters": ["nosuch"]}, CLUSTER),
    ],
)
async def test_bad_input_is_a_tool_error_and_changes_nothing(runtime, tool, arguments, words):
    result = await answer(runtime, tool, **arguments)
    assert result.is_error
    assert words in result.content[0].text
    assert ids(runtime, "hidden_state IS NULL") == ["11", "12"]


async def test_read_only_mode_holds_for_them(runtime):
    actions.set_setting(runtime.store, "read_only", "true")
    for tool, arguments in (
        ("clear_failed", {}),
        ("clear_completed", {}),
        ("cleanup_history", {"days": 30, "dry_run": False}),
    ):
        result = await answer(runtime, tool, **arguments)
        assert "read-only" in result.content[0].text
    assert not (await answer(runtime, "cleanup_history", days=30)).is_error
    assert ids(runtime, "hidden_state IS NULL") == ["11", "12"]
