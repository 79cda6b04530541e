"""Clusters of two hosts, each with a directory /far of its own; their files are those of this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.errors import Refused, Unreachable
from clausius_panel.logs import Access, FileHost, LogRefused, LogSource, Mount, Root, tail
from clausius_panel.logs.looking import Seen, look
from clausius_panel.logs.tasks import Task
from clausius_panel.transport import Completed, Lane, LocalTransport
from tests.logs.test_over_sftp import Disk, Name

DOWN = "ada@dtn port 4399: Connection refused"
FILES_ONLY = "ada@dtn: runs no commands for this user"
TASK = Task("7", "7", "", "", "train", "ada", "/far", "/far/7.out", "/far/7.err", "n1")


@dataclass
class Hosts:
    """A login node and a data host; with `detour` the login node answers for both."""

    local: LocalTransport
    login: Path
    data: Path
    detour: str = ""
    host: str = "ada@login"

    def close(self) -> None:
        """Nothing is open."""

    def run(self, command: str, *, lane: Lane = "primary", stdin: str = "", **given: Any) -> Completed:
        is_data = lane == "data" and not self.detour
        detour = self.detour if lane == "data" else ""
        if command != "sh -s":
            return Completed(stdout="dtn\n" if is_data else "login\n", detour=detour)
        here = stdin.replace("/far", str(self.data if is_data else self.login))
        return replace(self.local.run(command, stdin=here), detour=detour)


class Gone(Disk):
    """SFTP that cannot be reached, or is refused."""

    def __init__(self, directory: Path, error: Exception) -> None:
        super().__init__(directory)
        self.error = error

    def real_path(self, path: str) -> str:
        raise self.error


@pytest.fixture
def hosts(local: LocalTransport, tmp_path: Path) -> Hosts:
    for name in ("login", "data"):
        (tmp_path / name).mkdir()
    return Hosts(local, tmp_path / "login", tmp_path / "data")


def seen(hosts: Hosts, files: Disk | None = None, **facts: Any) -> tuple[Seen, list[str], LogSource]:
    host = FileHost(hosts, has_data_host=True, files=files)
    access = Access.to([Root(path="/far")])
    source = LogSource(transport=hosts, access=access, host=host, **facts)
    problems: list[str] = []
    return look(source, ["/far"], [TASK], problems), problems, source


def via(found: Seen) -> dict[str, str]:
    return {path: listing.via for path, (_, listing) in found.files.items()}


def test_a_file_that_only_sftp_has_is_seen_beside_those_of_the_login_node(hosts: Hosts):
    (hosts.login / "7.err").write_text("warned\n")
    (hosts.data / "7.out").write_text("line\n")
    (hosts.data / "7.err").write_text("older, and longer\n")
    found, problems, _ = seen(replace(hosts, detour=FILES_ONLY), Disk(hosts.data))
    assert via(found) == {"/far/7.out": "sftp", "/far/7.err": "login"}
    assert (found.files["/far/7.out"][0].size, problems) == (5, [])


def test_a_file_that_neither_has_is_missing_without_more_words(hosts: Hosts):
    found, problems, source = seen(replace(hosts, detour=FILES_ONLY), Disk(hosts.data))
    assert (found.lacking("/far/7.out"), problems) == ("there is no such file (yet)", [])
    with pytest.raises(LogRefused) as caught:
        tail(source, "/far/7.out")
    assert "data host" not in str(caught.value)


def test_what_only_the_login_node_has_is_seen_beside_the_files_of_the_data_host(hosts: Hosts):
    (hosts.login / "7.out").write_text("line\n")
    (hosts.data / "7.err").write_text("warned\n")
    found, problems, _ = seen(hosts)
    assert via(found) == {"/far/7.out": "login", "/far/7.err": "shell"}
    assert problems == []


def test_where_nothing_lacks_the_other_host_is_not_asked(hosts: Hosts):
    for name in ("7.out", "7.err"):
        (hosts.login / name).write_text("line\n")
    found, problems, _ = seen(replace(hosts, detour=DOWN), Gone(hosts.data, AssertionError("asked")))
    assert set(via(found).values()) == {"login"}
    assert problems == []


@pytest.mark.parametrize("error", [Unreachable("ada@dtn", "nobody answers"), Refused("ada@dtn", "no files"), None])
def test_a_data_host_that_does_not_answer_is_told_with_its_name(hosts: Hosts, error: Exception | None):
    files = None if error is None else Gone(hosts.data, error)
    found, problems, source = seen(replace(hosts, detour=DOWN), files)
    words = "there is no such file (yet) on the login node; the data host could not be asked"
    assert found.lacking("/far/7.out") == words
    assert problems == [f"the data host could not be asked, only the login node was: {DOWN}"]
    with pytest.raises(LogRefused) as caught:
        tail(source, "/far/7.out")
    assert (caught.value.reason, caught.value.detour) == ("missing", DOWN)
    assert str(caught.value).endswith(f"on the login node, and the data host could not be asked: {DOWN}")


def test_a_directory_that_is_missing_while_the_data_host_is_away_is_told_so(hosts: Hosts):
    hosts.login.rmdir()
    found, problems, _ = seen(replace(hosts, detour=DOWN))
    assert found.lacking("/far/7.out") == "its directory could not be looked at"
    assert [DOWN in problem for problem in problems] == [True]


def test_a_directory_too_large_to_be_read_says_nothing_of_a_file(hosts: Hosts, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Disk, "entries", lambda self, path, most: [Name("x", 0, 0, 0, "")] * most)
    found, _, _ = seen(replace(hosts, detour=FILES_ONLY), Disk(hosts.data))
    assert (found.lacking("/far/7.out"), found.is_complete) == ("", False)


def test_a_mounted_copy_is_not_compared_with_other_hosts(
    hosts: Hosts, local: LocalTransport, write: Callable[[str, bytes | str], str], logs: Path
):
    write("7.out", "line\n")
    mounts = (Mount(remote="/far", local=str(logs)),)
    found, problems, _ = seen(replace(hosts, detour=DOWN), mounts=mounts, local=local)
    assert (via(found), problems) == ({"/far/7.out": "mount"}, [])


def test_the_login_node_stands_in_for_a_data_host_for_seconds_only(hosts: Hosts, monkeypatch: pytest.MonkeyPatch):
    (hosts.data / "7.out").write_text("line\n")
    away = replace(hosts, detour=DOWN)
    host = FileHost(away, has_data_host=True)
    assert host.place() == "login node"
    away.detour = ""
    assert host.place() == "login node"
    monkeypatch.setattr("clausius_panel.logs.data_host.DETOUR_REMEMBERED_S", 0.0)
    host = FileHost(replace(hosts, detour=DOWN), has_data_host=True)
    assert host.place() == "login node"
    host._transport = hosts
    assert host.place() == "data host"
