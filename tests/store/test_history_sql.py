from clausius_panel.store import history_sql as sql


def test_every_column_of_a_batch_is_a_column_of_jobs_of_the_same_kind(store):
    with store.read() as cur:
        columns = {name: kind for name, kind, *_ in cur.execute("DESCRIBE jobs").fetchall()}
    kinds = {"text": "VARCHAR", "int32": "INTEGER", "int64": "BIGINT", "float": "DOUBLE", "time": "TIMESTAMP"}
    assert {name: columns[name] for name in sql.HISTORY_COLUMNS} == {
        name: kinds[kind] for name, kind in sql.HISTORY_COLUMNS.items()
    }


def test_the_statements_leave_no_table_behind(store):
    assert all(name in f"{sql.READ}{sql.TAKE}{sql.MATCH}" for name in (text.split()[-1] for text in sql.DROP))
