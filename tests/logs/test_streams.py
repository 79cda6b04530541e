from collections.abc import Callable
from pathlib import Path

import pytest

from clausius_panel.logs import LogFile, LogSource, error_beside, other_stream

Write = Callable[[str, bytes | str], str]
CRASH = "Traceback (most recent call last):\n  File x\nValueError: bad\n"


def a_file(path: str, stream: str, job_id: str = "1", *, problem: str = "") -> LogFile:
    size = None if problem else Path(path).stat().st_size
    return LogFile(
        label=stream,
        path=path,
        job_id=job_id,
        stream=stream,  # type: ignore[arg-type]
        kind="text",
        size=size,
        modified=None,
        place="login node",
        problem=problem,
    )


def test_the_other_stream_is_one_of_the_same_task(write: Write):
    paths = {name: write(name, "x\n") for name in ("1.out", "1.err", "2.out", "2.err")}
    files = [a_file(path, "stderr" if name.endswith("err") else "stdout", name[0]) for name, path in paths.items()]
    for here, there in (("1.out", "1.err"), ("2.err", "2.out")):
        found = other_stream(files, paths[here])
        assert found is not None
        assert found.path == paths[there]
    assert other_stream(files[:1], paths["1.out"]) is None


def test_an_error_in_the_other_stream_is_told_with_where_it_is(source: LogSource, write: Write):
    out, err = write("1.out", "fine\n"), write("1.err", "warning\n" + CRASH)
    files = [a_file(out, "stdout"), a_file(err, "stderr")]
    for is_first in (False, True):
        found = error_beside(source, files, out, is_first=is_first)
        assert found is not None
        assert (found.label, found.path, found.message, found.offset, found.line) == (
            "stderr",
            err,
            "ValueError: bad",
            8,
            2,
        )
    assert error_beside(source, files, err) is None, "stdout tells of none"


@pytest.mark.parametrize("content", ["", "fine\n", b"\x00Traceback (most recent call last):\n"])
def test_a_stream_without_an_error_tells_nothing(source: LogSource, write: Write, content: bytes | str):
    files = [a_file(write("1.out", "x\n"), "stdout"), a_file(write("1.err", content), "stderr")]
    assert error_beside(source, files, files[0].path) is None


def test_a_stream_that_cannot_be_read_tells_nothing(source: LogSource, write: Write, tmp_path: Path):
    out = a_file(write("1.out", "x\n"), "stdout")
    (tmp_path / "outside.err").write_text(CRASH)
    for other in (
        a_file(str(tmp_path / "outside.err"), "stderr"),
        a_file("/nowhere", "stderr", problem="there is no such file"),
    ):
        assert error_beside(source, [out, other], out.path) is None
    assert error_beside(source, [out], "/a/file/beside") is None
