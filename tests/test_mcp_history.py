from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client

from clausius_panel.runtime import Runtime
from tests.faces import a_runtime
from tests.mcp_kit import server_of
from tests.queries.history_kit import add


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with a_runtime(Path(tmp_path_factory.mktemp("history"))) as runtime:
        for i in range(6):
            add(runtime.store, i, f"02-0{i + 1} 00:00", 2, cluster="here", gpus=1, cpus=16, total_cpu_s=3600.0)
        yield runtime


async def call(runtime: Runtime, tool: str, **arguments: object) -> tuple[dict[str, object], str]:
    """A tool's structured answer, and the text of its error."""
    async with Client(server_of(runtime)) as client:
        result = await client.call_tool(tool, arguments)
    words = "".join(part.text for part in result.content) if result.is_error else ""
    return result.structured_content or {}, words


async def test_history_comes_page_by_page_with_the_total_and_the_age(runtime):
    first, _ = await call(runtime, "get_history", limit=4, text="train")
    rest, _ = await call(runtime, "get_history", limit=4, text="train", cursor=first["cursor"])
    assert [job["job_id"] for job in first["jobs"] + rest["jobs"]] == ["5", "4", "3", "2", "1", "0"]
    assert (first["total"], rest["cursor"]) == (6, None)
    assert first["clusters"][0]["cluster"] == "here"
    none, _ = await call(runtime, "get_history", days=1)
    assert none["total"] == 0


async def test_usage_is_told_by_period_and_group(runtime):
    answer, _ = await call(
        runtime, "get_usage", start="2026-02-01", end="2026-02-28", period="month", group="user"
    )
    assert answer["series"][0]["cpu_hours"] == 192
    assert answer["summary"]["gpu_hours"] == 12
    assert answer["most"]["user"][0]["value"] == "alice"
    assert answer["period"] == "month"


@pytest.mark.parametrize("tool", ["get_usage_history", "get_gpu_usage_history"])
async def test_the_history_of_an_account_has_a_row_for_each_day(runtime, tool):
    answer, _ = await call(runtime, tool, account="uni-phys-lab1", days=14)
    assert len(answer["days"]) == 14
    assert set(answer["days"][0]) == {"period", "gpu_hours", "cpu_hours", "jobs"}
    _, words = await call(runtime, tool, account="nosuch")
    assert "uni-phys-lab1" in words


async def test_waits_and_efficiency_are_rows(runtime):
    span = {"start": "2026-02-01", "end": "2026-02-28"}
    waits, _ = await call(runtime, "get_wait_times", by="qos", **span)
    assert (waits["rows"][0]["group"], waits["rows"][0]["p50"], waits["estimates"]) == ("normal", 1, [])
    used, _ = await call(runtime, "get_efficiency", group="account", **span)
    assert used["rows"][0]["cpu_percent"] == pytest.approx(3.125)
    assert used["rows"][0]["gpu_percent"] is None
    assert used["advice"][0]["resource"] == "cpus"


async def test_boxes_are_rows_of_both_measures(runtime):
    answer, _ = await call(runtime, "get_time_boxes", start="2026-02-01", end="2026-02-28", users=["alice"])
    boxes = {(row["measure"], row["by"], row["group"]): row for row in answer["rows"]}
    assert boxes["wait_h", "qos", "normal"]["p50"] == 1
    assert boxes["run_h", "gpus", "1"]["p95"] == 2
    assert answer["clusters"][0]["cluster"] == "here"


async def test_sql_is_answered_and_described_and_nothing_else(runtime):
    answer, _ = await call(runtime, "query_history", sql="SELECT count(*) AS n FROM jobs")
    assert answer["rows"] == [{"n": 6}]
    schema, _ = await call(runtime, "query_history")
    assert {"gpu_hours", "wait_s"} <= {each["column"] for each in schema["columns"] if each["view"] == "jobs"}
    _, words = await call(runtime, "query_history", sql="SELECT * FROM api_keys")
    assert "no view" in words


async def test_an_export_is_a_new_file_for_its_owner_only(runtime):
    answer, _ = await call(runtime, "export_history", format="csv", users=["alice"])
    path = Path(str(answer["path"]))
    assert answer["jobs"] == 6
    assert path.parent == runtime.config.data_dir / "exports"
    seen = os.stat(path)  # noqa: PTH116 - pathlib's would be no better in an async test
    assert (seen.st_mode & 0o077, seen.st_size) == (0, answer["bytes"])


@pytest.mark.parametrize(
    ("tool", "arguments", "remedy"),
    [
        ("get_history", {"users": ["nobody"]}, "alice"),
        ("get_history", {"cursor": "junk"}, "cursor"),
        ("get_history", {"since": "2025-01-01", "until": "2024-01-01"}, "2025-01-01"),
        ("get_usage", {"start": "2026-02-02", "end": "2026-02-01"}, "2026-02-02"),
        ("get_usage", {"tz": "Mars/Base"}, "Europe/Berlin"),
        ("get_wait_times", {"clusters": ["nosuch"]}, "here"),
        ("get_time_boxes", {"start": "2026-02-02", "end": "2026-02-01"}, "2026-02-02"),
    ],
)
async def test_bad_input_is_a_tool_error_with_the_remedy(runtime, tool, arguments, remedy):
    _, words = await call(runtime, tool, **arguments)
    assert remedy in words


async def test_every_filter_of_the_past_can_be_given(runtime):
    span = {"start": "2026-02-01", "end": "2026-02-28"}
    told, _ = await call(
        runtime, "get_history", qos=["normal"], since="2026-02-02", until="2026-02-04T01:00:00+01:00"
    )
    assert [job["job_id"] for job in told["jobs"]] == ["3", "2"]
    narrowed = {"qos": ["normal"], "states": ["completed"], "account_segments": 1}
    told, _ = await call(runtime, "get_usage", group="account", complete_periods_only=True, **span, **narrowed)
    assert {row["group"] for row in told["series"]} == {"uni"}
    assert told["summary"]["jobs"] == 6
    for tool in ("get_history", "get_usage"):
        for name in ("qos", "gpu_types", "projects", "states"):
            _, words = await call(runtime, tool, **{name: ["nosuch"]})
            assert "nosuch" in words.lower(), (tool, name)
