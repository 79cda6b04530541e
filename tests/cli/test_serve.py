from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.http import ask, process_serving


def test_the_demo_serves_three_clusters_and_leaves_and_touches_nothing_of_the_persons_own(tmp_path: Path):
    words = ("demo", "--no-browser", "--port", "0", "--api-port", "0", "--seed", "3")
    with process_serving(*words, temporary=tmp_path) as (process, sites):
        page, api = sites
        assert ask(page, "/", token="").status == 302
        health = json.loads(ask(api, "/api/health", token="").body)
        assert health["clusters"] == 3
        assert list(tmp_path.glob("clausius-demo-*"))
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert not list(tmp_path.glob("clausius-demo-*"))
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("common")
def test_a_wrong_port_in_the_environment_is_named_with_its_variable(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAUSIUS_PORT", "notaport")
    result = run("serve", "--no-browser")
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert "CLAUSIUS_PORT" in line
    assert "notaport" in line


@pytest.mark.usefixtures("common")
def test_the_token_may_come_from_the_environment_and_help_says_so(run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAUSIUS_TOKEN", "too-short")
    result = run("serve", "--no-browser")
    assert result.exit_code == 2
    assert "CLAUSIUS_TOKEN" in result.stderr
    assert "too-short" not in result.stderr
    for command in ("serve", "mcp"):
        assert "env var: CLAUSIUS_TOKEN" in " ".join(run(command, "--help").stdout.split())


def test_a_demo_whose_window_is_closed_before_it_is_ready_leaves_no_file_behind(tmp_path: Path):
    words = [sys.executable, "-m", "clausius_panel", "demo", "--no-browser", "--port", "0", "--api-port", "0"]
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stderr is not None
        end = time.monotonic() + 20
        while not list(tmp_path.glob("clausius-demo-*")) and time.monotonic() < end:
            time.sleep(0.01)
        assert list(tmp_path.glob("clausius-demo-*"))
        process.send_signal(signal.SIGHUP)
        try:
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode in (0, 128 + signal.SIGHUP)
    assert "Traceback" not in errors
    assert not list(tmp_path.glob("clausius-demo-*"))
