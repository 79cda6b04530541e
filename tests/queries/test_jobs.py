from datetime import UTC, timedelta

import pytest

from clausius_panel import queries
from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, UnknownCluster, UnknownJob


def ids(page):
    return [found.job_id for found in page.jobs]


def test_running_jobs_come_first_then_failed_then_pending(store):
    assert ids(queries.jobs(store)) == ["1", "7", "11", "10", "3_[5-9%2]", "2"]


def test_a_page_knows_how_many_jobs_there_are_in_all(store):
    page = queries.jobs(store, limit=2, offset=2)
    assert (ids(page), page.total) == (["11", "10"], 6)


def test_pages_cover_every_job_once(store):
    pages = [ids(queries.jobs(store, limit=1, offset=i, sort="user")) for i in range(6)]
    assert sorted(found for page in pages for found in page) == sorted(ids(queries.jobs(store)))


def test_a_page_past_the_end_is_empty_and_keeps_the_total(store):
    page = queries.jobs(store, offset=100)
    assert (page.jobs, page.total) == ([], 6)


def test_times_come_back_aware_and_in_utc(store, now):
    [running] = queries.jobs(store, text="llm_pretrain").jobs
    assert running.start_time == now - timedelta(minutes=30)
    assert running.start_time.tzinfo is UTC


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"clusters": ["beta"]}, ["7"]),
        ({"users": ["bob"]}, ["7", "3_[5-9%2]"]),
        ({"mine": True}, ["1", "7", "11", "10", "2"]),
        ({"states": ["failed"]}, ["11", "10"]),
        ({"states": ["OUT_OF_MEMORY", "running"]}, ["1", "7", "11"]),
        ({"partitions": ["batch"]}, ["7"]),
        ({"accounts": ["vision"]}, ["3_[5-9%2]"]),
        ({"text": "PRETRAIN llm"}, ["1"]),
        ({"text": "50%_off"}, ["2"]),
        ({"text": "'quoted'"}, ["2"]),
        ({"text": "'; drop table jobs; --"}, []),
        ({"max_age_s": 9000.0}, ["1", "7", "10", "3_[5-9%2]", "2"]),
        ({"max_age_s": None}, ["1", "7", "11", "10", "3_[5-9%2]", "2", "12"]),
    ],
)
def test_each_filter_narrows_the_jobs(store, filters, expected):
    assert ids(queries.jobs(store, **filters)) == expected


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"states": ["runing"]}, "state"),
        ({"sort": "name; drop table jobs"}, "sort"),
        ({"limit": -1}, "limit"),
        ({"limit": 10**9}, "limit"),
        ({"offset": -1}, "offset"),
        ({"max_age_s": -5.0}, "max_age_s"),
    ],
)
def test_a_wrong_value_is_named(store, wrong, what):
    with pytest.raises(InvalidInput) as caught:
        queries.jobs(store, **wrong)
    assert caught.value.what == what
    assert caught.value.remedy


def test_an_unknown_cluster_is_an_error_that_names_the_known_ones(store):
    with pytest.raises(UnknownCluster) as caught:
        queries.jobs(store, clusters=["gamma"])
    assert caught.value.known == ("alpha", "beta")


def test_jobs_of_a_removed_cluster_leave_the_board(store):
    with store.write() as cur:
        st.delete_cluster(cur, "beta")
    assert "7" not in ids(queries.jobs(store))


def test_sorting_by_gpus_puts_the_largest_first(store):
    assert ids(queries.jobs(store, sort="gpus", descending=True))[:2] == ["1", "2"]


def test_ids_sort_as_numbers(store):
    assert ids(queries.jobs(store, sort="job_id"))[:4] == ["1", "2", "3_[5-9%2]", "7"]


def test_the_frame_has_the_same_jobs_with_utc_times(store):
    frame = queries.jobs_frame(store)
    assert frame.job_id.tolist() == ids(queries.jobs(store))
    assert str(frame.submit_time.dt.tz) == "UTC"
    assert frame.family.tolist()[:3] == ["running", "running", "failed"]


def test_an_empty_frame_keeps_its_columns_and_time_zone(store):
    frame = queries.jobs_frame(store, text="no such job")
    assert len(frame) == 0
    assert str(frame.end_time.dt.tz) == "UTC"


def test_counts_add_up_jobs_and_gpus_by_state(store):
    counts = {(c.cluster, c.state): (c.jobs, c.gpus) for c in queries.count_jobs(store)}
    assert counts["alpha", "RUNNING"] == (1, 16)
    assert counts["alpha", "PENDING"] == (2, 8)
    assert sum(jobs for jobs, _ in counts.values()) == 6


def test_facets_offer_the_most_frequent_value_first(store):
    facets = queries.job_facets(store)
    assert facets.users == ["alice", "bob"]
    assert facets.partitions == ["gpu", "batch"]


def test_one_job_tells_its_life(store):
    detail = queries.job(store, cluster="alpha", job_id="10")
    assert (detail.job.exit_code, detail.evidence, detail.in_queue) == ("1:0", "sacct", False)
    assert [event.state for event in detail.events] == ["FAILED"]


def test_a_job_never_seen_is_an_error(store):
    with pytest.raises(InvalidInput, match="99"):
        queries.job(store, cluster="alpha", job_id="99")


def test_an_offset_beyond_all_numbers_is_refused(store):
    with pytest.raises(InvalidInput, match="offset"):
        queries.jobs(store, offset=10**30)


def test_pinned_jobs_are_named_and_the_jobs_of_a_run_are_found(store):
    with store.write() as cur:
        cur.execute("UPDATE jobs SET pinned = true, run_id = 'r' WHERE job_id IN ('1', '2') AND cluster = 'alpha'")
    assert [job.job_id for job in queries.jobs(store).pinned] == ["1", "2"]
    assert {job.job_id for job in queries.queued_of_runs(store, [("alpha", "2")])} == {"1", "2"}
    assert queries.queued_of_runs(store, [("beta", "2"), ("alpha", "99")]) == []
    detail = queries.job(store, cluster="alpha", job_id="1")
    assert (detail.pinned, detail.hidden, detail.run_id, detail.is_newest) == (True, False, "r", True)


def test_a_task_that_has_not_begun_is_found_in_the_rest_of_its_array(store):
    assert queries.job(store, cluster="alpha", job_id="3_7").job.job_id == "3_[5-9%2]"
    for job_id in ("3_4", "3_x", "4_7", "3_", "3_²"):
        with pytest.raises(UnknownJob):
            queries.job(store, cluster="alpha", job_id=job_id)
