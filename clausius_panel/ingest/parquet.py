"""Jobs out of a parquet file, a few thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from ..errors import BodyRefused
from ..model.made_ids import MadeIds
from ..slurm.exported_columns import column_names

__all__ = ["MAX_GROUP_BYTES", "MAX_ROWS", "parquet_rows"]

MAX_ROWS = 5_000_000
MAX_GROUP_BYTES = 1_000_000_000
"""What one group of rows may be unpacked: it is what is in memory at a time."""

_AT_ONCE = 5_000


def parquet_rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Each row of the columns that we know, by our names of them, with an id that is made where the file has none.

    Raises `BodyRefused` for what is no parquet, or too large.
    """
    import pyarrow as pa  # late: it costs as much as DuckDB
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as found:
            _check_size(found.metadata)
            ours = {name: our for name, our in column_names(found.schema_arrow.names).items() if our}
            ids, count = None if "JobID" in ours.values() else MadeIds(), 0
            for batch in found.iter_batches(batch_size=_AT_ONCE, columns=list(ours), use_threads=False):
                rows = batch.rename_columns([ours[name] for name in batch.schema.names]).to_pylist()
                count += len(rows)
                yield from [{**row, "JobID": ids.of(row)} for row in rows] if ids else rows
            if count != found.metadata.num_rows:
                raise BodyRefused("file", f"it is damaged: {count} rows instead of {found.metadata.num_rows}")
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise BodyRefused("file", f"it is not parquet, or cut off: {str(error).splitlines()[0][:200]}") from error


def _check_size(metadata: Any) -> None:
    if metadata.num_rows > MAX_ROWS:
        raise BodyRefused("file", f"{metadata.num_rows} rows; send at most {MAX_ROWS} at a time", status=413)
    groups = sum(metadata.row_group(number).num_rows for number in range(metadata.num_row_groups))
    if groups != metadata.num_rows:
        raise BodyRefused("file", f"it is damaged: {metadata.num_rows} rows, {groups} in its groups")
    for number in range(metadata.num_row_groups):
        size = metadata.row_group(number).total_byte_size
        if size > MAX_GROUP_BYTES:
            raise BodyRefused("file", f"a group of rows is {size} bytes; write smaller groups of rows", status=413)
