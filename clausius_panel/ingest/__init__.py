"""Jobs that hosts send us: read row by row, checked, and merged into the history."""

from .refusals import RowRefusal
from .verbs import IngestOutcome, check_own_host, ingest_json, ingest_parquet

__all__ = ["IngestOutcome", "RowRefusal", "check_own_host", "ingest_json", "ingest_parquet"]
