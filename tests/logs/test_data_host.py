from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clausius_panel.errors import CommandFailed, Refused, TransportError, Unreachable
from clausius_panel.logs import Access, FileHost, LogRefused, LogSource, Root, tail
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed, Lane, LocalTransport
from tests.logs.test_over_sftp import Disk


class Closed(Disk):
    """SFTP that is refused."""

    calls = 0

    def real_path(self, path: str) -> str:
        self.calls += 1
        raise Refused("dtn", "serves no files over SFTP")


def names(data: str, login: str) -> FakeTransport:
    answers = iter([Completed(stdout=f"{data}\n"), Completed(stdout=f"motd\n{login}\n")])
    return FakeTransport(lambda command, stdin: next(answers))


def refusing(error: TransportError) -> FakeTransport:
    return FakeTransport(lambda command, stdin: error)


def test_which_host_answers_is_asked_once():
    transport = names("dtn1", "login1")
    host = FileHost(transport, has_data_host=True)
    assert (host.place(), host.place()) == ("data host", "data host")
    assert [lane for _, _, lane in transport.calls] == ["data", "primary"]
    assert FileHost(names("login1", "login1"), has_data_host=True).place() == "login node"


def test_without_a_data_host_nobody_is_asked():
    transport = names("x", "y")
    assert FileHost(transport, has_data_host=False).place() == "login node"
    assert transport.calls == []


def test_a_host_that_runs_no_commands_is_read_over_sftp_and_that_is_remembered(tmp_path: Path):
    (tmp_path / "a.log").write_text("one\ntwo\n")
    transport = refusing(CommandFailed("dtn", "sh -s", 1, "This account is for transfers only"))
    host = FileHost(transport, has_data_host=False, files=Disk(tmp_path))
    source = LogSource(transport=transport, access=Access.to([Root(path="/far")]), host=host)
    end = tail(source, "/far/a.log", lines=1)
    assert (end.lines, end.via) == (["two"], "sftp")
    assert not host.runs_commands
    assert tail(source, "/far/a.log").via == "sftp"
    assert len(transport.calls) == 1


@pytest.mark.parametrize("error", [Unreachable("dtn", "no route"), CommandFailed("dtn", "read /x", 0, "cut off")])
def test_a_host_that_only_fails_is_not_taken_for_one_that_runs_no_commands(tmp_path: Path, error: TransportError):
    transport = refusing(error)
    host = FileHost(transport, has_data_host=False, files=Disk(tmp_path))
    source = LogSource(transport=transport, access=Access.to([Root(path="/far")]), host=host)
    with pytest.raises(type(error)):
        tail(source, "/far/a.log")
    assert host.runs_commands


def test_sftp_that_is_refused_leaves_the_login_nodes_answer_and_is_not_tried_again(
    local: LocalTransport, tmp_path: Path
):
    files = Closed(tmp_path)
    host = FileHost(local, has_data_host=True, files=files)
    source = LogSource(transport=local, access=Access.to([Root(path=str(tmp_path))]), host=host)
    for _ in range(2):
        with pytest.raises(LogRefused, match="no such file"):
            tail(source, str(tmp_path / "none.log"))
    assert files.calls == 1


def test_a_data_host_that_answers_scripts_is_not_asked_twice_for_what_is_missing(
    local: LocalTransport, tmp_path: Path
):
    def run(command: str, stdin: str) -> Completed:
        return local.run(command, stdin=stdin) if command == "sh -s" else next(told)

    told = iter([Completed(stdout="dtn\n"), Completed(stdout="login\n")])
    files = Closed(tmp_path)
    transport = FakeTransport(run)
    host = FileHost(transport, has_data_host=True, files=files)
    source = LogSource(transport=transport, access=Access.to([Root(path=str(tmp_path))]), host=host)
    with pytest.raises(LogRefused, match="no such file"):
        tail(source, str(tmp_path / "none.log"))
    assert files.calls == 0


def test_what_only_the_login_node_has_is_read_there(local: LocalTransport, tmp_path: Path):
    (tmp_path / "a.log").write_text("one\n")
    names_ = {"data": "dtn", "primary": "login"}

    class TwoHosts(FakeTransport):
        def run(self, command: str, *, lane: Lane = "primary", **given: Any) -> Completed:
            if command != "sh -s":
                return Completed(stdout=f"{names_[lane]}\n")
            lanes.append(lane)
            script = str(given["stdin"])
            moved = script.replace("a.log", "b.log") if lane == "data" else script
            return local.run(command, stdin=moved)

    lanes: list[str] = []
    transport = TwoHosts(lambda command, stdin: Completed(stdout=""))
    host = FileHost(transport, has_data_host=True)
    source = LogSource(transport=transport, access=Access.to([Root(path=str(tmp_path))]), host=host)
    end = tail(source, str(tmp_path / "a.log"))
    assert (end.lines, end.via, lanes) == (["one"], "login", ["data", "background"])
