"""What one session looks at: filters, one page of jobs, the fleet at a glance. param only, never panel."""

from .acting import ActResult, act_on
from .acts import ACTS, Act
from .board import BoardState, Picture
from .filters import ALL_COLUMNS, DEFAULT_COLUMNS, FAMILIES, JobFilter, Key
from .log_explorer import Chunk, LogExplorer
from .log_piece import LogFound, LogPiece
from .log_view import LogView

__all__ = [
    "ACTS",
    "ALL_COLUMNS",
    "DEFAULT_COLUMNS",
    "FAMILIES",
    "Act",
    "ActResult",
    "BoardState",
    "Chunk",
    "JobFilter",
    "Key",
    "LogExplorer",
    "LogFound",
    "LogPiece",
    "LogView",
    "Picture",
    "act_on",
]
