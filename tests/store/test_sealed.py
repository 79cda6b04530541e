from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from clausius_panel.store.gate import Gate
from clausius_panel.store.sealed import Refusal, check, serve
from tests.stores import new_store

VIEWS = {"jobs": "SELECT cluster, user_name FROM main.jobs", "nodes": "SELECT name FROM main.nodes"}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store: whoever is sealed in cannot change it."""
    return new_store(tmp_path_factory.mktemp("sealed") / "st'o\"re.duckdb").path


def ask(path: Path, sql: str, **more: object) -> dict[str, object]:
    return serve(
        {"path": str(path), "views": VIEWS, "sql": sql, "rows": 5, "seconds": 5, "memory_mib": 256, **more}
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM jobs",
        "FROM jobs SELECT user_name ORDER BY 1 DESC LIMIT 2 OFFSET 1",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a JOIN range(3) ON true",
        "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 5) SELECT * FROM t",
        "(SELECT 1) UNION ALL (SELECT 2) EXCEPT SELECT 3",
        "SELECT 1.5::DECIMAL(10, 2), [1, 2]::INT[], {'a': 1}, CASE WHEN true THEN 1 END",
        "SELECT count(*) FILTER (user_name = 'a') OVER (PARTITION BY cluster) FROM jobs",
        "SELECT DISTINCT ON (cluster) * FROM jobs; ",
        "SELECT list_transform([1], lambda x: x + 1), EXISTS (SELECT 1 FROM nodes)",
        "VALUES (1), (2)",
    ],
)
def test_questions_over_the_views_are_answered(path, sql):
    assert "arrow" in ask(path, sql), ask(path, sql)


ATTACKS = """
SELECT * FROM api_keys
SELECT * FROM main.jobs
SELECT * FROM "API_KEYS"
SELECT * FROM temp.jobs
SELECT * FROM settings
SELECT (FROM api_keys)
SELECT 1 WHERE EXISTS (TABLE api_keys)
SELECT * FROM jobs POSITIONAL JOIN api_keys
SELECT * FROM jobs WHERE user_name IN (SELECT digest FROM api_keys)
SELECT * FROM jobs ORDER BY (SELECT digest FROM api_keys)
SELECT * FROM jobs LIMIT (SELECT count(*) FROM api_keys)
WITH api_keys AS (SELECT 1) SELECT * FROM api_keys
WITH x AS (FROM api_keys) SELECT * FROM x
WITH jobs AS (SELECT 1) SELECT * FROM jobs
SELECT * FROM information_schema.tables
SELECT * FROM sqlite_master
SELECT * FROM duckdb_settings()
SELECT * FROM pragma_table_info('api_keys')
SELECT * FROM query('FROM api_keys')
SELECT * FROM query_table('api_keys')
SELECT * FROM histogram(api_keys, kind)
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM glob('/etc/*')
SELECT * FROM '/etc/passwd'
SELECT * FROM jobs AT (VERSION => 1)
SELECT getenv('HOME')
SELECT main.getenv('HOME')
SELECT current_setting('access_mode')
SELECT nextval('x')
COPY jobs TO '/tmp/x'
COPY (SELECT 1) TO '/tmp/x'
ATTACH '/tmp/x.db'
EXPORT DATABASE '/tmp/x'
INSTALL httpfs
LOAD httpfs
SET memory_limit = '9GB'
RESET ALL
PRAGMA database_list
CALL pragma_version()
SHOW TABLES
FROM (SHOW DATABASES)
DESCRIBE jobs
SUMMARIZE jobs
EXPLAIN SELECT 1
CREATE TEMP TABLE x AS SELECT 1
INSERT INTO jobs SELECT 1
UPDATE jobs SET user_name = ''
DELETE FROM jobs
DROP TABLE jobs
TRUNCATE jobs
BEGIN
CHECKPOINT
PREPARE p AS SELECT 1
SELECT 1; SELECT 2
SELECT 1; DROP TABLE jobs
PIVOT api_keys ON kind USING count(*)
garbage
""".strip().splitlines()


@pytest.mark.parametrize(
    "sql", [*ATTACKS, "", "/* */SELECT * FROM/**/api_keys", "SELECT 1 -- \n; DROP TABLE jobs"]
)
def test_whatever_is_no_select_over_the_views_is_refused(path, sql):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE api_keys (digest VARCHAR, kind VARCHAR)")
        connection.execute("CREATE TABLE jobs (cluster VARCHAR)")
        with pytest.raises(Refusal):
            check(connection, sql, frozenset(VIEWS))


def test_even_without_the_check_nothing_outside_can_be_touched(path, monkeypatch):
    monkeypatch.setattr("clausius_panel.store.sealed.check", lambda *_: None)
    for sql in ("SELECT * FROM read_text('/etc/passwd')", "FROM '/etc/passwd'", "SELECT * FROM glob('/*')"):
        assert ask(path, sql)["kind"] == "input"


def test_rows_are_cut_and_it_is_said(path):
    answer = ask(path, "SELECT * FROM range(7)")
    table = pa.ipc.open_stream(base64.b64decode(str(answer["arrow"]))).read_all()
    assert (table.num_rows, answer["more"]) == (5, True)
    assert ask(path, "SELECT * FROM range(5)")["more"] is False


def test_too_much_memory_and_too_large_an_answer_are_told(path):
    assert "MiB" in str(ask(path, "SELECT repeat('x', 40000000)")["error"])
    assert "MiB" in str(
        ask(path, "SELECT list(a.range) FROM range(100000) a, range(10000) b", memory_mib=64)["error"]
    )


def test_while_somebody_writes_it_waits_and_then_says_so(path):
    turn = Gate(path).enter(exclusive=True, deadline=1e12)
    try:
        assert ask(path, "SELECT 1", seconds=0.2)["kind"] == "busy"
    finally:
        turn.leave()


def test_the_program_answers_on_its_own_under_limits_of_the_kernel(path):
    question = {
        "path": str(path),
        "views": VIEWS,
        "sql": "SELECT 42 AS x",
        "rows": 5,
        "seconds": 5,
        "memory_mib": 256,
    }
    done = subprocess.run(
        [sys.executable, "-m", "clausius_panel.store.sealed"],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    table = pa.ipc.open_stream(io.BytesIO(base64.b64decode(json.loads(done.stdout)["arrow"]))).read_all()
    assert table.to_pylist() == [{"x": 42}]
    question["sql"] = "SELECT length(repeat('x', 4000000000))"
    done = subprocess.run(
        done.args, input=json.dumps(question), capture_output=True, text=True, timeout=60, check=True
    )
    assert "256 MiB" in json.loads(done.stdout)["error"]
