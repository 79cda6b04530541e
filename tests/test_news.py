from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clausius_panel.model import Job, Node, Partition
from clausius_panel.news import News

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JOB = Job(
    cluster="alpha", job_id="1", job_id_raw="1", submit_time=datetime(2026, 1, 1, tzinfo=UTC), state="RUNNING"
)
OTHER = replace(JOB, job_id="2", job_id_raw="2")


def test_everything_is_news_at_first_and_nothing_that_is_repeated():
    news = News()
    assert news.of_queue([JOB, OTHER]) == ([JOB, OTHER], [], [])
    assert news.of_queue([JOB, OTHER]) == ([], [], [JOB, OTHER])


def test_running_on_is_no_news_but_any_other_change_is():
    news = News()
    news.of_queue([JOB])
    later = replace(JOB, elapsed_s=30)
    assert news.of_queue([later]) == ([], [], [later])
    slower = replace(later, reason="Priority")
    assert news.of_queue([slower]) == ([slower], [], [])


@pytest.mark.parametrize(
    "place", [{"priority": 7}, {"reason": "Resources"}, {"start_time": NOON, "end_time": NOON}]
)
def test_a_waiting_job_that_changed_its_place_in_the_queue_alone_has_moved(place):
    news = News()
    waiting = replace(JOB, state="PENDING", priority=5, reason="Priority")
    news.of_queue([waiting, OTHER])
    moved = replace(waiting, **place)
    assert news.of_queue([moved, OTHER]) == ([], [moved], [OTHER])
    assert news.of_queue([moved, OTHER]) == ([], [], [moved, OTHER])
    started = replace(moved, state="RUNNING", priority=9)
    assert news.of_queue([started, OTHER]) == ([started], [], [OTHER])
    news.of_ended([started])
    assert news.of_queue([replace(moved, priority=1)]).changed


def test_a_job_that_was_away_is_news_again():
    news = News()
    news.of_queue([JOB])
    news.of_queue([])
    assert news.of_queue([JOB]) == ([JOB], [], [])


def test_that_some_have_left_is_told_until_two_looks_show_the_same_jobs():
    news = News()
    assert news.some_left
    for jobs, some_left in (([JOB], True), ([JOB, OTHER], False), ([OTHER], True), ([OTHER], False), ([], True)):
        news.of_queue(jobs)
        assert news.some_left is some_left


def test_a_job_of_which_accounting_told_can_leave_all_the_same():
    news = News()
    news.of_queue([JOB])
    news.of_ended([JOB])
    news.of_queue([])
    assert news.some_left


def test_another_attempt_of_the_same_id_is_another_job():
    news = News()
    news.of_queue([JOB])
    again = replace(JOB, submit_time=datetime(2026, 1, 2, tzinfo=UTC))
    assert news.of_queue([JOB, again]) == ([again], [], [JOB])


def test_an_end_is_told_once_and_makes_the_next_sight_in_the_queue_news():
    news = News()
    news.of_queue([JOB])
    ended = replace(JOB, state="COMPLETED")
    assert news.of_ended([ended]) == [ended]
    assert news.of_ended([ended]) == []
    corrected = replace(ended, exit_code="0:0")
    assert news.of_ended([corrected]) == [corrected]
    assert news.of_queue([JOB]) == ([JOB], [], [])


def test_nodes_are_news_when_one_of_them_changed():
    news = News()
    node, partition = (
        Node(cluster="alpha", name="n1", state="IDLE"),
        Partition(cluster="alpha", name="gpu", state="UP"),
    )
    assert news.of_nodes([node], [partition])
    assert not news.of_nodes([node], [partition])
    assert news.of_nodes([replace(node, state="MIXED")], [partition])
    assert news.of_nodes([node], [])
