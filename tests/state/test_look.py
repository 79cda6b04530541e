import pytest

from clausius_panel import store as st
from clausius_panel.errors import InvalidInput, StoreBusy
from clausius_panel.state.board import LOOK_S
from clausius_panel.state.look import Look
from tests.views.kit import a_job, fill


class Counting(Look):
    """Says how often it was read; refuses one question."""

    PAGE = "counting"
    wanted = ""

    def question(self):
        return self.wanted

    def _answer(self):
        if self.wanted == "nonsense":
            raise InvalidInput("wanted", "nonsense", "ask for something else")
        return {"interval_s": 77}


def test_it_reads_once_and_then_only_what_changed(runtime):
    fill(runtime, [a_job(1)])
    look = Counting(runtime)
    look.start()
    assert look.is_read
    assert look.interval_s == 77
    assert [status.cluster for status in look.statuses] == ["alpha"]
    assert look.read() is None
    fill(runtime, [a_job(1), a_job(2)])
    answer = look.read()
    assert answer is not None
    assert look.show(answer)
    assert look.statuses[0].jobs == {"running": 2}
    look.read_anew()
    assert look.read() is not None


def test_an_answer_to_another_question_is_dropped(runtime):
    look = Counting(runtime)
    look.start()
    look.wanted = "other"
    answer = look.read()
    look.wanted = "yet another"
    assert not look.show(answer)


def test_what_does_not_exist_and_a_store_that_is_busy_are_told_in_words(runtime):
    look = Counting(runtime)
    look.wanted = "nonsense"
    look.start()
    assert "ask for something else" in look.error
    look.wanted = ""
    look.show(look.read())
    assert look.error == ""
    look.show(StoreBusy(runtime.store.path, 5.0))
    assert look.error
    look.show(look.read())
    assert look.error == ""


def test_clusters_are_asked_only_while_somebody_looks(runtime, monkeypatch):
    fill(runtime, [a_job(1)])
    asked = []
    start = runtime.collector.start
    monkeypatch.setattr(
        runtime.collector, "start", lambda name, **how: asked.append(how["force"]) or start(name, **how)
    )
    look = Counting(runtime)
    look.start()
    look.poll()
    assert asked == [False]
    look._looked -= LOOK_S + 1
    look.poll()
    assert asked == [False]
    with runtime.store.write() as cur:  # nothing is due: the floor is the collector's
        st.set_setting(cur, "refresh_interval_s", "30")
    look.looked()
    look.poll()
    assert asked == [False, False]


@pytest.mark.parametrize("jobs", [True, False])
def test_refreshing_says_whom_it_asks(runtime, jobs):
    if jobs:
        fill(runtime, [a_job(1)])
    look = Counting(runtime)
    look.start()
    look.refresh_now()
    assert look.notice.text == ("asking alpha" if jobs else "no cluster to ask")
