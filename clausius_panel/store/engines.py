"""DuckDB engines without a file. Making one costs some fifteen times what attaching a file to it does."""

from __future__ import annotations

import logging
import threading

import duckdb

from .forks import Forkable

__all__ = ["CONFIG", "Cursor", "give_back", "shut", "take"]

log = logging.getLogger(__name__)

Cursor = duckdb.DuckDBPyConnection
"""What `Store.read` and `Store.write` give: use it in the thread that asked for it, inside the `with`."""

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    # without a network, a query that wants an extension would stall for seconds
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "threads": "2",
    "memory_limit": "1GB",
}

_MOST = 2


class _Spares(Forkable):
    """Engines that no store of this process uses at the moment."""

    def reset(self) -> None:
        self.changed = threading.Condition()
        self._engines: list[Cursor] = []
        self._keeps = True

    def settle(self, wait_s: float) -> bool:
        while self._engines:
            shut(self._engines.pop())
        return True

    def disown(self) -> None:
        """Nothing was left to disown."""

    def close(self) -> None:
        """At exit: whoever comes later keeps none."""
        with self.changed:
            self._keeps = False
            self.settle(0)

    def take(self) -> Cursor | None:
        with self.changed:
            return self._engines.pop() if self._engines else None

    def keep(self, engine: Cursor) -> bool:
        with self.changed:
            is_wanted = self._keeps and len(self._engines) < _MOST
            if is_wanted:
                self._engines.append(engine)
            return is_wanted


_spares = _Spares()


def take() -> Cursor:
    """An engine for one user, to be given back or shut."""
    return _spares.take() or duckdb.connect(":memory:", config=CONFIG)


def give_back(engine: Cursor) -> None:
    """Leave an engine in good order, with nothing attached, to the next who takes one."""
    if not _spares.keep(engine):
        shut(engine)


def shut(engine: Cursor) -> None:
    """End an engine for good; what DuckDB objects to is logged."""
    try:
        engine.close()
    except duckdb.Error as exc:
        log.warning("closing an engine: %s", exc)
