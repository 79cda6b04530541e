from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clausius_panel.errors import CommandTimeout, Unreachable
from clausius_panel.logs import Access, LogRefused, LogSource, Mount, Root, follow, position, tail
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import LocalTransport

Write = Callable[[str, bytes | str], str]


def away(logs: Path, local: LocalTransport) -> tuple[LogSource, FakeTransport]:
    """A cluster whose /far is mounted where the logs are, and that cannot be reached."""
    cluster = FakeTransport(lambda command, stdin: Unreachable("far", "no route"))
    mounts = (Mount(remote="/far", local=str(logs)),)
    access = Access.to([Root(path="/far", owner="bob")])
    return LogSource(transport=cluster, access=access, mounts=mounts, local=local), cluster


def test_a_mounted_copy_is_read_without_a_word_to_the_cluster(local: LocalTransport, write: Write, logs: Path):
    source, cluster = away(logs, local)
    write("run/a.log", "here\n")
    end = tail(source, "/far/run/a.log")
    assert (end.lines, end.via, end.path) == (["here"], "mount", "/far/run/a.log")
    assert cluster.calls == []
    write("run/a.log", "here\nmore\n")
    assert follow(source, [position(end)])[0].text == "more\n"


def test_what_the_mount_does_not_have_is_asked_of_the_cluster(local: LocalTransport, logs: Path):
    source, cluster = away(logs, local)
    with pytest.raises(Unreachable):
        tail(source, "/far/none.log")
    assert [lane for _, _, lane in cluster.calls] == ["data"]


def test_a_mounted_copy_is_bound_to_the_same_roots(local: LocalTransport, write: Write, logs: Path):
    source, _ = away(logs, local)
    narrow = replace(source, access=Access.to([Root(path="/far/run")]))
    write("other/a.log", "x")
    (logs / "run").mkdir()
    (logs / "run" / "out").symlink_to("../other/a.log")
    for path in ("/far/other/a.log", "/far/run/out"):
        with pytest.raises(Unreachable):
            tail(narrow, path)


def test_a_mount_that_hangs_is_passed_over(write: Write, logs: Path, local: LocalTransport):
    path = write("a.log", "original\n")
    hanging = FakeTransport(lambda command, stdin: CommandTimeout("here", command, 5))
    mounts = (Mount(remote=str(logs), local="/mnt/dead"),)
    access = Access.to([Root(path=str(logs))])
    end = tail(LogSource(transport=local, access=access, mounts=mounts, local=hanging), path)
    assert (end.lines, end.via) == (["original"], "shell")
    assert len(hanging.calls) == 1


def test_answers_keep_the_order_of_the_questions(local: LocalTransport, write: Write, logs: Path):
    write("m/a.log", "mounted\n")
    direct = write("b.log", "direct\n")
    mounts = (Mount(remote="/far", local=str(logs / "m")),)
    access = Access.to([Root(path="/far"), Root(path=str(logs))])
    source = LogSource(transport=local, access=access, mounts=mounts, local=local)
    words = [("on", path, "bytes_at", "0", "100", "0") for path in (direct, "/far/a.log", f"{logs}/none")]
    first, second, third = source.ask(words, max_bytes=1000)
    assert [getattr(each, "data", None) for each in (first, second)] == [b"direct\n", b"mounted\n"]
    assert isinstance(third, LogRefused)
