from clausius_panel.store.run_identity import Member, name_groups, possible_ids
from clausius_panel.store.run_rows import RunRecord
from tests.store.kit import START


def a_member(number: int, run_id: str | None = None) -> Member:
    return Member(str(number), START, "", "", "x", "alice", "", run_id, None, None, None, "", "alpha")


def a_run(run_id: str, root: str) -> RunRecord:
    return RunRecord(
        cluster="alpha",
        run_id=run_id,
        root_job_id=root,
        name="x",
        run_key="x",
        explicit="",
        user="alice",
        project="",
        campaign="",
        first_submit=START,
    )


def test_a_new_group_is_called_by_its_first_job():
    assert name_groups([[a_member(7), a_member(8)]], {}) == ["7"]


def test_the_group_with_the_root_keeps_the_name_and_the_other_part_gets_its_own():
    groups = [[a_member(1, "r"), a_member(2, "r")], [a_member(3, "r"), a_member(4, "r"), a_member(5, "r")]]
    assert name_groups(groups, {"r": a_run("r", "3")}) == ["1", "r"]


def test_without_the_root_the_group_that_has_most_of_a_run_keeps_its_name():
    groups = [[a_member(1, "r"), a_member(2, "s"), a_member(3, "s")]]
    assert name_groups(groups, {"r": a_run("r", "99"), "s": a_run("s", "98")}) == ["s"]


def test_a_name_is_never_given_twice():
    groups = [[a_member(1, "r")], [a_member(1, "r")], [a_member(1)]]
    names = name_groups(groups, {"r": a_run("r", "1")})
    assert len(set(names)) == 3


def test_a_taken_number_gets_the_day():
    assert possible_ids(a_member(5)) == ("5", "5-20260101")
    assert possible_ids(a_member(5)._replace(submit_time=None)) == ("5", "5-0")
