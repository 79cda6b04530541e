"""A data host that refuses commands, played by the file system: SFTP itself is tested with the transport."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clausius_panel.logs import (
    Access,
    FileHost,
    LogRefused,
    LogSource,
    Root,
    follow,
    list_directory,
    page,
    position,
    tail,
)
from clausius_panel.transport import LocalTransport

Write = Callable[[str, bytes | str], str]


@dataclass(frozen=True)
class Piece:
    size: int
    modified_s: int
    start: int
    data: bytes


@dataclass(frozen=True)
class Name:
    name: str
    mode: int
    size: int
    modified_s: int
    leads_to: str


class Disk:
    """What SFTP would serve of /far, which is a directory here."""

    host = "ada@dtn"

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def _here(self, path: str) -> Path:
        return Path(path.replace("/far", str(self.directory), 1))

    def real_path(self, path: str) -> str:
        return os.path.realpath(self._here(path), strict=True).replace(str(self.directory), "/far", 1)

    def is_directory(self, path: str) -> bool:
        return stat.S_ISDIR(self._here(path).stat().st_mode)

    def is_file(self, path: str) -> bool:
        return stat.S_ISREG(self._here(path).stat().st_mode)

    def read(self, path: str, *, offset: int, max_bytes: int) -> Piece:
        data = self._here(path).read_bytes()
        start = max(0, len(data) + offset) if offset < 0 else offset
        return Piece(len(data), 1_700_000_000, start, data[start : start + max_bytes])

    def entries(self, path: str, *, most: int) -> list[Name]:
        found = []
        for each in self._here(path).iterdir():
            facts = each.lstat()
            leads_to = str(each.readlink()) if each.is_symlink() else ""
            found.append(Name(each.name, facts.st_mode, facts.st_size, 1_700_000_000, leads_to))
        return found[:most]


@pytest.fixture
def far(local: LocalTransport, logs: Path) -> LogSource:
    access = Access.to([Root(path="/far/logs")])
    return LogSource(
        transport=local, access=access, host=FileHost(local, has_data_host=True, files=Disk(logs.parent))
    )


def test_what_the_login_node_does_not_have_is_read_from_the_data_host(far: LogSource, write: Write):
    write("a.log", "".join(f"line {number}\n" for number in range(1, 101)))
    end = tail(far, "/far/logs/a.log", lines=2)
    assert (end.lines, end.via, end.facts.real_path) == (["line 99", "line 100"], "sftp", "/far/logs/a.log")
    first = page(far, "/far/logs/a.log", max_bytes=20)
    assert first.lines == ["line 1", "line 2"]
    assert page(far, "/far/logs/a.log", start=first.end, line=3, max_bytes=20).lines[0] == "line 3"


def test_it_is_followed_there(far: LogSource, write: Write):
    write("a.log", "one\n")
    here = position(tail(far, "/far/logs/a.log"))
    assert follow(far, [here])[0].state == "unchanged"
    write("a.log", "one\ntwo\n")
    [change] = follow(far, [here])
    assert (change.state, change.text) == ("appended", "two\n")
    write("a.log", "new\n")
    [change] = follow(far, [change.position])
    assert (change.state, change.text) == ("truncated", "new\n")


def test_the_same_is_refused_there(far: LogSource, write: Write, logs: Path):
    (logs.parent / "secret").write_text("x")
    (logs / "out.log").symlink_to("../secret")
    os.mkfifo(logs / "pipe")
    write(".env", "x")
    for name, reason in {
        "none.log": "missing",
        "out.log": "outside",
        "../secret": "outside",
        "pipe": "special",
        ".env": "hidden",
        ".": "directory",
    }.items():
        with pytest.raises(LogRefused) as caught:
            tail(far, f"/far/logs/{name}")
        assert caught.value.reason == reason, name


def test_where_owners_have_no_names_another_persons_files_are_not_read(far: LogSource, write: Write):
    write("a.log", "x")
    with pytest.raises(LogRefused) as caught:
        tail(replace(far, access=Access.to([Root(path="/far/logs", owner="bob")])), "/far/logs/a.log")
    assert caught.value.reason == "foreign"


def test_directories_are_listed_there(far: LogSource, write: Write, logs: Path):
    write("b.log", "12")
    write("run/x", "")
    (logs / "way").symlink_to("b.log")
    (logs / "gone").symlink_to("nowhere")
    found = list_directory(far, "/far/logs")
    assert [(entry.name, entry.type, entry.size) for entry in found.entries] == [
        ("run", "directory", None),
        ("b.log", "file", 2),
        ("gone", "link", None),
        ("way", "link", None),
    ]
    assert [entry.is_readable_type for entry in found.entries] == [True, True, False, True]
    assert (found.is_complete, found.via) == (True, "sftp")
    with pytest.raises(LogRefused):
        list_directory(far, "/far")


def test_links_behind_the_first_are_shown_and_asked_only_when_they_are_opened(far: LogSource, logs: Path):
    class Short(Disk):
        def entries(self, path: str, *, most: int) -> list[Name]:
            return [replace(each, leads_to="") for each in super().entries(path, most=most)]

        def is_file(self, path: str) -> bool:
            raise AssertionError(path)

    (logs / "gone").symlink_to("nowhere")
    host = FileHost(far.transport, has_data_host=True, files=Short(logs.parent))
    [entry] = list_directory(replace(far, host=host), "/far/logs").entries
    assert (entry.type, entry.is_readable_type) == ("link", True)


def test_links_of_the_roots_are_followed_only_where_no_root_begins_the_path(far: LogSource, logs: Path):
    asked: list[str] = []

    class Counting(Disk):
        def real_path(self, path: str) -> str:
            asked.append(path)
            return super().real_path(path)

    (logs / "a.log").write_text("x\n")
    (logs.parent / "way").symlink_to("logs")
    files = Counting(logs.parent)
    roots = [Root(path=f"/far/none{number}") for number in range(100)] + [Root(path="/far/way")]
    host = FileHost(far.transport, has_data_host=True, files=files)
    linked = replace(far, host=host, access=Access.to(roots))
    assert tail(linked, "/far/way/a.log").lines == ["x"]
    asked.clear()
    assert tail(replace(linked, access=Access.to([*roots, Root(path="/far/logs")])), "/far/way/a.log").lines == [
        "x"
    ]
    assert asked == ["/far/way/a.log"] * 2
    with pytest.raises(LogRefused, match="outside"):
        tail(replace(linked, access=Access.to(roots[:3])), "/far/way/a.log")


def test_a_directory_that_is_swapped_while_a_file_is_read_is_noticed(far: LogSource, logs: Path):
    class Swapping(Disk):
        def read(self, path: str, *, offset: int, max_bytes: int) -> Piece:
            piece = super().read(path, offset=offset, max_bytes=max_bytes)
            (logs / "run").unlink()
            (logs / "run").symlink_to("../secret")
            return piece

    for name in ("secret", "logs/run-1"):
        (logs.parent / name).mkdir()
        (logs.parent / name / "a.log").write_text(name)
    (logs / "run").symlink_to("run-1")
    host = FileHost(far.transport, has_data_host=True, files=Swapping(logs.parent))
    with pytest.raises(LogRefused, match="put in its place"):
        tail(replace(far, host=host), "/far/logs/run/a.log")


def test_a_link_that_leads_nowhere_says_where(far: LogSource, source: LogSource, logs: Path):
    (logs / "a.log").symlink_to("$(touch x)/b.log")
    with pytest.raises(LogRefused, match=r"a link to \$\(touch x\)/b\.log, which is not there"):
        tail(replace(source, host=far.host), str(logs / "a.log"))


def test_the_data_host_is_not_asked_for_what_the_cluster_has(far: LogSource, source: LogSource, write: Write):
    path = write("a.log", "x\n")
    both = replace(source, host=far.host)
    assert tail(both, path).via == "shell"
    with pytest.raises(LogRefused, match="outside"):
        tail(both, "/etc/passwd")


@pytest.mark.parametrize("lines", [1, 2, 3, 10])
@pytest.mark.parametrize("text", ["a\nb\nc\n", "a\nb\nc", "", "\n\n", "abc"])
def test_the_last_lines_are_those_that_tail_prints(
    far: LogSource, source: LogSource, write: Write, text: str, lines: int
):
    path = write("a.log", text)
    assert tail(far, "/far/logs/a.log", lines=lines).data == tail(source, path, lines=lines).data
