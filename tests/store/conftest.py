"""A real store in a file, and programs that use it from other processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clausius_panel.store import Store
from tests.store.processes import ADD, Spawn
from tests.stores import new_store

_HEAD = f"""
import os, signal, sys, threading, time
from pathlib import Path
from clausius_panel.errors import StoreError
from clausius_panel.store import Store
path = Path(sys.argv[1])
ADD = {ADD!r}
def add(store, action="x"):
    with store.write() as cur:
        cur.execute(ADD, [action])
def count(store):
    with store.read() as cur:
        return cur.execute("SELECT count(*) FROM audit").fetchall()[0][0]
def say(word):
    print(word, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "clausius.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = new_store(path)
    yield store
    store.close()


@pytest.fixture
def spawn(path: Path) -> Iterator[Spawn]:
    """Starts another Python on the same store; its program has `path`, `add`, `count` and `say`."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _HEAD + program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
