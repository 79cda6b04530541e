"""The steps of the schema, on stores that are full."""

from clausius_panel.store import Store
from clausius_panel.store.schema import MIGRATIONS
from tests.store.kit import START, a_job, at_poll, look, one, rows


def test_a_full_store_of_version_1_is_backed_up_and_its_jobs_are_grouped_from_the_next_poll_on(path):
    old = Store.create(path, steps=MIGRATIONS[:1])
    with old.write() as cur:
        cur.execute("INSERT INTO clusters VALUES ('alpha', '{}', 1, now()::TIMESTAMP, now()::TIMESTAMP)")
        cur.execute(
            """
            INSERT INTO jobs SELECT 'alpha', i, i, $start::TIMESTAMP + to_minutes(60 * i), 'p_c_' || i, 'alice',
                '', '', '', 'COMPLETED', '', CASE WHEN i = 2 THEN 'afterok:1' ELSE '' END, 1, '', '', '', NULL,
                1, 1, 1, 0, '', '', NULL, NULL, NULL, 5, 60, '', '', '', '', '', '0:0', 0,
                false, 'sacct', 0, $at, $at, $at
            FROM range(1, 2001) t(i)
            """,
            {"start": START.replace(tzinfo=None), "at": at_poll().replace(tzinfo=None)},
        )
    old.close()
    new = Store.open(path)
    assert one(new, "SELECT count(*) FROM jobs WHERE run_id IS NULL") == 2000
    [backup] = (path.parent / "backups").glob("*.duckdb")
    kept = Store.open(backup, steps=MIGRATIONS[:1])
    assert one(kept, "SELECT count(*) FROM jobs") == 2000
    kept.close()
    look(new, a_job(5000, "p_c_x", 10**6))
    assert one(new, "SELECT count(*) FROM jobs WHERE run_id IS NULL") == 0
    assert rows(new, "SELECT run_id FROM jobs WHERE job_id IN ('1', '2')") == [("1",), ("1",)]
    assert rows(new, "SELECT name FROM projects") == [("p",)]
    new.close()
