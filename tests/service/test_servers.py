from __future__ import annotations

import gc
import json
import signal
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from clausius_panel.cli import clausius
from clausius_panel.errors import InvalidInput
from clausius_panel.service.servers import api_server
from tests.faces import a_runtime, data_directory
from tests.http import SERVE, TOKEN, ask, process_serving


def test_one_process_serves_page_rest_and_mcp_with_one_kept_token_never_logs_it_and_ends_cleanly(tmp_path: Path):
    data = data_directory(tmp_path)
    with process_serving("--data-dir", str(data), *SERVE[:-2]) as (process, (page, api)):
        token = (data / "token").read_text().strip()
        assert (data / "token").stat().st_mode & 0o777 == 0o600
        assert ask(page, "/", token="").status == 302
        assert ask(page, f"/login?token={token}", token="").status == 303
        assert ask(page, f"/login?token={token}&next=%FF", token="").status == 400
        assert json.loads(ask(api, "/api/jobs", token=token).body)["total"] == 3
        assert ask(api, "/mcp", token="").status == 401
        assert ask(api, "/mcp", method="POST", body="{}", token=token).status in (400, 406)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Invalid unicode" in " ".join(errors.split())
    assert token not in "".join(errors.split())


def code_and_errors(*words: str) -> tuple[int, str]:
    """Of the command in this process. What Tornado could not bind, it leaves to the garbage collector."""
    done = CliRunner().invoke(clausius, words)
    told = done.exit_code, done.stderr
    del done
    gc.collect()
    return told


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize("option", ["--port", "--api-port"])
def test_a_port_that_is_taken_costs_one_line_and_exit_code_2(tmp_path: Path, option):
    data = data_directory(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, errors = code_and_errors("--data-dir", str(data), *SERVE, option, port)
    assert code == 2
    [line] = errors.splitlines()
    assert port in line
    assert "in use" in line
    assert option in line


@pytest.mark.parametrize("host", ["::1", "", "nosuchhost.invalid"])
def test_an_address_that_is_not_ours_is_refused(tmp_path: Path, host):
    with (
        a_runtime(tmp_path, api_port=0) as runtime,
        pytest.raises(InvalidInput, match=r"host|address"),
        api_server(runtime, host=host, token=TOKEN),
    ):
        pass


@pytest.mark.chromium
def test_a_browser_opens_the_printed_url_and_sees_live_jobs_and_no_token(tmp_path: Path, browser_page):
    data = data_directory(tmp_path)
    with process_serving("--data-dir", str(data), *SERVE) as (_, (page, _)):
        browser_page.goto(f"{page.url}/")
        browser_page.get_by_label("Token").fill("guess")
        browser_page.get_by_role("button", name="Open").click()
        browser_page.get_by_role("alert").wait_for()
        browser_page.goto(f"{page.url}/?token={TOKEN}&q=pretrain")
        browser_page.get_by_text("llm_pretrain").first.wait_for(timeout=30_000)
        assert TOKEN not in browser_page.url
        assert "q=pretrain" in browser_page.url
        assert [cookie["httpOnly"] for cookie in browser_page.context.cookies()] == [True]
