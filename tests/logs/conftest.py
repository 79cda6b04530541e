"""Real files, read through the real script in a real shell of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clausius_panel.logs import Access, LogSource, Root
from clausius_panel.transport import LocalTransport


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The only directory that may be read."""
    directory = tmp_path / "logs"
    directory.mkdir()
    return directory


@pytest.fixture
def local() -> Iterator[LocalTransport]:
    transport = LocalTransport()
    yield transport
    transport.close()


@pytest.fixture
def source(local: LocalTransport, logs: Path) -> LogSource:
    return LogSource(transport=local, access=Access.to([Root(path=str(logs))]))


@pytest.fixture
def write(logs: Path) -> Callable[[str, bytes | str], str]:
    """Writes a file into the logs; its path."""

    def put(name: str, content: bytes | str) -> str:
        path = logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return put
