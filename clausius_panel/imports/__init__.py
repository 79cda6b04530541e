"""Histories of other programs, read from files: what they hold, and writing it to the store.

Each source reads one format and gives `Batch`es: rows as `store.history_rows.merge_history` takes them, and the
rows that it could not read, with number and reason.

    parquet_files   weekly and yearly Parquet files of a usage history, with its older column names too
    sqlite_file     the history.db of a job board
    sacct_dump      what `sacct -P` or `-p` printed, with any fields in any order, with or without steps
"""

from .batch import BadRow, Batch, RunMark, Source
from .loading import ImportStep, load
from .survey import Survey, examine, open_source

__all__ = ["BadRow", "Batch", "ImportStep", "RunMark", "Source", "Survey", "examine", "load", "open_source"]
