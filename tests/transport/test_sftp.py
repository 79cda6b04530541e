"""SFTP of a real OpenSSH server."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any

import pytest

from clausius_panel.errors import CommandFailed, CommandTimeout, Refused, Unreachable
from clausius_panel.logs import Access, LogSource, Root, list_directory, tail
from clausius_panel.logs.data_host import FileHost
from clausius_panel.testing import FakeTransport
from clausius_panel.transport.sftp import SFTPFiles

SUBSYSTEM = "Subsystem sftp internal-sftp\n"


@pytest.fixture
def server(make_sshd: Callable[..., Any]) -> Any:
    """A host that serves files and runs no commands."""
    return make_sshd(extra=f"{SUBSYSTEM}ForceCommand internal-sftp\n")


@pytest.fixture
def files(server: Any) -> Iterator[SFTPFiles]:
    files = SFTPFiles(server.cluster(), server.config())
    yield files
    files.close()


def test_bytes_are_read_from_anywhere(files: SFTPFiles, tmp_path: Path):
    content = os.urandom(300_000)
    (tmp_path / "a b").write_bytes(content)
    path = str(tmp_path / "a b")
    for offset, n_bytes, start in [
        (0, 300_000, 0),
        (5, 10, 5),
        (-7, 100, 299_993),
        (-(10**9), 4, 0),
        (10**9, 4, 10**9),
    ]:
        piece = files.read(path, offset=offset, max_bytes=n_bytes)
        assert (piece.start, piece.data, piece.size) == (start, content[start : start + n_bytes], 300_000)
    assert piece.modified_s == int((tmp_path / "a b").stat().st_mtime)


def test_kinds_and_real_paths(files: SFTPFiles, tmp_path: Path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "way").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    assert files.real_path(str(tmp_path / "way")) == str(tmp_path / "a")
    assert files.is_file(str(tmp_path / "way"))
    assert files.is_directory(str(tmp_path))
    assert not files.is_file(str(tmp_path / "pipe"))


def test_what_the_server_says_about_a_file_is_the_callers_and_ends_no_connection(files: SFTPFiles, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        files.is_file(str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError):
        files.read(str(tmp_path / "none"), offset=0, max_bytes=1)
    assert files.is_directory(str(tmp_path))


def test_directories_are_listed_up_to_a_bound(files: SFTPFiles, tmp_path: Path):
    for number in range(250):
        (tmp_path / f"file {number}").write_text("xy")
    (tmp_path / "way").symlink_to("file 1")
    found = {each.name: each for each in files.entries(str(tmp_path), most=1000)}
    assert len(found) == 251
    assert found["way"].leads_to == "file 1"
    assert stat.S_ISLNK(found["way"].mode)
    assert found["file 7"].size == 2
    assert len(files.entries(str(tmp_path), most=20)) == 20
    assert files.is_directory(str(tmp_path))


def test_a_link_put_in_the_place_of_a_file_is_not_read(files: SFTPFiles, tmp_path: Path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "a.log").symlink_to("secret")
    with pytest.raises(OSError, match="took its place"):
        files.read(str(tmp_path / "a.log"), offset=0, max_bytes=9)


def test_a_connection_that_was_cut_is_made_anew(
    files: SFTPFiles, server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("clausius_panel.transport.breaker._FIRST_PAUSE_S", 0.3)
    assert files.is_directory(str(tmp_path))
    server.stop()
    with pytest.raises(Unreachable):
        files.is_directory(str(tmp_path))
    server.start()
    time_is_up = time.monotonic() + 30
    while True:  # the breaker lets some time pass
        try:
            assert files.is_directory(str(tmp_path))
            break
        except Unreachable:
            assert time.monotonic() < time_is_up
            time.sleep(0.02)


def test_a_silent_server_is_a_time_out(files: SFTPFiles, server: Any, tmp_path: Path):
    assert files.is_directory(str(tmp_path))
    server.signal(SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(CommandTimeout):
            files.is_directory(str(tmp_path), timeout_s=0.3)
        assert time.monotonic() - begun < 10
    finally:
        server.signal(SIGCONT)


def test_a_host_that_serves_no_files_refuses(make_sshd: Callable[..., Any]):
    server = make_sshd()
    files = SFTPFiles(server.cluster(), server.config())
    with pytest.raises(Refused, match="serves no files"):
        files.is_directory("/")
    files.close()


def test_logs_on_a_data_host_that_runs_no_commands_are_read(files: SFTPFiles, tmp_path: Path):
    (tmp_path / "a.log").write_text("one\ntwo\n")
    refusing = FakeTransport(lambda command, stdin: CommandFailed("dtn", "sh -s", 1, "for transfers only"))
    host = FileHost(refusing, has_data_host=False, files=files)
    source = LogSource(transport=refusing, access=Access.to([Root(path=str(tmp_path))]), host=host)
    end = tail(source, str(tmp_path / "a.log"), lines=1)
    assert (end.lines, end.via) == (["two"], "sftp")
    assert [entry.name for entry in list_directory(source, str(tmp_path)).entries] == ["a.log"]
