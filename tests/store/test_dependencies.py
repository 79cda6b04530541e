from clausius_panel.store.dependencies import LINKS_SQL, note_dependencies
from tests.store.kit import START, a_job, at_poll, look, rows

ALL = "SELECT job_id_raw, kind, on_job_id, on_base, delay_min, is_any FROM job_dependencies ORDER BY ALL"


# 6
def test_conditions_are_kept_one_by_one(store):
    look(
        store,
        a_job(1, dependency="afterok:123,afterany:456_7(unfulfilled)"),
        a_job(2, dependency="after:5+10?afternotok:6_*"),
        a_job(3, dependency="singleton"),
        a_job(4),
    )
    assert rows(store, ALL) == [
        ("1", "afterany", "456_7", "456", 0, False),
        ("1", "afterok", "123", "123", 0, False),
        ("2", "after", "5", "5", 10, True),
        ("2", "afternotok", "6_*", "6", 0, True),
        ("3", "singleton", "", "", 0, False),
    ]


# 26
def test_no_dependency_and_one_that_cannot_be_read_are_none(store):
    look(store, a_job(1, dependency="(null)"), a_job(2, dependency="after???"), a_job(3, dependency=""))
    assert rows(store, ALL) == []


def test_what_slurm_forgets_stays_and_what_is_told_again_is_one(store):
    look(store, a_job(1, dependency="afterok:5(unfulfilled),afterok:6(unfulfilled)"))
    look(store, a_job(1, dependency="afterok:6(unfulfilled)"))
    look(store, a_job(1, state="RUNNING"))
    assert [row[2] for row in rows(store, ALL)] == ["5", "6"]
    assert rows(store, LINKS_SQL) == [("alpha", "1", START.replace(tzinfo=None), "afterok:5,afterok:6")]


def test_only_new_conditions_are_news(store):
    at = at_poll()
    look(store, a_job(1, dependency="afterok:5"))
    with store.write() as cur:
        cur.execute("UPDATE jobs SET run_id = NULL, dependency = 'afterok:5,afterok:9'")
        assert note_dependencies(cur, "alpha", at=at) == {("1", START)}
        assert note_dependencies(cur, "alpha", at=at) == set()
        assert note_dependencies(cur, "beta", at=at) == set()
