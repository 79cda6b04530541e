from __future__ import annotations

from clausius_panel.model.made_ids import MadeIds

ROW = {"User": "alice", "Submit": "2026-01-01T10:00:00", "AllocCPUS": 4, "MaxRSS": "1K"}


def test_the_same_facts_give_the_same_id():
    assert MadeIds().of(ROW) == MadeIds().of(dict(reversed(ROW.items())))
    assert MadeIds().of({**ROW, "MaxRSS": "2K"}) == MadeIds().of(ROW)  # measured, not a fact
    assert MadeIds().of({**ROW, "AllocCPUS": 5}) != MadeIds().of(ROW)


def test_jobs_alike_in_all_are_told_apart_by_their_order():
    ids, again = MadeIds(), MadeIds()
    made = [ids.of(ROW) for _ in range(3)]
    assert len(set(made)) == 3
    assert [again.of(ROW) for _ in range(3)] == made


def test_an_id_is_a_number_that_slurm_cannot_have_given():
    assert all(10**15 <= int(MadeIds().of({**ROW, "AllocCPUS": cpus})) < 10**16 for cpus in range(100))
