"""What a session sees of logs, read from real files through the real script."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clausius_panel import queries
from clausius_panel import store as st
from clausius_panel.logs import LogRefused
from clausius_panel.runtime import Runtime
from clausius_panel.state.log_piece import KEPT_LINES
from clausius_panel.state.log_view import LogView
from tests.views.kit import a_job, a_runtime, fill, pending

KEY = ("alpha", "1")


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with a_runtime(tmp_path) as made:
        yield made


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "slurm-1.out"


def asked(view: LogView, question: Any) -> LogView:
    """The view after one question and its answer."""
    assert view.show(view.begin("asking"), view.ask(question))
    return view


def opened(runtime: Runtime, log: Path, **facts: Any) -> LogView:
    """The log of job 1, which writes to `log`."""
    fill(
        runtime,
        [a_job(1, **{"stdout_path": str(log), "stderr_path": str(log), "work_dir": str(log.parent), **facts})],
    )
    view = LogView(runtime)
    return asked(view, lambda: view.find(KEY))


def shown(view: LogView) -> list[str]:
    assert view.piece is not None, view.error or view.empty
    return view.piece.data.decode().splitlines()


def test_the_last_lines_are_shown_with_their_numbers(runtime: Runtime, log: Path):
    log.write_text("".join(f"line {number}\n" for number in range(1, 1001)))
    view = opened(runtime, log)
    assert (view.path, view.busy, view.error) == (str(log), "", "")
    assert [file.label for file in view.files] == ["stdout and stderr"]
    assert shown(view)[0] == "line 801"
    assert len(shown(view)) == 200
    assert view.piece is not None
    assert view.piece.first_line == 801


def test_following_adds_what_is_new_and_nothing_where_nothing_is(runtime: Runtime, log: Path):
    log.write_text("one\n")
    view = opened(runtime, log)
    before = view.piece
    assert view.ask(view.read_new) == {}
    with log.open("a") as file:
        file.write("two\nthr")
    assert view.show(view.turn, view.ask(view.read_new))
    assert shown(view) == ["one", "two", "thr"]
    with log.open("a") as file:
        file.write("ee\n")
    assert view.show(view.turn, view.ask(view.read_new))
    assert shown(view) == ["one", "two", "three"]
    assert before is not None


def test_a_followed_log_keeps_a_bounded_number_of_lines_and_their_numbers(runtime: Runtime, log: Path):
    log.write_text("first\n")
    view = opened(runtime, log)
    for turn in range(4):
        with log.open("a") as file:
            file.write("".join(f"{turn}-{number}\n" for number in range(400)))
        view.show(view.turn, view.ask(view.read_new))
    assert view.piece is not None
    assert len(shown(view)) == KEPT_LINES
    assert view.piece.first_line == 1601 - KEPT_LINES + 1
    assert log.read_bytes()[view.piece.start :] == view.piece.data


def test_a_log_that_begins_anew_is_read_anew(runtime: Runtime, log: Path):
    log.write_text("old\n" * 10)
    view = opened(runtime, log)
    log.write_text("new\n")
    view.show(view.turn, view.ask(view.read_new))
    assert (shown(view), view.note) == (["new"], "the file began anew")


def test_an_answer_to_an_older_question_is_dropped(runtime: Runtime, log: Path):
    log.write_text("one\n")
    view = opened(runtime, log)
    turn = view.begin("reading")
    late = view.ask(lambda: view.read_end(str(log)))
    view.clear()
    assert not view.show(turn, late)
    assert (view.piece, view.path, view.busy, view.files) == (None, "", "", [])


def test_the_first_error_is_marked_wherever_it_is(runtime: Runtime, log: Path):
    crash = "Traceback (most recent call last):\n  File x\nValueError: bad\n"
    log.write_text("fine\n" * 20 + crash + "fine\n" * 5000)
    view = opened(runtime, log)
    assert view.crash == ""
    asked(view, view.first_error)
    assert view.mark == 100
    assert view.piece is not None
    assert not view.piece.is_end
    assert (view.piece.first_line, shown(view)[20]) == (1, "Traceback (most recent call last):")
    view.show(view.turn, view.ask(view.read_new))
    assert view.piece.is_end, "following goes back to the end"


def test_no_error_is_said(runtime: Runtime, log: Path):
    log.write_text("fine\n")
    view = opened(runtime, log)
    assert asked(view, view.first_error).note == "no error was found in this file"


def test_a_crash_and_progress_are_told(runtime: Runtime, log: Path):
    log.write_text("train:  45%|####      | 45/100 [01:30<01:50,  2.00s/it]\nValueError: bad\n")
    view = opened(runtime, log)
    assert view.progress is not None
    assert (view.progress.percent, view.progress.eta_s) == (45.0, 110.0)
    log.write_text("ok\nTraceback (most recent call last):\n  File x\nValueError: bad\n")
    asked(view, lambda: view.read_end(str(log)))
    assert (view.crash, view.crash_at, view.progress) == ("ValueError: bad", 3, None)


def test_what_a_job_that_completed_names_did_not_end_it(runtime: Runtime, log: Path):
    log.write_text("ConnectionError: timed out\nretry succeeded\n")
    view = opened(runtime, log, state="COMPLETED", exit_code="0:0")
    assert view.crash == "the job completed; its log names an error: ConnectionError: timed out"
    assert view.crash_at == 0
    asked(view, lambda: view.find(KEY))
    for state in ("RUNNING", "FAILED"):
        assert opened(runtime, log, state=state).crash == "ConnectionError: timed out"


def test_a_bar_that_is_finished_is_not_how_far_the_job_is(runtime: Runtime, log: Path):
    training = "Epoch 7:  73%|#######   | 730/1000 [12:10<04:30,  1.00it/s]\n"
    log.write_text(training + "Validation DataLoader 0: 100%|##########| 10/10 [00:03<00:00]\n")
    view = opened(runtime, log, state="RUNNING")
    assert view.progress is not None
    assert (view.progress.percent, view.progress.eta_s) == (73.0, 270.0)
    log.write_text("Loading checkpoint shards: 100%|##########| 4/4 [00:03<00:00]\nINFO the server is up\n")
    assert asked(view, lambda: view.read_end(str(log))).progress is None


def test_a_file_that_is_missing_while_the_data_host_is_away_is_told_so(runtime: Runtime, log: Path):
    log.write_text("one\n")
    view = opened(runtime, log, state="RUNNING")
    detour = "ada@dtn port 4399: Connection refused"

    def missing() -> dict[str, Any]:
        raise LogRefused(str(log), "missing", detour=detour)

    asked(view, missing)
    words = f"Only the login node was asked, the data host could not be: {detour}"
    assert view.empty == f"There is no such file (yet): {log}\n{words}"


def test_searching_finds_lines_of_either_case_and_is_forgotten_again(runtime: Runtime, log: Path):
    log.write_text("Loss 3\nother\nloss 2\n")
    view = opened(runtime, log)
    asked(view, lambda: view.search("LOSS"))
    assert view.found is not None
    assert [(hit.line, hit.text) for hit in view.found.hits] == [(1, "Loss 3"), (3, "loss 2")]
    assert asked(view, lambda: view.search("")).found is None


@pytest.mark.parametrize("facts", [{"state": "RUNNING"}, {"state": "COMPLETED"}])
def test_a_file_that_is_not_there_is_said(runtime: Runtime, log: Path, facts: dict[str, Any]):
    view = opened(runtime, log, **facts)
    assert view.empty == f"There is no such file (yet): {log}"
    assert view.piece is None


def test_a_link_that_leads_nowhere_is_said_with_where_it_leads(runtime: Runtime, log: Path):
    log.symlink_to("/scratch/gone.out")
    view = opened(runtime, log, state="COMPLETED")
    assert view.empty == f"There is no such file (yet): {log} is a link to /scratch/gone.out, which is not there."
    asked(view, lambda: view.read_file(str(log)))
    assert "is a link to /scratch/gone.out" in view.empty


def test_a_job_that_waits_has_no_log_yet(runtime: Runtime, log: Path):
    fill(runtime, [pending(1, stdout_path=str(log), stderr_path=str(log), work_dir=str(log.parent))])
    view = LogView(runtime)
    asked(view, lambda: view.find(KEY))
    assert view.empty == f"No log yet: the job has not started. It will write to {log}"


def test_an_empty_file_and_one_that_is_no_text_are_said(runtime: Runtime, log: Path):
    log.write_bytes(b"")
    view = opened(runtime, log)
    assert view.empty == "The file is empty: nothing was written yet."
    log.write_bytes(b"a\x00b\n")
    asked(view, lambda: view.read_end(str(log)))
    assert (view.piece, view.empty) == (None, "This file is no text (4 bytes): its bytes are not shown.")


def test_files_outside_the_known_directories_are_refused_in_words(runtime: Runtime, log: Path, tmp_path: Path):
    (tmp_path / "jobs").mkdir()
    inside = tmp_path / "jobs" / "slurm-1.out"
    inside.write_text("mine\n")
    log.write_text("secret\n")
    view = opened(runtime, inside)
    asked(view, lambda: view.read_end(str(log)))
    assert "outside the directories of known logs" in view.error
    assert shown(view) == ["mine"], "what was shown stays"


def test_a_log_that_vanishes_is_said_and_comes_back(runtime: Runtime, log: Path):
    log.write_text("one\n")
    view = opened(runtime, log)
    log.unlink()
    view.show(view.turn, view.ask(view.read_new))
    assert (view.piece, view.empty) == (None, f"There is no such file (yet): {log}")
    log.write_text("two\n")
    view.show(view.turn, view.ask(view.read_new))
    assert (shown(view), view.empty) == (["two"], "")


def test_an_unknown_cluster_is_an_error_in_words(runtime: Runtime):
    view = LogView(runtime)
    asked(view, lambda: view.find(("nowhere", "1")))
    assert "nowhere" in view.error
    assert "is unknown; no cluster is configured" in view.error


@pytest.mark.slurm
def test_the_log_of_a_job_on_a_real_cluster_is_read_over_ssh(bed_runtime: Runtime):
    bed_runtime.refresh(["alpha"], max_age_s=0)
    running = queries.jobs(bed_runtime.store, clusters=["alpha"], users=["alice"], states=["running"]).jobs
    if not running:
        pytest.skip("no job of alice runs on alpha")
    view = LogView(bed_runtime)
    asked(view, lambda: view.find(("alpha", running[0].job_id)))
    assert (view.error, view.busy) == ("", "")
    assert view.files
    assert view.piece is not None or view.empty


@pytest.mark.slurm
def test_a_log_in_a_closed_directory_of_somebody_else_has_one_reason(
    bed_runtime: Runtime, bed_shell: Callable[..., str]
):
    closed = "/home/bob/closed-to-others"
    bed_shell("alpha", f"mkdir -p -m 700 {closed}; echo secret > {closed}/a.out", user="bob")
    job = a_job(1, user="bob", stdout_path=f"{closed}/a.out", stderr_path=f"{closed}/a.out", work_dir=closed)
    with bed_runtime.store.write() as cur:
        st.merge_queue(cur, "alpha", [job], at=datetime.now(UTC))
    view = LogView(bed_runtime)
    asked(view, lambda: view.find(KEY))
    assert view.error == f"{closed}/a.out: it cannot be read: its directory is closed to us"
    assert (view.empty, view.note) == ("", "")


WANDB = "wandb: 🚀 View run at https://wandb.ai/lab/llm/runs/"


def test_links_in_the_lines_are_told_and_the_beginning_tells_more(runtime: Runtime, log: Path):
    log.write_text(f"{WANDB}first\n" + "x\n" * 300 + f"{WANDB}last\n")
    view = opened(runtime, log)
    assert [link.run for link in view.links] == ["last"]
    assert view.begins_unread()
    assert not view.begins_unread()  # once is enough
    path, told = view.path, view.ask(lambda: view.read_links(view.path))
    assert view.learn(path, told["links"])
    assert not view.learn(path, told["links"])
    assert [link.run for link in view.links] == ["first", "last"]
    with log.open("a") as file:
        file.write("y\n")
    asked(view, view.read_new)
    assert [link.run for link in view.links] == ["first", "last"]
    assert [link.run for link in runtime.links.of("alpha", ["1"])] == ["first", "last"]
    view.forget("/another")
    assert not view.learn(path, told["links"])
    assert view.links == []


def test_of_a_file_that_is_shown_whole_nothing_more_is_read(runtime: Runtime, log: Path):
    log.write_text(f"{WANDB}only\n")
    assert not opened(runtime, log).begins_unread()


def test_links_in_a_file_that_only_lies_beside_are_not_the_jobs(runtime: Runtime, log: Path):
    log.write_text("mine\n")
    (log.parent / "other.txt").write_text(f"{WANDB}foreign\n")
    view = opened(runtime, log)
    view.forget(str(log.parent / "other.txt"))
    asked(view, lambda: view.read_file(view.path))
    assert [link.run for link in view.links] == ["foreign"]
    assert runtime.links.of("alpha", ["1"]) == []


CRASH = "Traceback (most recent call last):\n  File x\nValueError: bad\n"


def test_a_search_for_errors_that_stops_early_says_how_far_it_came_and_goes_on(
    runtime: Runtime, log: Path, monkeypatch: pytest.MonkeyPatch
):
    log.write_text("fine\n" * 2000 + CRASH + "fine\n" * 2000)
    view = opened(runtime, log)
    monkeypatch.setattr("clausius_panel.state.log_view._ERROR_BYTES", 5000)
    asked(view, view.first_error)
    assert view.unsearched is not None
    assert (view.unsearched.searched, view.unsearched.size, view.unsearched.stopped_by) == (5000, 20_060, "bytes")
    assert (view.note, view.mark) == ("", None)
    asked(view, lambda: view.first_error(start=5000))
    assert (view.unsearched and view.unsearched.searched, view.mark) == (10_000, None)
    asked(view, lambda: view.first_error(start=10_000))
    assert (view.unsearched, view.mark, view.note) == (None, 10_000, "")


def test_where_the_search_stops_early_the_crash_at_the_end_is_shown(
    runtime: Runtime, log: Path, monkeypatch: pytest.MonkeyPatch
):
    log.write_text("fine\n" * 2000 + CRASH)
    view = opened(runtime, log)
    monkeypatch.setattr("clausius_panel.state.log_view._ERROR_BYTES", 5000)
    asked(view, view.first_error)
    assert (view.crash, view.mark) == ("ValueError: bad", 10_000)
    assert view.unsearched is not None
    assert "no error" not in view.note


def test_the_number_of_a_line_that_was_counted_numbers_those_around_it(
    runtime: Runtime, log: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("clausius_panel.state.log_view._COUNTED_BYTES", 0)
    log.write_text("fine\n" * 2000 + CRASH)
    view = opened(runtime, log)
    assert view.piece is not None
    assert view.piece.first_line is None
    asked(view, view.first_error)
    assert view.piece.first_line == 2003 - 199


def failed(runtime: Runtime, log: Path, **facts: Any) -> LogView:
    """A log of a job that failed, with an error in stderr only."""
    error = log.with_suffix(".err")
    error.write_text("warning\n" + CRASH)
    log.write_text("fine\n")
    return opened(runtime, log, **{"state": "FAILED", "stderr_path": str(error), **facts})


def test_no_error_in_stdout_points_at_the_one_in_stderr(runtime: Runtime, log: Path):
    view = failed(runtime, log, state="RUNNING")
    assert not view.beside_unread(), "it has not failed"
    asked(view, view.first_error)
    assert view.note == "no error was found in this file"
    assert view.elsewhere is not None
    assert (view.elsewhere.label, view.elsewhere.message, view.elsewhere.line) == ("stderr", "ValueError: bad", 2)
    there = view.elsewhere
    view.forget(there.path)
    asked(view, lambda: view.read_there(there.path, there.offset, there.line))
    assert (view.path, view.mark, view.elsewhere) == (there.path, 8, None)


def test_why_a_job_failed_is_looked_for_in_the_other_stream_once(runtime: Runtime, log: Path):
    view = failed(runtime, log)
    assert view.beside_unread()
    assert not view.beside_unread()
    told = view.ask(lambda: view.read_beside(view.path))
    assert view.explain(view.path, told["elsewhere"])
    assert not view.explain("/another", told["elsewhere"])
    assert view.elsewhere is not None


def test_a_log_that_tells_why_it_failed_needs_no_other(runtime: Runtime, log: Path):
    log.write_text(CRASH)
    view = opened(runtime, log, state="FAILED")
    assert view.crash
    assert not view.beside_unread()


def test_a_job_that_ended_makes_no_progress(runtime: Runtime, log: Path):
    log.write_text("98%|####      | 59/60 [00:59<01:00, 1.2it/s]\n")
    assert opened(runtime, log).progress is not None
    assert opened(runtime, log, state="TIMEOUT").progress is None


def test_what_is_no_text_can_be_had_all_the_same_and_what_is_refused_cannot(runtime: Runtime, log: Path):
    log.write_bytes(b"a\x00b\n")
    view = opened(runtime, log)
    assert view.is_binary
    log.write_text("text\n")
    asked(view, lambda: view.read_end(str(log)))
    assert not view.is_binary
    view.forget("/etc/shadow")
    asked(view, lambda: view.read_file("/etc/shadow"))
    assert (view.is_binary, view.piece) == (False, None)
