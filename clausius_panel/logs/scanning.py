"""What `grep`, `wc` and `head` would say of a file whose host runs no commands: its bytes pass through here.

Never more of them in memory than some pieces, and never longer than the question allows.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from .analysis import check_pattern

__all__ = ["SCANS", "Read", "scan"]

SCANS = ("hits", "newlines", "line_start", "unpacked")
"""The verbs of `far_side` that are answered here."""

_PIECE = 1 << 20
_CUT = 2048  # bytes of a line that matched
_GZIP = 31  # zlib's word for a window of gzip
_LONGEST_LINE = 16 << 20  # what is longer cannot be searched, as with grep there

_LATE, _FAILED = b"status 124\n", b"status 2\n"


class Read(Protocol):
    """Reads some bytes of the file from `offset` on, fewer only at its end."""

    def __call__(self, *, offset: int, max_bytes: int) -> bytes:
        """The bytes."""
        ...


def scan(read: Read, words: Sequence[str], *, clock: Callable[[], float] = time.monotonic) -> bytes:
    """The bytes that the verb in front of `words` prints on a host that runs commands.

    Raises `InvalidInput` for a pattern that only grep understands, and whatever `read` raises.
    """
    verb, *rest = words
    if verb == "hits":
        start, most, seconds = map(int, rest[:3])
        return _hits(_pieces(read, start, most), clock() + seconds, rest[3:], clock)
    if verb == "newlines":
        start, most, seconds = map(int, rest)
        return _newlines(_pieces(read, start, most), clock() + seconds, clock)
    if verb == "unpacked":
        seconds, most = map(int, rest)
        return _unpacked(_pieces(read, 0, 1 << 62), clock() + seconds, most, clock)
    lines, seconds = map(int, rest)
    return _line_start(_pieces(read, 0, 1 << 62), clock() + seconds, lines, clock)


def _pieces(read: Read, start: int, most: int) -> Iterator[bytes]:
    while most > 0 and (piece := read(offset=start, max_bytes=min(_PIECE, most))):
        yield piece
        start, most = start + len(piece), most - len(piece)


def _newlines(pieces: Iterator[bytes], deadline: float, clock: Callable[[], float]) -> bytes:
    count = 0
    for piece in pieces:
        count += piece.count(b"\n")
        if clock() > deadline:
            return b"late\n"
    return b"%d\n" % count


def _line_start(pieces: Iterator[bytes], deadline: float, lines: int, clock: Callable[[], float]) -> bytes:
    """Where the line begins that has `lines` before it; the end where there are fewer."""
    at = 0
    for piece in pieces:
        if lines == 0:
            break
        here = piece.count(b"\n")
        if here >= lines:
            return b"%d\n" % (at + _behind(piece, lines))
        lines, at = lines - here, at + len(piece)
        if clock() > deadline:
            return b"late\n"
    return b"%d\n" % at


def _behind(piece: bytes, lines: int) -> int:
    """The byte behind the line feed of this number."""
    at = 0
    for _ in range(lines):
        at = piece.index(b"\n", at) + 1
    return at


def _unpacked(pieces: Iterator[bytes], deadline: float, most: int, clock: Callable[[], float]) -> bytes:
    """The last `most` bytes of what gzip unpacks, then its status."""
    end, status = b"", b"0"
    try:
        for part in _inflated(pieces):
            end = (end + part)[-most:]
            if clock() > deadline:
                status = b"124"
                break
    except zlib.error:
        status = b"1"
    return end + b"\nstatus " + status + b"\n"


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip's members, one behind the other, hold, some at a time. Raises `zlib.error`."""
    member, is_begun = zlib.decompressobj(_GZIP), False
    for piece in pieces:
        packed = piece
        while packed:
            yield member.decompress(packed, _PIECE)
            packed, is_begun = member.unconsumed_tail, True
            if member.eof:
                packed, member, is_begun = member.unused_data, zlib.decompressobj(_GZIP), False
    if is_begun:
        yield member.flush()
        if not member.eof:
            raise zlib.error("it ends too early")


def _hits(pieces: Iterator[bytes], deadline: float, words: Sequence[str], clock: Callable[[], float]) -> bytes:
    """`NUMBER:OFFSET:LINE` of each line that fits, then the status of grep."""
    most = int(words[words.index("-m") + 1])
    fits = _matcher(words)
    found: list[bytes] = []
    number, at = 1, 0
    for lines in _line_blocks(pieces):
        if lines is None:
            return b"".join(found) + b"\n" + _FAILED
        for line in lines:
            if fits(line):
                found.append((b"%d:%d:%b" % (number, at, line))[:_CUT] + b"\n")
                if len(found) >= most:
                    return b"".join(found) + b"\nstatus 0\n"
            number, at = number + 1, at + len(line) + 1
        if clock() > deadline:
            return b"".join(found) + b"\n" + _LATE
    return b"".join(found) + (b"\nstatus 0\n" if found else b"\nstatus 1\n")


def _line_blocks(pieces: Iterator[bytes]) -> Iterator[list[bytes] | None]:
    """Whole lines without their ends, some at a time; None for one that is too long, and nothing after it."""
    begun: list[bytes] = []
    for piece in pieces:
        head, feed, rest = piece.partition(b"\n")
        if not feed:
            begun.append(piece)
            if sum(map(len, begun)) > _LONGEST_LINE:
                yield None
                return
            continue
        *lines, left = rest.split(b"\n")
        yield [b"".join([*begun, head]), *lines]
        begun = [left] if left else []
    if begun:
        yield [b"".join(begun)]


def _matcher(words: Sequence[str]) -> Callable[[bytes], bool]:
    first = words.index("-e")
    patterns, options = words[first + 1 :: 2], words[:first]
    ignores_case = "-i" in options
    if "-F" in options:
        wanted = [text.encode("utf-8", "surrogateescape") for text in patterns]
        if ignores_case:
            lowered = [text.lower() for text in wanted]
            return lambda line: any(text in line.lower() for text in lowered)
        return lambda line: any(text in line for text in wanted)
    for pattern in patterns:
        check_pattern("a search where no commands run", pattern)
    either = "|".join(f"(?:{pattern})" for pattern in patterns).encode("utf-8", "surrogateescape")
    expression = re.compile(either, re.IGNORECASE if ignores_case else 0)
    return lambda line: expression.search(line) is not None
