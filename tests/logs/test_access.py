import getpass
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import Access, LogRefused, LogSource, Root, tail
from clausius_panel.logs.access import checked_path

Write = Callable[[str, bytes | str], str]


@pytest.mark.parametrize("path", ["/", "//", "/etc", "/etc/", "/proc", "/dev", "/sys", "/root", "/run", ""])
def test_no_root_opens_the_whole_machine(path: str):
    assert Access.to([Root(path=path)]).roots == ()


def test_a_free_root_makes_the_bound_one_needless():
    free, bound = Root(path="/a"), Root(path="/a", owner="bob")
    assert Access.to([bound, free, free]).roots == (free,)


def test_without_roots_nothing_is_read(source: LogSource, write: Write):
    with pytest.raises(LogRefused, match="outside"):
        tail(replace(source, access=Access.to([])), write("a", "x"))


def test_another_persons_job_shows_only_that_persons_files(source: LogSource, write: Write, logs: Path):
    path = write("a", "x\n")
    mine = replace(source, access=Access.to([Root(path=str(logs), owner=getpass.getuser())]))
    assert tail(mine, path).lines == ["x"]
    theirs = replace(source, access=Access.to([Root(path=str(logs), owner="bob")]))
    with pytest.raises(LogRefused, match=getpass.getuser()) as caught:
        tail(theirs, path)
    assert caught.value.reason == "foreign"


def test_a_root_may_be_a_link_but_not_to_everything(source: LogSource, write: Write, logs: Path):
    path = write("a", "x\n")
    (logs.parent / "link").symlink_to(logs)
    (logs.parent / "all").symlink_to("/")
    linked = replace(source, access=Access.to([Root(path=str(logs.parent / "link"))]))
    assert tail(linked, path).lines == ["x"]
    with pytest.raises(LogRefused, match="outside"):
        tail(replace(source, access=Access.to([Root(path=str(logs.parent / "all"))])), path)


@pytest.mark.parametrize("root", ["$(touch boom)", "a'b", "-n", "new\nline", "with space", "*"])
def test_any_root_is_data(source: LogSource, write: Write, logs: Path, root: str):
    path = write(f"{root}/a", "x\n")
    odd = replace(source, access=Access.to([Root(path=str(logs / root), owner="")]))
    assert tail(odd, path).lines == ["x"]
    write("b", "x")
    with pytest.raises(LogRefused, match="outside"):
        tail(odd, str(logs / "b"))
    assert sorted(each.name for each in logs.iterdir()) == sorted([root, "b"])


def test_no_hidden_name_is_shown_where_none_is_allowed(source: LogSource, write: Write, logs: Path):
    strict = replace(source, access=Access.to([Root(path=str(logs))], hidden_shown=()))
    for name in (".hydra/config.yaml", ".a", "x/.b", "..c"):
        with pytest.raises(LogRefused, match="hidden"):
            tail(strict, write(name, "x"))
    assert tail(strict, write("a.b", "x")).lines == ["x"]


def test_the_log_of_a_job_in_a_hidden_directory_is_read(source: LogSource, write: Write, logs: Path):
    path = write(".queue/1.out", "x\n")
    inside = replace(source, access=Access.to([Root(path=str(logs / ".queue"))]))
    assert tail(inside, path).lines == ["x"]


def test_paths_are_absolute():
    assert checked_path("/a") == "/a"
    with pytest.raises(InvalidInput):
        checked_path("a")


def test_a_root_behind_a_link_counts_where_another_root_refuses(source: LogSource, write: Write, logs: Path):
    path = write(".queue/1.out", "x\n")
    (logs.parent / "link").symlink_to(logs / ".queue")
    roots = [Root(path=str(logs)), Root(path=str(logs.parent / "link"))]
    assert tail(replace(source, access=Access.to(roots)), path).lines == ["x"]
