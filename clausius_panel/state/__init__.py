"""What one session looks at: filters, one page of jobs, the fleet at a glance. param only, never panel."""

from .board import BoardState, Picture
from .cancelling import CancelResult, cancel_selection
from .filters import ALL_COLUMNS, DEFAULT_COLUMNS, FAMILIES, JobFilter, Key
from .log_piece import LogFound, LogPiece
from .log_view import LogView

__all__ = [
    "ALL_COLUMNS",
    "DEFAULT_COLUMNS",
    "FAMILIES",
    "BoardState",
    "CancelResult",
    "JobFilter",
    "Key",
    "LogFound",
    "LogPiece",
    "LogView",
    "Picture",
    "cancel_selection",
]
