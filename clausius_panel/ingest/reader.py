"""Jobs out of a body of JSON, one after the other: however long the body is, a piece of it is in memory.

The body is `{"hostname": "H", "jobs": [{...}, ...]}`, its members in any order. Others are passed over.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from ..errors import BodyRefused

__all__ = ["MAX_VALUE", "BodyReader", "TooLong"]

PIECE = 256 * 1024
MAX_VALUE = 64 * 1024
"""Characters that one job, or one other member of the body, may have."""

_JOB = "a job"
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a job of more characters than one may have."""

    characters: int


class BodyReader:
    """Iterate over it once for the jobs; `hostname` is known when that is done.

    Raises `BodyRefused` where the body stops being JSON, or is JSON of another shape; the message names the row.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.hostname: Any = None
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        # NaN and Infinity are no JSON, but pandas writes them for what is not known
        self._value = json.JSONDecoder(parse_constant=lambda name: None).raw_decode
        self._text, self._at, self._is_all = "", 0, False
        self._row = 0

    def __iter__(self) -> Iterator[Any]:
        """Each member of `jobs`, whatever it is."""
        has_jobs = False
        self._expect("{", "the body must be a JSON object with hostname and jobs")
        is_first = True
        while not self._ends("}", first=is_first):
            is_first = False
            name = self._next("a member of the body")
            if not isinstance(name, str):
                raise BodyRefused("body", "the names of its members must be text")
            self._expect(":", f"':' is missing after {name[:40]!r}")
            if name == "jobs":
                if has_jobs:
                    raise BodyRefused("jobs", "stands in the body twice")
                has_jobs = True
                yield from self._jobs()
            else:
                value = self._next(name[:40])
                if name == "hostname":
                    self.hostname = value
        if self._peek():
            raise BodyRefused("body", "there is more behind its end")
        if not has_jobs:
            raise BodyRefused("jobs", "is missing: a list of jobs")

    def _jobs(self) -> Iterator[Any]:
        self._expect("[", "jobs must be a list")
        is_first = True
        while not self._ends("]", first=is_first):
            is_first = False
            self._row += 1
            yield self._next(_JOB)
        self._row = 0

    def _next(self, what: str) -> Any:
        """The JSON value that stands here. Raises `BodyRefused`."""
        while True:
            self._peek()
            try:
                value, end = self._value(self._text, self._at)
            except RecursionError:
                raise BodyRefused("body", f"{what} is nested too deeply", row=self._row) from None
            except ValueError as error:  # no JSON, or a number of thousands of digits
                why, end = str(error).partition(":")[0], len(self._text)
            else:
                if self._is_all or self._is_whole(value, end):
                    if what == _JOB and end - self._at > MAX_VALUE:
                        value = TooLong(end - self._at)  # the others are none the worse for it
                    else:
                        self._refuse_long(end, what, "")
                    self._at = end
                    return value
                why = "it is cut off"
            self._refuse_long(end, what, why)
            if not self._read():
                if self._at >= len(self._text):
                    raise BodyRefused("body", f"it ends before {what}", row=self._row)
                raise BodyRefused("body", f"{what} is not JSON: {why}", row=self._row)

    def _is_whole(self, value: Any, end: int) -> bool:
        """Whether a value that ends here ends here also when more is read: of `1.5` one may have seen `1.` yet."""
        if isinstance(value, (int, float)) or value is None:
            return end < len(self._text) and self._text[end] in " \t\r\n,]}"
        return end < len(self._text)

    def _refuse_long(self, end: int, what: str, why: str) -> None:
        if end - self._at > MAX_VALUE:  # of an error this says only that more text would not help
            reason = f"is not JSON: {why}" if why else f"is longer than {MAX_VALUE} characters"
            raise BodyRefused("body", f"{what} {reason}", row=self._row)

    def _ends(self, closing: str, *, first: bool) -> bool:
        """Whether `closing` stands here; else passes the comma that must stand between two values."""
        mark = self._peek()
        if mark == closing:
            self._at += 1
            return True
        if not first:
            self._expect(",", f"',' or '{closing}' is missing")
        return False

    def _expect(self, mark: str, why: str) -> None:
        found = self._peek()
        if found != mark:
            raise BodyRefused("body", why if found else f"it ends too early: {why}", row=self._row)
        self._at += 1

    def _peek(self) -> str:
        """The next character that is no white space, which is not passed; "" at the end."""
        while True:
            if self._at < len(self._text):
                if (mark := self._text[self._at]) > " ":
                    return mark
                found = _SPACE.match(self._text, self._at)
                if found and found.end() > self._at:
                    self._at = found.end()
                    continue
                return mark
            if not self._read():
                return ""

    def _read(self) -> bool:
        """Read one more piece; False at the end of the file."""
        if self._is_all:
            return False
        piece = self._file.read(PIECE)
        self._is_all = not piece
        try:
            text = self._decode(piece, final=self._is_all)
        except UnicodeDecodeError as error:
            raise BodyRefused("body", f"it is not UTF-8: {error.reason}", row=self._row) from error
        self._text, self._at = self._text[self._at :] + text, 0
        return True
