"""A log of two gigabytes: every question costs the bytes of its answer, on the wire and in memory."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clausius_panel.errors import CommandFailed
from clausius_panel.logs import Access, LogSource, Root, count_lines, follow, page, position, search, tail
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed, LocalTransport

SIZE = 2 << 30
STEP = 1 << 20
NEEDLE = SIZE - (200 << 20)


def weigh(source: LogSource, act: Callable[[LogSource], object]) -> tuple[object, int, int]:
    """What `act` gives, the bytes that travelled for it, and the peak of memory on our side."""
    answers: list[int] = []

    def run(command: str, stdin: str) -> Completed:
        done = source.transport.run(command, stdin=stdin, timeout_s=120)
        answers.append(len(done.stdout) + len(stdin))
        return done

    tracemalloc.start()
    try:
        given = act(LogSource(transport=FakeTransport(run), access=source.access))
        return given, sum(answers), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Real lines at both ends and a needle between them; the rest are holes, one to a line."""
    path = tmp_path_factory.mktemp("huge") / "huge.log"
    with path.open("wb") as log:
        log.writelines(b"line %d\n" % number for number in range(1, 20_001))
        for at in range(STEP, SIZE, STEP):
            log.seek(at - 1)
            log.write(b"\nneedle\n" if at == NEEDLE else b"\n")
        log.seek(SIZE)
        log.writelines(b"end %d\n" % number for number in range(1, 20_001))
    yield path
    path.unlink()


def first_needle(there: LogSource, path: str) -> int:
    return search(there, path, "needle", start=NEEDLE - 100 * STEP, max_seconds=60).hits[0].offset


def test_pages_and_hits_of_two_gigabytes_cost_what_they_show(huge: Path, local: LocalTransport):
    source = LogSource(transport=local, access=Access.to([Root(path=str(huge.parent))]))
    path, size = str(huge), huge.stat().st_size
    assert size > SIZE
    questions: list[tuple[Callable[[LogSource], object], object]] = [
        (lambda there: tail(there, path, lines=2).lines, ["end 19999", "end 20000"]),
        (lambda there: page(there, path).lines[0], "line 1"),
        (lambda there: page(there, path, before=size).lines[-1], "end 20000"),
        (lambda there: page(there, path, start=SIZE, align=True, max_bytes=1000).lines[0], "end 2"),
        (lambda there: first_needle(there, path), NEEDLE),
        (lambda there: count_lines(there, path, start=SIZE), 20_000),
        (lambda there: follow(there, [position(tail(there, path))])[0].state, "unchanged"),
    ]
    for question, expected in questions:
        answer, carried, peak = weigh(source, question)
        assert answer == expected
        assert carried < 400_000
        assert peak < 8_000_000


def test_a_line_too_long_for_grep_is_a_failure_not_a_dead_login_node(local: LocalTransport, tmp_path: Path):
    path = tmp_path / "one-line.log"
    with path.open("wb") as log:
        log.truncate(3 << 30)
    source = LogSource(transport=local, access=Access.to([Root(path=str(tmp_path))]))
    with pytest.raises(CommandFailed, match=r"memory exhausted|too long"):
        search(source, str(path), "x", max_seconds=60)
    assert page(source, str(path), start=1 << 30, max_bytes=1000).is_binary
    with path.open("r+b") as log:
        log.write(b"needle\n")
    found = search(source, str(path), "needle", max_seconds=60)
    assert ([hit.line for hit in found.hits], found.stopped_by, found.next_start) == ([1], "line", None)
