import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import LogSource, follow, page, position, tail

Write = Callable[[str, bytes | str], str]


def test_nothing_new_is_unchanged(source: LogSource, write: Write):
    here = position(tail(source, write("a.log", "one\n")))
    [change] = follow(source, [here])
    assert (change.state, change.data, change.position) == ("unchanged", b"", here)


def test_what_is_appended_comes_once(source: LogSource, write: Write, logs: Path):
    path = write("a.log", "one\n")
    here = position(tail(source, path))
    for text in ("two\n", "thr", "ee\n"):
        with (logs / "a.log").open("a") as log:
            log.write(text)
        [change] = follow(source, [here])
        assert (change.state, change.text, change.behind) == ("appended", text, 0)
        here = change.position


def test_an_emptied_file_begins_anew(source: LogSource, write: Write):
    here = position(tail(source, write("a.log", "one\ntwo\nthree\n")))
    write("a.log", "1\n")
    [change] = follow(source, [here])
    assert (change.state, change.text, change.start) == ("truncated", "1\n", 0)
    assert follow(source, [change.position])[0].state == "unchanged"


def test_a_file_emptied_and_filled_beyond_where_we_were_begins_anew(source: LogSource, write: Write):
    here = position(tail(source, write("a.log", "one\n")))
    write("a.log", "other words, and more of them\n")
    [change] = follow(source, [here])
    assert (change.state, change.text) == ("truncated", "other words, and more of them\n")


def test_a_file_that_took_the_name_is_read_from_its_own_end(source: LogSource, write: Write, logs: Path):
    here = position(tail(source, write("a.log", "one\n")))
    (logs / "a.log").rename(logs / "a.log.1")
    write("a.log", "".join(f"line {number}\n" for number in range(50_000)))
    [change] = follow(source, [here])
    assert change.state == "rotated"
    assert change.text.endswith("line 49999\n")
    assert change.text.startswith("line ")
    assert len(change.data) <= 64 << 10


def test_a_file_that_vanished_is_refused_and_may_come_back(source: LogSource, write: Write, logs: Path):
    here = position(tail(source, write("a.log", "one\n")))
    (logs / "a.log").unlink()
    [gone] = follow(source, [here])
    assert gone.state == "refused"
    assert gone.problem is not None
    assert gone.problem.reason == "missing"
    write("a.log", "two\n")
    [back] = follow(source, [gone.position])
    assert back.text == "two\n"


def test_a_log_that_becomes_a_fifo_is_refused_at_once(source: LogSource, write: Write, logs: Path):
    here = position(tail(source, write("a.log", "one\n")))
    (logs / "a.log").unlink()
    os.mkfifo(logs / "a.log")
    assert follow(source, [here])[0].state == "refused"


def test_several_files_are_followed_in_one_round_trip(source: LogSource, write: Write, logs: Path):
    places = [position(tail(source, write(f"{name}.log", f"{name}\n"))) for name in "abc"]
    (logs / "b.log").write_text("b\nmore\n")
    changes = follow(source, places)
    assert [change.state for change in changes] == ["unchanged", "appended", "unchanged"]
    assert changes[1].text == "more\n"


def test_more_than_asked_for_comes_the_next_time(source: LogSource, write: Write):
    here = position(tail(source, write("a.log", "")))
    write("a.log", "x" * 2500)
    got = ""
    behinds = []
    for _ in range(3):
        [change] = follow(source, [here], max_bytes=1000)
        got, here = got + change.text, change.position
        behinds.append(change.behind)
    assert got == "x" * 2500
    assert behinds == [1500, 500, 0]


def test_half_a_character_and_half_an_escape_wait_for_the_rest(source: LogSource, write: Write, logs: Path):
    here = position(tail(source, write("a.log", "")))
    texts = []
    for piece in ("é".encode()[:1], "é".encode()[1:] + b"\x1b[3", b"1mred"):
        with (logs / "a.log").open("ab") as log:
            log.write(piece)
        [change] = follow(source, [here])
        here = change.position
        texts.append(change.text)
    assert texts == ["", "é", "\x1b[31mred"]


def test_following_goes_on_from_the_end_of_any_page(source: LogSource, write: Write):
    path = write("a.log", "one\ntwo\nthree\n")
    first = page(source, path, max_bytes=4)
    assert follow(source, [position(first)])[0].text == "two\nthree\n"


def test_a_writer_at_work_is_followed_without_loss(source: LogSource, write: Write, logs: Path):
    path = write("a.log", "")
    script = f"i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done >> '{path}'"
    here, got = position(tail(source, path)), b""
    with subprocess.Popen(["sh", "-c", script]) as writer:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            was_over = writer.poll() is not None
            [change] = follow(source, [here])
            got, here = got + change.data, change.position
            if was_over and change.state == "unchanged":
                break
    assert got.decode() == "".join(f"line {number}\n" for number in range(3000))


@pytest.mark.parametrize("n_bytes", [1, 63, 64, 65, 200])
def test_the_same_size_with_other_bytes_is_noticed(source: LogSource, write: Write, logs: Path, n_bytes: int):
    here = position(tail(source, write("a.log", "a" * n_bytes)))
    write("a.log", "b" * n_bytes)
    os.utime(logs / "a.log", (1, 1))
    assert follow(source, [here])[0].state == "truncated"


def test_bytes_have_limits_and_nothing_is_asked_about_nothing(source: LogSource, write: Write):
    here = position(tail(source, write("a.log", "x")))
    with pytest.raises(InvalidInput, match="max_bytes"):
        follow(source, [here], max_bytes=0)
    assert follow(source, []) == []
