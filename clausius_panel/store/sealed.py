"""Runs one SELECT that a stranger may have written, in a process of its own.

`python -m clausius_panel.store.sealed` reads a question as JSON from stdin ({"path", "views", "sql", "rows",
"seconds", "memory_mib"}) and writes an answer as JSON to stdout: {"arrow": base64 of an IPC stream, "more": bool},
or {"error", "kind"}.

What keeps it from harm, each for itself: the file is opened read-only; DuckDB may touch nothing outside it and its
configuration is locked; the statement must be one SELECT over the given views, which is checked in the parsed tree
(tables, of which some hold keys, cannot be named); the kernel limits memory, processor time and files.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import duckdb

from .engines import CONFIG
from .gate import Gate
from .values import first_line

__all__ = ["MAX_ANSWER", "Refusal", "check", "main", "serve"]

MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of an answer."""

_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
"""What may stand in FROM with parentheses: many others open files or the catalogue."""

_FORBIDDEN = frozenset({"getenv", "write_log", "nextval", "currval", "current_setting", "json_serialize_plan"})

_KINDS = frozenset(
    {
        "SELECT_NODE",
        "SET_OPERATION_NODE",
        "RECURSIVE_CTE_NODE",
        "CTE_NODE",
        "EMPTY",
        "BASE_TABLE",
        "SUBQUERY",
        "JOIN",
        "TABLE_FUNCTION",
        "EXPRESSION_LIST",
        "ORDER_MODIFIER",
        "LIMIT_MODIFIER",
        "LIMIT_PERCENT_MODIFIER",
        "DISTINCT_MODIFIER",
        "ORDER_DEFAULT",
        "DEFAULT",
        "ASCENDING",
        "DESCENDING",
    }
)
"""Every kind of node that a statement may have beside its expressions."""


class Refusal(Exception):
    """Why a statement is not run."""


def check(cur: duckdb.DuckDBPyConnection, sql: str, views: frozenset[str]) -> None:
    """Raises `Refusal` unless `sql` is one SELECT over `views` and what it defines itself."""
    rows = cur.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()
    tree = json.loads(rows[0][0])
    if tree["error"]:
        if tree.get("error_type") == "not implemented":
            raise Refusal("only SELECT is allowed")
        raise Refusal(str(tree.get("error_message", "it cannot be parsed")))
    if len(tree["statements"]) != 1:
        raise Refusal(f"{len(tree['statements'])} statements; use one SELECT")
    own = {str(entry["key"]).lower() for node in _nodes(tree) for entry in _defined(node)}
    taken = {str(name).lower() for (name,) in cur.execute(_CATALOGUE).fetchall()}
    if clash := sorted(own & (taken | views)):
        raise Refusal(f"WITH {clash[0]}: a table is called so; use another name")
    for node in _nodes(tree):
        _check_node(node, views | own)


_CATALOGUE = "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views()"


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    stack = [tree]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield each
            stack += each.values()
        elif isinstance(each, list):
            stack += each


def _defined(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of WITH."""
    ctes = node.get("cte_map")
    return list(ctes["map"]) if isinstance(ctes, dict) else []


def _check_node(node: dict[str, Any], names: frozenset[str]) -> None:
    kind = node.get("type")
    if "function_name" in node:
        name = str(node["function_name"]).lower()
        if name in _FORBIDDEN or node.get("schema") or node.get("catalog"):
            raise Refusal(f"{name}(): this function is not allowed")
    if "class" in node or not isinstance(kind, str):  # an expression, or the type of a value
        return
    if kind not in _KINDS and not kind.endswith("_TYPE_INFO"):
        raise Refusal(f"{kind.lower().replace('_', ' ')} is not allowed; use SELECT ... FROM a view")
    if kind == "BASE_TABLE":
        path = (node.get("qualified_name") or {}).get("path", [node["table_name"]])
        plain = not (node["schema_name"] or node["catalog_name"] or node.get("at_clause")) and len(path) == 1
        if not plain or str(node["table_name"]).lower() not in names:
            raise Refusal(f"there is no view {'.'.join(map(str, path))!r}; there are: {', '.join(sorted(names))}")
    if kind == "TABLE_FUNCTION":
        function = node["function"]
        if str(function.get("function_name", "")).lower() not in _FUNCTIONS:
            raise Refusal(f"{function.get('function_name')}() is not allowed in FROM")


def serve(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question; the limits of the process are set by `main`."""
    path = Path(question["path"])
    try:
        turn = Gate(path).enter(exclusive=False, deadline=time.monotonic() + question["seconds"])
    except TimeoutError:
        return {"error": "the store is in use", "kind": "busy"}
    try:
        return _answer(question, path)
    except Refusal as refusal:
        return {"error": str(refusal), "kind": "input"}
    except (duckdb.OutOfMemoryException, MemoryError):
        return {"error": f"it needs more than {question['memory_mib']} MiB; select less", "kind": "input"}
    except duckdb.Error as error:
        return {"error": first_line(error), "kind": "input"}
    finally:
        turn.leave()


def _answer(question: dict[str, Any], path: Path) -> dict[str, Any]:
    sealed = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "temp_directory": "",
        "memory_limit": f"{question['memory_mib']}MiB",
        "python_enable_replacements": "false",
    }
    connection = duckdb.connect(path, read_only=True, config=cast("Any", {**CONFIG, **sealed}))
    try:
        check(connection, question["sql"], frozenset(question["views"]))
        [(catalog,)] = connection.execute("SELECT current_database()").fetchall()
        place = '"' + catalog.replace('"', '""') + '".main.'
        for name, sql in question["views"].items():  # with the name of the file: the view bears that of its table
            connection.execute(f'CREATE TEMP VIEW "{name}" AS {sql.replace("FROM main.", f"FROM {place}")}')
        rows = question["rows"]
        table = cast("Any", connection).sql(question["sql"]).limit(rows + 1).to_arrow_table()
    finally:
        connection.close()
    return {"arrow": base64.b64encode(_packed(table.slice(0, rows))).decode(), "more": table.num_rows > rows}


def _packed(table: Any) -> bytes:
    import pyarrow as pa

    if table.nbytes > MAX_ANSWER:
        raise Refusal(f"the answer has {table.nbytes >> 20} MiB, of at most {MAX_ANSWER >> 20}; select less")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def main(source: IO[str], sink: IO[str]) -> None:
    """Answer the question in `source` under the limits that it names."""
    question = json.load(source)
    # DuckDB counts most of its memory itself; the kernel stops what it does not
    data = (question["memory_mib"] + 1024) << 20
    cpu = int(question["seconds"] * 2) + 5
    for what, limit in ((resource.RLIMIT_DATA, data), (resource.RLIMIT_CPU, cpu), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (limit, limit))
    json.dump(serve(question), sink)


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
