"""A number beside the store that changes with every commit, so that asking "anything new?" opens no database."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

from ..errors import StoreError

__all__ = ["Revision"]

_NUMBER = struct.Struct("<Q")


class Revision:
    """The file PATH.revision: 8 bytes, even at rest, odd while a commit is under way.

    Only the process behind the exclusive gate writes it, except for `repair`, where everybody writes the same.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".revision")

    def read(self) -> int:
        """The number now; 0 before the first commit. Raises `StoreError`."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return 0
        except OSError as exc:
            raise StoreError(f"{self._path}: cannot be read: {exc}") from exc
        return int(_NUMBER.unpack(data)[0]) if len(data) == _NUMBER.size else 0

    def begin(self) -> None:
        """Make it odd: a commit is about to happen. Raises `StoreError`."""
        self._write(self._next() | 1)

    def end(self) -> None:
        """Make it even: what was to happen has happened."""
        self._write((self._next() + 1) & ~1)

    def repair(self) -> None:
        """Called behind the gate while nobody commits: an odd number is the work of a writer that was killed.

        It may have been killed right after its commit, so those who read before must look again.
        """
        if self.read() & 1:
            self.end()

    def _next(self) -> int:
        # where the file is new or was lost, the clock gives a number greater than any before
        return (self.read() or time.time_ns() // 1000) + 1

    def _write(self, number: int) -> None:
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, _NUMBER.pack(number))  # 8 bytes at once, never truncated first
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise StoreError(f"{self._path}: cannot be written: {exc}") from exc
