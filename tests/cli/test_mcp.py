from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from tests.http import TOKEN, ask, process_serving


async def test_over_stdin_and_stdout_nothing_but_the_protocol_is_said(common):
    server = StdioServerParameters(
        command=sys.executable,
        args=["-W", "error", "-m", "clausius_panel", "--data-dir", str(common / "data"), "mcp"],
        env={"PATH": os.environ["PATH"], "HOME": str(common), "CLAUSIUS_TOKEN": TOKEN},  # which it does not need
        cwd=str(Path(__file__).parents[2]),
    )
    async with Client(server) as client:
        assert "list_jobs" in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("list_jobs", {"mine": False})
    assert result.structured_content["total"] == 3


@pytest.mark.usefixtures("common")
def test_mcp_over_http_comes_without_the_page():
    words = ("mcp", "--http", "--port", "0", "--token", TOKEN)
    with process_serving(*words) as (process, (api, _)):
        assert ask(api, "/mcp", token="wrong").status == 401
        assert json.loads(ask(api, "/api/clusters").body)[0]["up"] is True
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
