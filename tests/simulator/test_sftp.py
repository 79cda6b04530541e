from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from clausius_panel.simulator.server import SshServer

HOST_KEY, USER_KEY = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "a.out").write_bytes(b"line\n" * 20_000)
    (tmp_path / "secret").write_text("no")
    (home / "way-out").symlink_to(tmp_path / "secret")
    return home


@pytest.fixture
def sftp(home: Path) -> Iterator[paramiko.SFTPClient]:
    server = SshServer("fox", user="demo", host_key=HOST_KEY, authorized_key=USER_KEY, home=home, env={})
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", server.port), timeout=10))
    transport.connect(HOST_KEY, "demo", pkey=USER_KEY)
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    yield client
    transport.close()
    server.close()


def test_files_are_listed_and_read_by_their_real_paths(sftp: paramiko.SFTPClient, home: Path):
    assert sftp.normalize(".") == str(home)
    assert sftp.listdir("logs") == ["a.out"]
    assert sftp.stat(str(home / "logs" / "a.out")).st_size == 100_000
    with sftp.open("logs/a.out") as log:
        log.seek(99_990)
        assert log.read() == b"line\nline\n"
        assert log.stat().st_size == 100_000


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "way-out", "logs/../../secret", "nothing"])
def test_what_lies_outside_does_not_exist(sftp: paramiko.SFTPClient, path: str):
    with pytest.raises(FileNotFoundError):
        sftp.stat(path)
    with pytest.raises(FileNotFoundError):
        sftp.open(path)
    with pytest.raises(FileNotFoundError):
        sftp.listdir(path)


def test_nothing_can_be_written(sftp: paramiko.SFTPClient, home: Path):
    with pytest.raises(PermissionError):
        sftp.open("logs/a.out", "w")
    with pytest.raises(OSError, match="unsupported"):
        sftp.remove("logs/a.out")
    assert (home / "logs" / "a.out").exists()
