"""What we know, in one DuckDB file that any number of processes share; nothing outside knows DuckDB."""

from .audit import AuditRow, append_audit, audit_rows, last_acts
from .cluster_states import (
    ClusterState,
    ErrorKind,
    cluster_states,
    error_kind,
    forget_failures,
    put_cluster_state,
)
from .clusters_table import delete_cluster, get_cluster, list_clusters, put_cluster
from .engines import Cursor
from .jobs import (
    JOB_COLUMNS,
    LEFT,
    count_lookups,
    lost_jobs,
    mark_left,
    merge_ended,
    merge_queue,
    move_queue,
    touch_queue,
)
from .nodes import replace_nodes
from .polls import record_poll
from .settings_table import Setting, Settings, get_setting, list_settings, set_setting, settings
from .store import Store
from .values import aware, clean, naive

__all__ = [
    "JOB_COLUMNS",
    "LEFT",
    "AuditRow",
    "ClusterState",
    "Cursor",
    "ErrorKind",
    "Setting",
    "Settings",
    "Store",
    "append_audit",
    "audit_rows",
    "aware",
    "clean",
    "cluster_states",
    "count_lookups",
    "delete_cluster",
    "error_kind",
    "forget_failures",
    "get_cluster",
    "get_setting",
    "last_acts",
    "list_clusters",
    "list_settings",
    "lost_jobs",
    "mark_left",
    "merge_ended",
    "merge_queue",
    "move_queue",
    "naive",
    "put_cluster",
    "put_cluster_state",
    "record_poll",
    "replace_nodes",
    "set_setting",
    "settings",
    "touch_queue",
]
