"""Read-only mode: what changes a cluster or our records is refused in every face, in the same words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mcp import Client

from clausius_panel import actions
from clausius_panel import store as st
from clausius_panel.cli.app import COMMANDS, clausius
from clausius_panel.errors import ReadOnly
from clausius_panel.fleet import Fleet
from clausius_panel.records import Cleared
from clausius_panel.runtime import Runtime
from clausius_panel.saved_filters import save_filter
from clausius_panel.views.history_page import HistoryPage
from clausius_panel.views.project_page import ProjectPage
from clausius_panel.views.projects_page import ProjectsPage
from clausius_panel.views.run_page import RunPage
from clausius_panel.views.runs_page import RunsPage
from clausius_panel.views.settings_page import SettingsPage
from tests.faces import CLUSTER, a_runtime, changed, scancelled
from tests.mcp_kit import server_of

WORDS = "read-only mode is on"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("read_only"))


@pytest.fixture(scope="module")
def runtime(root: Path) -> Iterator[Runtime]:
    with a_runtime(root, api_port=0) as runtime:
        runtime.refresh()
        save_filter(runtime.store, "history", name="kept", query="page=history")
        save_filter(runtime.store, "usage", name="kept", query="page=usage")
        actions.set_setting(runtime.store, "read_only", True)
        yield runtime


def everything(store: st.Store) -> dict[str, list[Any]]:
    """Every row of every table."""
    with store.read() as cur:
        names = [name for (name,) in cur.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {name: sorted(map(str, cur.execute(f"SELECT * FROM {name}").fetchall())) for name in names}


@pytest.fixture(autouse=True)
def nothing_changes(runtime: Runtime, root: Path) -> Iterator[None]:
    before = everything(runtime.store)
    assert before["jobs"]
    assert before["saved_filters"]
    yield
    assert everything(runtime.store) == before
    assert scancelled(root) == changed(root) == []


ONE = {"cluster": CLUSTER, "job_id": "1"}
TOOLS: dict[str, dict[str, Any]] = {
    "add_cluster_config": {"name": "new", "host": "localhost"},
    "update_cluster_config": {"cluster": CLUSTER, "description": "x"},
    "remove_cluster_config": {"cluster": CLUSTER},
    "cancel_job": ONE,
    "cancel_jobs": {"cluster": CLUSTER, "job_ids": ["1", "2"]},
    "hold_job": ONE,
    "release_job": ONE,
    "requeue_job": ONE,
    "run_script": {"cluster": CLUSTER, "script": "touch /tmp/x", "interpreter": "bash"},
    "clear_failed": {},
    "clear_completed": {},
    "cleanup_history": {"days": 1, "dry_run": False},
    "add_path_base": {"path": "/scratch"},
    "remove_path_base": {"path": "/scratch"},
    "add_process_filter": {"text": "train.py", "action": "include"},
    "remove_process_filter": {"text": "train.py"},
    "add_run_rule": {"kind": "stage", "pattern": "eval"},
    "remove_run_rule": {"kind": "stage", "pattern": "eval"},
    "measure_job_gpus": ONE,
    "set_app_setting": {"key": "refresh_interval_s", "value": 60},
}
FILES = {"export_history"}
"""Tools that write a file of their own beside the store, and no record."""


async def test_every_tool_that_changes_something_is_refused(runtime: Runtime) -> None:
    async with Client(server_of(runtime)) as client:
        tools = (await client.list_tools()).tools
        writing = {tool.name for tool in tools if not (tool.annotations and tool.annotations.read_only_hint)}
        assert writing == TOOLS.keys() | FILES
        for name, arguments in TOOLS.items():
            result = await client.call_tool(name, arguments)
            assert result.is_error, name
            assert WORDS in "".join(part.text for part in result.content), name


WRITING: dict[str, list[list[str]]] = {
    "cancel": [["--yes", CLUSTER, "1"]],
    "cancel-run": [["--yes", CLUSTER, "1"]],
    "hold": [[CLUSTER, "1"]],
    "release": [[CLUSTER, "1"]],
    "requeue": [["--yes", CLUSTER, "1"]],
    "top": [[CLUSTER, "1"]],
    "change": [["--nice", "5", CLUSTER, "1"], ["-t", "60", CLUSTER, "1"], ["-p", "gpu", CLUSTER, "1"]],
    "clear": [["failed"], ["completed"]],
    "dismiss": [[CLUSTER, "1"], ["--undo", CLUSTER, "1"]],
    "pin": [[CLUSTER, "1"]],
    "unpin": [[CLUSTER, "1"]],
    "star": [[CLUSTER, "1"]],
    "unstar": [[CLUSTER, "1"]],
    "note": [[CLUSTER, "1", "x"]],
    "cleanup": [["--days", "1", "--yes"]],
    "script": [[CLUSTER, "-"]],
    "add-cluster": [["new", "localhost"]],
    "update-cluster": [[CLUSTER, "--description", "x"]],
    "remove-cluster": [[CLUSTER, "--yes"]],
    "path-bases": [["add", "/scratch"], ["remove", "/scratch"]],
    "log-rules": [["add", "benign", "no error"], ["remove", "benign", "x"]],
    "run-rules": [["add", "stage", "x"], ["remove", "stage", "x"], ["set", "--gap", "1"], ["reset"]],
    "add-project": [["new"]],
    "edit-project": [["llm", "--colour", "#000000"], ["llm", "--name", "new"]],
    "merge-project": [["llm", "new"], ["llm", "--undo"]],
    "process-filters": [["add", "train.py"], ["remove", "train.py"]],
    "stats": [["--by-step", CLUSTER, "1"]],
    "set": [["refresh_interval_s", "60"]],
    "keys": [["add", "host"], ["rotate", "host"]],
}
READING = {
    "jobs",
    "status",
    "job",
    "log",
    "runs",
    "run",
    "project",
    "projects",
    "history",
    "sql",
    "usage",
    "report",
    "list-clusters",
    "settings",
    "get",
    "serve",
    "demo",
    "mcp",
}
FILLING = {"backfill", "import"}
"""`backfill` fills the history as every poll does; `import` is refused, see below."""
ONES_OWN = {"setup", "backup", "restore", "test-cluster", "trust", "login"}
"""They concern this machine's files and ways in, not the records."""


def test_every_command_that_changes_something_is_refused(runtime: Runtime) -> None:
    assert set(COMMANDS) == WRITING.keys() | READING | FILLING | ONES_OWN
    for command, calls in WRITING.items():
        for words in calls:
            data = str(runtime.config.data_dir)
            result = CliRunner().invoke(clausius, ["--data-dir", data, command, *words], input="echo x\n")
            assert result.exit_code == 1, (command, words, result.output)
            assert WORDS in result.stderr, (command, words, result.stderr)


def test_an_import_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    dump = tmp_path / "dump.txt"
    dump.write_text("JobID|Submit|State\n9|2026-01-01T00:00:00|COMPLETED\n")
    data = str(runtime.config.data_dir)
    words = ["--data-dir", data, "import", str(dump), "-c", CLUSTER, "--yes"]
    assert WORDS in CliRunner().invoke(clausius, words).stderr


FLEET: dict[str, Callable[[Fleet], object]] = {
    "cancel": lambda fleet: fleet.cancel(CLUSTER, "1"),
    "hold": lambda fleet: fleet.hold(CLUSTER, "1"),
    "release": lambda fleet: fleet.release(CLUSTER, "1"),
    "requeue": lambda fleet: fleet.requeue(CLUSTER, "1"),
    "top": lambda fleet: fleet.top(CLUSTER, "1"),
    "cancel_run": lambda fleet: fleet.cancel_run(CLUSTER, "1"),
    "run_script": lambda fleet: fleet.run_script(CLUSTER, "print()"),
    "clear": lambda fleet: fleet.clear("failed"),
    "restore": lambda fleet: fleet.restore(Cleared(what="failed", count=0, rows=[])),
    "cleanup": lambda fleet: fleet.cleanup(days=1, dry_run=False),
    "star": lambda fleet: fleet.star(CLUSTER, "1"),
    "note": lambda fleet: fleet.note(CLUSTER, "1", "x"),
    "pin": lambda fleet: fleet.pin(CLUSTER, "1"),
    "dismiss": lambda fleet: fleet.dismiss(CLUSTER, "1"),
    "add_path_base": lambda fleet: fleet.add_path_base("/scratch"),
    "remove_path_base": lambda fleet: fleet.remove_path_base("/scratch"),
    "add_log_rule": lambda fleet: fleet.add_log_rule("benign", text="no error"),
    "remove_log_rule": lambda fleet: fleet.remove_log_rule("benign", "x"),
    "add_process_filter": lambda fleet: fleet.add_process_filter("train.py"),
    "remove_process_filter": lambda fleet: fleet.remove_process_filter("train.py"),
    "set_run_rules": lambda fleet: fleet.set_run_rules(gap_s=1),
    "add_run_rule": lambda fleet: fleet.add_run_rule("stage", "x"),
    "remove_run_rule": lambda fleet: fleet.remove_run_rule("stage", "x"),
    "reset_run_rules": lambda fleet: fleet.reset_run_rules(),
    "add_project": lambda fleet: fleet.add_project("new"),
    "edit_project": lambda fleet: fleet.edit_project("llm", new_name="new"),
    "merge_project": lambda fleet: fleet.merge_project("llm", ""),
    "add_cluster": lambda fleet: fleet.add_cluster("new", "localhost"),
}

READING_METHODS = {
    "board",
    "counts",
    "efficiency",
    "export_history",
    "history",
    "history_view",
    "job",
    "jobs",
    "log",
    "log_files",
    "log_rules",
    "path_bases",
    "process_filters",
    "project_jobs",
    "projects",
    "report",
    "right_sizing",
    "run",
    "run_rules",
    "runs",
    "sql",
    "sql_schema",
    "start_estimates",
    "status",
    "time_boxes",
    "usage",
    "usage_view",
    "wait_times",
    "refresh",
    "backfill",
    "close",
    "login",
}


def test_every_method_of_a_notebook_that_changes_something_is_refused(runtime: Runtime) -> None:
    public = {name for name, _ in inspect.getmembers(Fleet, inspect.isfunction) if not name.startswith("_")}
    assert public == FLEET.keys() | READING_METHODS
    with Fleet(data_dir=runtime.config.data_dir) as fleet:
        for name, call in FLEET.items():
            with pytest.raises(ReadOnly) as refused:
                call(fleet)
            assert WORDS in str(refused.value), name


ROWS = {"keys": [f"{CLUSTER}:1"]}
MESSAGES: list[tuple[Any, str, dict[str, Any]]] = [
    (RunsPage, "page=runs", {"kind": "star", "on": True} | ROWS),
    (RunsPage, "page=runs", {"kind": "pin", "on": True} | ROWS),
    (RunsPage, "page=runs", {"kind": "dismiss", "on": True} | ROWS),
    (RunsPage, "page=runs", {"kind": "clear", "what": "failed"}),
    (RunsPage, "page=runs", {"kind": "do", "act": "hold"} | ROWS),
    (RunsPage, "page=runs", {"kind": "do", "act": "cancel"} | ROWS),
    (RunPage, f"page=run&cluster={CLUSTER}&run=1", {"kind": "star", "on": True}),
    (ProjectsPage, "page=projects", {"kind": "add", "name": "new", "prefix": "", "colour": "", "emoji": ""}),
    (ProjectPage, "page=project&name=llm", {"kind": "edit", "looks": {"colour": "#000000"}}),
    (ProjectPage, "page=project&name=llm", {"kind": "merge", "into": ""}),
    (HistoryPage, "page=history", {"kind": "save", "name": "x"}),
    (HistoryPage, "page=history", {"kind": "forget", "name": "kept"}),
    (SettingsPage, "page=settings", {"kind": "set", "key": "refresh_interval_s", "value": "60"}),
    (SettingsPage, "page=settings", {"kind": "add", "what": "benign", "fields": {"text": "no error"}}),
    (SettingsPage, "page=settings", {"kind": "remove", "what": "benign", "key": "x", "cluster": ""}),
    (SettingsPage, "page=settings", {"kind": "add", "what": "stage", "fields": {"pattern": "eval"}}),
    (SettingsPage, "page=settings", {"kind": "add", "what": "join", "fields": {"name": "gap_s", "value": "1"}}),
    (SettingsPage, "page=settings", {"kind": "remove", "what": "parent", "key": "x", "cluster": ""}),
    (SettingsPage, "page=settings", {"kind": "reset", "what": "stage"}),
]


@pytest.mark.parametrize(("page", "query", "message"), MESSAGES, ids=lambda value: str(value)[:60])
async def test_what_a_page_is_told_to_change_is_refused(
    page: Any, query: str, message: dict[str, Any], runtime: Runtime
) -> None:
    shown = page(runtime, query)
    await shown.hear(message)
    assert shown.look.notice is not None
    assert WORDS in shown.look.notice.text
