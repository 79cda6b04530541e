"""Logs: where a job's are, any piece of them within bounds, and what they tell.

Stands above transport, slurm and store, beside queries and actions. Files are read where they lie, only inside the
directories that known jobs or the configuration name, and never as a whole.
"""

from .access import HIDDEN_SHOWN, Access, Root
from .analysis import AnalysisRules, BenignRule, CrashRule, SoftRule
from .ansi import Span, Style, parse_ansi, plain_text
from .asking import FileFacts, Via
from .configured import analysis_rules, log_rules
from .crashes import Crash, SoftFailure, Verdict, find_crashes, is_benign, judge
from .data_host import FileHost, Place
from .discovery import LogFile, LogFiles, access_to, log_files, log_source, place_of
from .error_search import FirstError, first_error
from .following import Change, Position, follow, position
from .jsonl import Record, Records, count_records, parse_records, preview, record, records
from .kinds import FileKind, file_kind
from .listing import Entry, Listing, list_directory
from .over_sftp import ServedFiles
from .packed import UNPACKED_BYTES, Unpacked, unpacked
from .progress import Progress, find_progress
from .reading import Page, count_lines, download, line_start, page, read_bytes, tail
from .refusal import LogRefused
from .rendering import Rendered, rendered
from .rules import LogRules, Mount, PathMap, SearchPath, host_path
from .searching import Hit, SearchResult, StoppedBy, search
from .seen_links import SeenLinks
from .source import LogSource
from .streams import ErrorBeside, error_beside, other_stream
from .tasks import ArrayTask, array_tasks
from .trackers import TrackerLink, find_tracker_links, merged_links

__all__ = [
    "HIDDEN_SHOWN",
    "UNPACKED_BYTES",
    "Access",
    "AnalysisRules",
    "ArrayTask",
    "BenignRule",
    "Change",
    "Crash",
    "CrashRule",
    "Entry",
    "ErrorBeside",
    "FileFacts",
    "FileHost",
    "FileKind",
    "FirstError",
    "Hit",
    "Listing",
    "LogFile",
    "LogFiles",
    "LogRefused",
    "LogRules",
    "LogSource",
    "Mount",
    "Page",
    "PathMap",
    "Place",
    "Position",
    "Progress",
    "Record",
    "Records",
    "Rendered",
    "Root",
    "SearchPath",
    "SearchResult",
    "SeenLinks",
    "ServedFiles",
    "SoftFailure",
    "SoftRule",
    "Span",
    "StoppedBy",
    "Style",
    "TrackerLink",
    "Unpacked",
    "Verdict",
    "Via",
    "access_to",
    "analysis_rules",
    "array_tasks",
    "count_lines",
    "count_records",
    "download",
    "error_beside",
    "file_kind",
    "find_crashes",
    "find_progress",
    "find_tracker_links",
    "first_error",
    "follow",
    "host_path",
    "is_benign",
    "judge",
    "line_start",
    "list_directory",
    "log_files",
    "log_rules",
    "log_source",
    "merged_links",
    "other_stream",
    "page",
    "parse_ansi",
    "parse_records",
    "place_of",
    "plain_text",
    "position",
    "preview",
    "read_bytes",
    "record",
    "records",
    "rendered",
    "search",
    "tail",
    "unpacked",
]
