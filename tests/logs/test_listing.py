import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clausius_panel.logs import Access, LogRefused, LogSource, Root, list_directory
from clausius_panel.logs.listing import read_entries, words_for

Write = Callable[[str, bytes | str], str]


def test_directories_stand_before_files_and_numbers_are_numbers(source: LogSource, write: Write, logs: Path):
    for name in ("b.log", "A.log", "run_10.log", "run_9.log", "z/x"):
        write(name, "12345")
    found = list_directory(source, str(logs))
    assert [entry.name for entry in found.entries] == ["z", "A.log", "b.log", "run_9.log", "run_10.log"]
    assert [entry.type for entry in found.entries[:2]] == ["directory", "file"]
    assert [entry.size for entry in found.entries[:2]] == [None, 5]
    assert found.is_complete
    assert found.entries[1].path == str(logs / "A.log")
    assert abs(found.entries[1].modified.timestamp() - (logs / "A.log").stat().st_mtime) < 0.001


def test_links_and_special_files_are_shown_for_what_they_are(source: LogSource, write: Write, logs: Path):
    write("real.log", "x")
    (logs / "way").symlink_to("real.log")
    (logs / "gone").symlink_to("no where\n")
    (logs / "zero").symlink_to("/dev/zero")
    os.mkfifo(logs / "pipe")
    found = {entry.name: entry for entry in list_directory(source, str(logs)).entries}
    assert (found["way"].type, found["way"].leads_to, found["way"].is_readable_type) == ("link", "real.log", True)
    assert (found["gone"].leads_to, found["gone"].is_readable_type) == ("no where\n", False)
    assert not found["zero"].is_readable_type
    assert (found["pipe"].type, found["pipe"].is_readable_type) == ("special", False)


def test_any_name_is_data(source: LogSource, write: Write, logs: Path):
    names = ["with space", "new\nline", "$(touch boom)", "-rf", "tab\tbed", "q'\"q", "é"]
    for name in names:
        write(name, "")
    write(os.fsdecode(b"bad\xff"), "")
    assert {entry.name for entry in list_directory(source, str(logs)).entries} == {*names, "bad\udcff"}


def test_hidden_names_are_counted_not_shown(source: LogSource, write: Write, logs: Path):
    for name in (".ssh/id", ".env", ".hydra/config.yaml", "a.log"):
        write(name, "")
    found = list_directory(source, str(logs))
    assert [entry.name for entry in found.entries] == [".hydra", "a.log"]
    assert found.hidden == 2


def test_a_directory_outside_a_file_and_a_missing_one_are_refused(source: LogSource, write: Write, logs: Path):
    (logs / "up").symlink_to("/etc")
    for path, reason in {
        "/etc": "outside",
        str(logs / "up"): "outside",
        str(logs.parent): "outside",
        write("a.log", ""): "special",
        str(logs / "none"): "missing",
    }.items():
        with pytest.raises(LogRefused) as caught:
            list_directory(source, path)
        assert caught.value.reason == reason, path


def test_a_directory_of_another_persons_is_refused(source: LogSource, logs: Path):
    theirs = replace(source, access=Access.to([Root(path=str(logs), owner="nobody-else")]))
    with pytest.raises(LogRefused) as caught:
        list_directory(theirs, str(logs))
    assert caught.value.reason == "foreign"


def test_only_names_that_are_asked_for_come(source: LogSource, write: Write, logs: Path):
    for name in ("a123.log", "[x]*.log", "x.log", "other.log"):
        write(name, "")
    told = source.ask_one(words_for(str(logs), containing=["123"], named=["[x]*.log"]), max_bytes=1 << 20)
    names = [entry.name for entry in read_entries(str(logs), told, access=source.access).entries]
    assert names == ["[x]*.log", "a123.log"]


def test_a_directory_too_large_for_one_answer_says_so(source: LogSource, write: Write, logs: Path):
    for number in range(300):
        write(f"file_{number:04}", "")
    words = list(words_for(str(logs)))
    words[2] = "5000"
    told = source.ask_one(words, max_bytes=5000)
    found = read_entries(str(logs), told, access=source.access)
    assert not found.is_complete
    assert 20 < len(found.entries) < 300
    assert all(entry.name.startswith("file_") and len(entry.name) == 9 for entry in found.entries)
