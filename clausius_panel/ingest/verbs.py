"""Taking in what a host sent: all good rows of a body in one transaction, the bad ones told one by one."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import IO, Any

from ..errors import BodyRefused
from ..store import Store
from ..store.history_rows import MergeCount, merge_history
from ..store.keys import ApiKey, host_time_zones, note_key_use
from .parquet import parquet_rows
from .reader import BodyReader
from .refusals import RowRefusal
from .staging import Staged, staged

__all__ = ["IngestOutcome", "check_own_host", "ingest_json", "ingest_parquet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOutcome:
    """What became of the rows of one body.

    `new + changed + same` may be less than `taken`: of two with one id and time of submission the later counts.
    """

    hostname: str
    received: int
    new: int
    changed: int
    same: int  # known already
    unfinished: int  # not kept: the job had not ended
    refused: int
    refusals: tuple[RowRefusal, ...]  # the first hundred

    @property
    def taken(self) -> int:
        """Rows that are in the store now."""
        return self.received - self.refused - self.unfinished


def ingest_json(store: Store, body: IO[bytes], *, key: ApiKey) -> IngestOutcome:
    """Merge the jobs of a body of JSON (see `reader`) into the history of the key's host.

    Sending the same again changes nothing. Raises `BodyRefused`; then nothing was taken. That is also so where not
    one row is good.
    """
    reader = BodyReader(body)

    def check() -> None:
        if reader.hostname is None:
            raise BodyRefused("hostname", "is missing")
        check_own_host(reader.hostname, key)

    return _ingest(store, reader, key, check)


def ingest_parquet(store: Store, file: IO[bytes], *, key: ApiKey) -> IngestOutcome:
    """The same for a parquet file with such columns. Raises `BodyRefused`."""
    return _ingest(store, parquet_rows(file), key, lambda: None)


def check_own_host(name: Any, key: ApiKey) -> None:
    """Raise `BodyRefused` for another host than the key's."""
    if not isinstance(name, str):
        raise BodyRefused("hostname", "must be text")
    if name != key.host:
        raise BodyRefused("hostname", f"this key is for {key.host}, not for {name[:80]!a}", status=403)


def _ingest(store: Store, rows: Iterable[Any], key: ApiKey, check: Callable[[], None]) -> IngestOutcome:
    zone = _zone(store, key.host)
    with staged(rows, zone=zone, directory=store.path.parent) as found:
        check()
        if found.received and found.received == found.refused:
            first = found.refusals[0]
            raise BodyRefused("jobs", f"none can be taken; the first: {first.field} {first.reason}", row=first.row)
        count = _merged(store, found, key)
    return IngestOutcome(
        hostname=key.host,
        received=found.received,
        new=count.new,
        changed=count.changed,
        same=count.same,
        unfinished=count.unfinished,
        refused=found.refused,
        refusals=tuple(found.refusals),
    )


def _merged(store: Store, found: Staged, key: ApiKey) -> MergeCount:
    at, count = datetime.now(UTC), MergeCount()
    with store.write() as cur:
        for batch in found.batches(cluster=key.host):
            count += merge_history(cur, batch, evidence="ingest", at=at)
        note_key_use(cur, key.key_id, at=at)
    return count


def _zone(store: Store, host: str) -> tzinfo:
    name = host_time_zones(store).get(host)
    return zoneinfo.ZoneInfo(name) if name else UTC
