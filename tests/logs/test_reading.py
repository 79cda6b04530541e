import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.errors import InvalidInput
from clausius_panel.logs import LogRefused, LogSource, count_lines, download, page, read_bytes, tail
from clausius_panel.logs.reading import whole_text

Write = Callable[[str, bytes | str], str]
THOUSAND = "".join(f"line {number}\n" for number in range(1, 1001))


def test_the_tail_is_the_last_lines(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    end = tail(source, path, lines=3)
    assert end.lines == ["line 998", "line 999", "line 1000"]
    assert end.start == THOUSAND.index("line 998")
    assert end.at_end
    assert not end.cut_start
    assert not end.cut_end
    assert end.first_line is None


def test_a_short_file_is_its_own_tail_with_line_numbers(source: LogSource, write: Write):
    end = tail(source, write("a.log", "one\ntwo"), lines=10)
    assert (end.lines, end.first_line, end.start, end.cut_end) == (["one", "two"], 1, 0, True)


def test_a_tail_within_few_bytes_begins_with_a_whole_line(source: LogSource, write: Write):
    end = tail(source, write("a.log", THOUSAND), lines=100, max_bytes=25)
    assert end.lines == ["line 999", "line 1000"]
    assert not end.cut_start


def test_a_tail_within_one_endless_line_says_that_it_is_cut(source: LogSource, write: Write):
    end = tail(source, write("a.log", "x" * 5000), lines=5, max_bytes=100)
    assert end.text == "x" * 100
    assert end.start == 4900
    assert end.cut_start


def test_an_empty_file_has_an_empty_tail(source: LogSource, write: Write):
    end = tail(source, write("a.log", ""))
    assert (end.data, end.lines, end.at_end, end.facts.size) == (b"", [], True, 0)


def test_pages_forward_give_every_line_once_and_number_them(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    lines: list[str] = []
    here = page(source, path, max_bytes=2000)
    while True:
        assert here.first_line == len(lines) + 1
        lines += here.lines
        if here.at_end:
            break
        here = page(source, path, start=here.end, line=here.next_line, max_bytes=2000)
    assert lines == THOUSAND.splitlines()


def test_pages_backward_give_every_line_once_and_number_them(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    here = page(source, path, before=len(THOUSAND), line=1001, max_bytes=2000)
    lines = here.lines
    while here.start:
        here = page(source, path, before=here.start, line=here.first_line, max_bytes=2000)
        lines = here.lines + lines
    assert here.first_line == 1
    assert lines == THOUSAND.splitlines()


def test_a_guessed_byte_moves_to_the_next_line(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    assert page(source, path, start=3, align=True).lines[0] == "line 2"
    assert page(source, path, start=7, align=True).lines[0] == "line 2"
    assert page(source, path, start=3).cut_start


def test_a_line_longer_than_a_page_is_cut_and_nothing_of_it_is_lost(source: LogSource, write: Write):
    text = "é" * 500 + "\nend\n"
    path = write("a.log", text)
    pieces, start = [], 0
    while True:
        here = page(source, path, start=start, max_bytes=101)
        pieces.append(here.text)
        start = here.end
        if here.at_end:
            break
        assert here.cut_end == (not here.text.endswith("\n"))
    assert "".join(pieces) == text
    assert "\ufffd" not in "".join(pieces)


def test_a_page_behind_the_end_is_empty(source: LogSource, write: Write):
    assert page(source, write("a.log", "x\n"), start=100).data == b""


@pytest.mark.parametrize(
    "name",
    [
        "with space.log",
        "-rf",
        "$(touch boom)",
        "`id`",
        "a'b\"c",
        "new\nline",
        "tab\there",
        "é☃.log",
        "*?[x]",
        "back\\slash",
        "end\n",
    ],
)
def test_any_name_is_data(source: LogSource, write: Write, logs: Path, name: str):
    path = write(name, "content\n")
    assert tail(source, path).lines == ["content"]
    assert tail(source, path).facts.real_path == path
    assert sorted(each.name for each in logs.iterdir()) == [name]


def test_bytes_that_are_no_text_come_unchanged(source: LogSource, write: Write):
    content = bytes(range(256)) * 10
    piece = read_bytes(source, write("model.bin", content))
    assert piece.data == content
    assert piece.is_binary
    assert tail(source, write("latin.log", b"caf\xe9\n")).lines == ["caf\ufffd"]


def test_a_fifo_is_refused_at_once(source: LogSource, logs: Path):
    os.mkfifo(logs / "pipe")
    with pytest.raises(LogRefused, match="a fifo; only regular files") as caught:
        tail(source, str(logs / "pipe"))
    assert caught.value.reason == "special"


def test_devices_directories_and_missing_files_are_told_apart(source: LogSource, logs: Path):
    for path, reason in [
        ("/dev/zero", "special"),
        (str(logs), "directory"),
        (str(logs / "none"), "missing"),
        ("/proc/self/environ", "outside"),
        ("/etc/passwd", "outside"),
        (f"{logs}/../secret", "missing"),
    ]:
        with pytest.raises(LogRefused) as caught:
            page(source, path)
        assert caught.value.reason == reason, path


def test_a_link_inside_is_followed_and_a_link_outside_is_refused(source: LogSource, write: Write, logs: Path):
    (logs.parent / "secret").write_text("secret\n")
    (logs / "way.log").symlink_to(write("real.log", "real\n"))
    (logs / "out.log").symlink_to("../secret")
    (logs / "out").symlink_to("..")
    (logs / "gone.log").symlink_to("nowhere")
    assert tail(source, str(logs / "way.log")).lines == ["real"]
    assert tail(source, str(logs / "way.log")).facts.real_path == str(logs / "real.log")
    for name, reason in {"out.log": "outside", "out/secret": "outside", "gone.log": "missing"}.items():
        with pytest.raises(LogRefused) as caught:
            tail(source, str(logs / name))
        assert caught.value.reason == reason


def test_dots_do_not_lead_out(source: LogSource, logs: Path):
    (logs.parent / "secret").write_text("secret\n")
    with pytest.raises(LogRefused) as caught:
        tail(source, f"{logs}/../secret")
    assert caught.value.reason == "outside"


def test_a_directory_whose_name_begins_like_a_root_is_outside(source: LogSource, logs: Path):
    other = logs.with_name("logs2")
    other.mkdir()
    (other / "a").write_text("x")
    with pytest.raises(LogRefused, match="outside"):
        tail(source, str(other / "a"))


def test_hidden_files_are_refused_unless_they_are_known_to_hold_logs(source: LogSource, write: Write):
    with pytest.raises(LogRefused) as caught:
        tail(source, write(".ssh/id_rsa", "key"))
    assert caught.value.reason == "hidden"
    with pytest.raises(LogRefused, match="hidden"):
        tail(source, write(".hydra/.env", "key"))
    assert tail(source, write(".hydra/config.yaml", "lr: 1\n")).lines == ["lr: 1"]


@pytest.mark.parametrize("path", ["", "relative.log", "/with\x00nul", "/" + "x" * 5000])
def test_what_can_be_no_path_is_refused_before_anything_runs(source: LogSource, path: str):
    with pytest.raises(InvalidInput, match="absolute path"):
        tail(source, path)


def test_sizes_have_limits(source: LogSource, write: Write):
    path = write("a", "x")
    for wrong in ({"lines": 0}, {"lines": 10**9}, {"max_bytes": 0}, {"max_bytes": 1 << 40}):
        with pytest.raises(InvalidInput):
            tail(source, path, **wrong)
    with pytest.raises(InvalidInput):
        page(source, path, start=-1)


def test_a_download_is_the_file(source: LogSource, write: Write):
    content = os.urandom(5 << 20)
    path = write("big.bin", content)
    assert b"".join(download(source, path)) == content
    assert b"".join(download(source, path, start=5, max_bytes=10)) == content[5:15]
    assert list(download(source, write("empty", ""))) == []


def test_a_download_of_a_file_that_is_replaced_meanwhile_fails(source: LogSource, write: Write, logs: Path):
    path = write("big.bin", b"a" * (9 << 20))
    pieces = download(source, path)
    next(pieces)
    write("other", b"b" * (9 << 20))
    (logs / "other").rename(path)
    with pytest.raises(LogRefused, match="not the file any more"):
        list(pieces)


def test_lines_are_counted_where_the_file_is(source: LogSource, write: Write):
    path = write("a.log", THOUSAND)
    assert count_lines(source, path) == 1000
    assert count_lines(source, path, end=THOUSAND.index("line 500")) == 499
    assert count_lines(source, path, start=7) == 999


def test_a_swap_for_a_link_between_look_and_read_never_shows_the_target(
    source: LogSource, write: Write, logs: Path
):
    (logs.parent / "secret").write_text("secret\n")
    path = Path(write("a.log", "harmless\n"))
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (logs / "new").symlink_to("../secret")
            (logs / "new").rename(path)
            (logs / "new").write_text("harmless\n")
            (logs / "new").rename(path)

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        for _ in range(25):
            try:
                seen.add(tail(source, str(path)).text)
            except LogRefused as error:
                seen.add(error.reason)
    finally:
        stop.set()
        thread.join()
    assert seen <= {"harmless\n", "outside"}


@given(st.text(max_size=20), st.integers(0, 3))
def test_whole_text_never_ends_inside_a_character(text: str, more: int):
    data = text.replace("\x1b", "").encode("utf-8", "replace") + "☃".encode()[:more]
    kept = whole_text(data)
    assert data.startswith(kept)
    assert "\ufffd" not in kept.decode("utf-8", "replace").replace("?", "") or "\ufffd" in text


@given(st.binary(max_size=60))
def test_whole_text_drops_little(data: bytes):
    kept = whole_text(data)
    assert data.startswith(kept)
    assert len(data) - len(kept) <= 35
