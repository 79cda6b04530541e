from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

from clausius_panel.cli.tables import Column, fit

COLUMNS = (
    Column(title="ID"),
    Column(title="NAME", flexible=8),
    Column(title="USER", rank=2),
    Column(title="NODES", right=True, rank=1),
)


def test_with_room_nothing_is_cut():
    assert fit(COLUMNS, [4, 20, 6, 5], 80) == {0: 4, 1: 20, 2: 6, 3: 5}


def test_flexible_columns_are_cut_first():
    assert fit(COLUMNS, [4, 20, 6, 5], 33) == {0: 4, 1: 12, 2: 6, 3: 5}


def test_then_columns_go_those_of_the_highest_rank_first():
    assert fit(COLUMNS, [4, 20, 6, 5], 22) == {0: 4, 1: 9, 3: 5}
    assert fit(COLUMNS, [4, 20, 6, 5], 16) == {0: 4, 1: 10}


def test_what_must_stay_stays_however_narrow():
    assert set(fit(COLUMNS, [4, 20, 6, 5], 3)) == {0, 1}


def on_a_terminal(width: int, **environment: str) -> str:
    """What `clausius jobs` shows on a terminal of this width."""
    ours, theirs = pty.openpty()
    unset = {"NO_COLOR"}
    env = {name: value for name, value in os.environ.items() if name not in unset}
    env |= {"COLUMNS": str(width), "TERM": "xterm-256color", **environment}
    child = subprocess.Popen(
        [sys.executable, "-m", "clausius_panel", "jobs"], stdout=theirs, stderr=theirs, env=env
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # how Linux tells that the other side has closed
    os.close(ours)
    assert child.wait(timeout=30) == 0
    return shown.decode()


def test_a_terminal_gets_colours_and_a_pipe_none(common, run, monkeypatch):
    monkeypatch.delenv("NO_COLOR")
    shown = on_a_terminal(160)
    assert "\x1b[32mrunning" in shown
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines())) <= 160
    assert "\x1b" not in run("jobs").stdout


def test_no_line_is_wider_than_the_terminal_and_no_color_is_honoured(common):
    shown = on_a_terminal(60, NO_COLOR="1")
    assert "\x1b[32m" not in shown
    plain = [line for line in shown.splitlines() if "\x1b" not in line]
    assert plain
    assert max(map(len, plain[:4])) <= 60
