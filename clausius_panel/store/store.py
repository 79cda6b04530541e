"""The store: a DuckDB file that any number of processes read and write."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar, cast
from urllib.parse import unquote, urlsplit

import duckdb

from ..errors import InvalidInput, SchemaTooNew, StoreError, StoreOnNetwork
from . import migrations
from .backup import back_up
from .engines import Cursor
from .lease import Lease
from .network import network_file_system
from .revision import Revision
from .schema import MIGRATIONS
from .values import clean, first_line

__all__ = ["Store"]

T = TypeVar("T")


class Store:
    """Every job we ever saw, and what we were told about clusters. Safe to use from threads and after forks.

    The file is open only for the moment of use: see `lease`. Made by `create` or `open`.
    """

    def __init__(
        self, path: Path, *, timeout_s: float = 30.0, lease_s: float = 0.3, steps: Sequence[str] = MIGRATIONS
    ) -> None:
        """Nothing is opened yet. `steps` is the schema; see `schema.MIGRATIONS`."""
        self.path = path
        self._steps = steps
        self._revision = Revision(path)
        self._answers: dict[str, tuple[int, object]] = {}
        self._lease = Lease(path, timeout_s=timeout_s, lease_s=lease_s, on_open=self._on_open)

    @classmethod
    def create(
        cls,
        where: str | Path,
        *,
        timeout_s: float = 30.0,
        lease_s: float = 0.3,
        steps: Sequence[str] = MIGRATIONS,
    ) -> Self:
        """Make a store, or open the one that is there, and bring it to the newest schema.

        `where` is a path or `duckdb:///path`. A directory that is made for it is for its owner only. Raises
        `InvalidInput`, `StoreOnNetwork`, `SchemaTooNew`, `StoreBusy`, `StoreError`.
        """
        store = cls(local_path(where), timeout_s=timeout_s, lease_s=lease_s, steps=steps)
        try:
            store.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise StoreError(f"{store.path.parent}: cannot be made: {exc}") from exc
        with store._closed_on_failure():
            store._migrate(create=True)
        return store

    @classmethod
    def open(
        cls,
        where: str | Path,
        *,
        timeout_s: float = 30.0,
        lease_s: float = 0.3,
        steps: Sequence[str] = MIGRATIONS,
    ) -> Self:
        """Open the store at a path or `duckdb:///path`. One of an older schema is backed up and then migrated.

        `timeout_s` is how long `read` and `write` wait for other processes, `lease_s` how long the file stays open
        for the next question. Raises `StoreMissing`, `InvalidInput`, `StoreOnNetwork`, `SchemaTooNew`,
        `StoreBusy`, `StoreError`.
        """
        store = cls(local_path(where), timeout_s=timeout_s, lease_s=lease_s, steps=steps)
        with store._closed_on_failure():
            with store.read() as cur:
                todo = migrations.pending(cur, steps=steps)
            if todo:
                store._migrate(create=False)
        return store

    @property
    def revision(self) -> int:
        """A number that grows whenever any process has written. Costs a look at an 8-byte file."""
        return self._revision.read()

    @contextmanager
    def read(self) -> Iterator[Cursor]:
        """A cursor that sees one consistent state. Reading within reading is allowed.

        Raises `StoreBusy`, `StoreMissing`, and `StoreError` for whatever DuckDB objects to.
        """
        with self._told(), self._lease.cursor(write=False) as cur:
            cur.execute("BEGIN TRANSACTION READ ONLY")
            try:
                yield cur
            finally:
                with suppress(duckdb.Error):
                    cur.rollback()

    @contextmanager
    def write(self) -> Iterator[Cursor]:
        """A cursor in a transaction that is committed at the end, or undone if the block raises.

        One writer at a time, among all processes. Within it the same thread can neither read nor write through the
        store: pass the cursor on. Raises `StoreBusy`, `StoreMissing`, and `StoreError` for whatever DuckDB
        objects to.
        """
        with self._told(), self._lease.cursor(write=True) as cur:
            cur.begin()
            is_done = False
            try:
                yield cur
                self._revision.begin()
                cur.commit()
                is_done = True
            finally:
                if not is_done:
                    with suppress(duckdb.Error):
                        cur.rollback()
                self._revision.repair()

    def remembered(self, name: str, ask: Callable[[Cursor], T]) -> T:
        """What `ask` answers, which is asked again only when something was written. `name` tells questions apart.

        The answer is shared: it must not be changed.
        """
        revision = self.revision  # before asking: what is written meanwhile makes the next call ask again
        known, answer = self._answers.get(name, (None, None))
        if known != revision:
            with self.read() as cur:
                answer = ask(cur)
            self._answers[name] = (revision, answer)
        return cast("T", answer)

    def backup(self, directory: Path, *, keep: int = 7) -> Path:
        """Copy the store, consistently and checked, while others read it; only the newest `keep` copies stay.

        Gives the path of the copy, which is a store itself. Raises `StoreError`, `InvalidInput`.
        """
        if keep < 1:
            raise InvalidInput("keep", keep, "keep at least 1 backup")
        with self._told(), self._lease.cursor(write=False) as cur:
            return back_up(cur, directory, stem=self.path.stem, keep=keep)

    def close(self) -> None:
        """Close the file now instead of when the lease ends. The store can still be used."""
        self._lease.close()

    def _migrate(self, *, create: bool) -> None:
        with self._told(), self._lease.cursor(write=True, create=create) as cur:
            if not migrations.pending(cur, steps=self._steps):
                return  # another process was faster
            if migrations.version(cur):
                back_up(cur, self.path.parent / "backups", stem=f"{self.path.stem}-before-upgrade", keep=7)
            try:
                self._revision.begin()
                migrations.migrate(cur, steps=self._steps)
            except StoreError as exc:
                raise StoreError(f"{self.path}: {exc}") from exc
            finally:
                self._revision.repair()
            self.path.chmod(0o600)

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        with ExitStack() as undo:
            undo.callback(self.close)
            yield
            undo.pop_all()

    def _on_open(self, connection: Cursor) -> None:
        found = migrations.version(connection)
        if found > len(self._steps):
            raise SchemaTooNew(self.path, found, len(self._steps))
        self._revision.repair()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """DuckDB's errors as ours: nobody else needs to know DuckDB."""
        try:
            yield
        except duckdb.Error as exc:
            raise StoreError(f"{self.path}: {first_line(exc)}") from exc


def local_path(where: str | Path) -> Path:
    """The file that a path or URL names. Raises `InvalidInput`, `StoreOnNetwork`, `StoreError`.

    >>> local_path("duckdb:///data/my%20store.duckdb").as_posix()
    '/data/my store.duckdb'
    """
    if isinstance(where, str) and "://" in where:
        url = urlsplit(where)
        if url.scheme != "duckdb" or url.netloc or not url.path:
            raise InvalidInput("store", where, "use a path, or duckdb:///path/to/file")
        where = unquote(url.path)
    if not str(where) or "\x00" in str(where) or clean(str(where)) != str(where):
        raise InvalidInput("store", str(where), "use a path in UTF-8, or duckdb:///path/to/file")
    path = Path(where).expanduser().absolute()
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        mode = stat.S_IFREG  # yet to be made
    except OSError as exc:
        raise StoreError(f"{path}: cannot be looked at: {exc}") from exc
    if stat.S_ISDIR(mode):
        raise InvalidInput("store", str(where), "this is a directory; name a file in it")
    if not stat.S_ISREG(mode):
        raise InvalidInput("store", str(where), "this is no regular file")
    if kind := network_file_system(path):
        raise StoreOnNetwork(path, kind)
    return path
