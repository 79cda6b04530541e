"""Stores made once and copied: to make one anew takes longer than most tests, and to fill it even more."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clausius_panel.store import Store

__all__ = ["Shelf", "content_after", "copied", "empty", "filled", "new_store"]

Fill = Callable[[Store], object]


def content_after(fill: Fill, *, base: bytes = b"") -> bytes:
    """The file of a store after `fill`, on top of what is in the file `base` (without: of a new one)."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "store.duckdb"
        store = copied(base, path) if base else Store.create(path)
        fill(store)
        store.close()
        assert not path.with_name(path.name + ".wal").exists()
        return path.read_bytes()


@functools.cache
def empty() -> bytes:
    """The file of a new store."""
    return content_after(lambda _: None)


def copied(content: bytes, path: Path, *, lease_s: float = 0.3) -> Store:
    """A store at `path` with the content of another; not opened yet."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)
    return Store(path, lease_s=lease_s)


def new_store(path: Path) -> Store:
    """What `Store.create` makes, for tests that are not about how it is made."""
    return copied(empty(), path)


class Shelf:
    """Stores by the function that filled them, each for all tests until one writes to it: the next gets a copy."""

    def __init__(self, directory: Path, *, base: bytes) -> None:
        """Stores are filled on top of `base`, the file of a store."""
        self._directory, self._base = directory, base
        self._numbers = count()
        self._contents: dict[Fill, bytes] = {}
        self._stores: dict[Fill, tuple[Store, int]] = {}

    def take(self, fill: Fill) -> Store:
        """A store as `fill` left it."""
        store, revision = self._stores.get(fill, (None, 0))
        if store is not None and store.revision == revision:
            return store
        if store is not None:
            store.close()
        if fill not in self._contents:
            self._contents[fill] = content_after(fill, base=self._base)
        # nobody else wants the file: it may stay open until the module is done
        store = copied(self._contents[fill], self._directory / f"{next(self._numbers)}.duckdb", lease_s=600)
        self._stores[fill] = (store, store.revision)
        return store

    def close(self) -> None:
        """Close all files."""
        for store, _ in self._stores.values():
            store.close()


def filled(fill: Fill) -> object:
    """Makes of a function that fills a store the fixture of that store, with the function's name.

    The fixture `shelf` says what is in the store before.
    """

    @pytest.fixture(name=fill.__name__)
    def taken(shelf: Shelf) -> Store:
        return shelf.take(fill)

    return taken
