from __future__ import annotations

import json
from datetime import timedelta

from clausius_panel.runtime import Runtime
from clausius_panel.views.board import Board
from clausius_panel.views.client import BoardClient
from clausius_panel.views.jump import find
from clausius_panel.views.run_page import RunPage
from clausius_panel.views.shown import shown
from tests.views.kit import BEGUN, a_job, pending
from tests.views.run_kit import fill_runs

ODD = "odd\nsecond\x1b[31mred"
SEEN = "odd␊second␛[31mred"


def hostile(runtime: Runtime) -> None:
    """A job whose name breaks its line and colours a terminal, and one that waits for it."""
    after = {"dependency": "afterok:7", "reason": "Dependency", "submit_time": BEGUN + timedelta(seconds=5)}
    first = a_job(7, name=ODD, gpus=2, comment="two\nlines\x07")
    fill_runs(runtime, [first, pending(8, name=f"{ODD}-judge", **after)])


def test_names_become_one_line_and_other_texts_keep_theirs():
    cell = {"name": {"text": ODD, "tip": ODD}, "why": {"text": "a\nb\x07", "tip": ODD}}
    assert shown({"cells": cell, "title": ODD}) == {
        "cells": {"name": {"text": SEEN, "tip": SEEN}, "why": {"text": "a\nb␇", "tip": "odd\nsecond␛[31mred"}},
        "title": SEEN,
    }


def test_what_is_no_text_to_read_stays_as_it_is():
    told = {
        "key": ODD,
        "href": ODD,
        "id": ODD,
        "rows": [[0, ODD]],
        "text": ODD,
        "copy": True,
        "at": 1.5,
        "on": None,
    }
    assert shown(told) == told


def test_the_board_shows_such_a_name_whole_and_knows_the_job_by_its_own(runtime: Runtime):
    hostile(runtime)
    board = Board(runtime, in_cell=False)
    board.state.from_query("job=alpha:7")
    board.state.catch_up()
    [row] = [row for row in json.loads(board.client.table)["rows"] if row["key"] == "alpha:7"]
    assert (row["cells"]["name"]["text"], row["cells"]["name"]["tip"]) == (SEEN, SEEN)
    drawer = json.loads(board.client.drawer)
    assert drawer["name"] == SEEN
    [comment] = [field for group in drawer["groups"] for field in group["fields"] if field["title"] == "Comment"]
    assert comment["text"] == "two\nlines␇"
    assert board.state.detail.job.name == ODD


def test_the_run_page_shows_such_names_everywhere_and_copies_the_true_one(runtime: Runtime):
    hostile(runtime)
    page = RunPage(runtime, "cluster=alpha&run=7")
    body = json.loads(page.client.body)
    assert (body["run"]["name"], body["run"]["true_name"]) == (SEEN, ODD)
    assert [job["name"] for job in body["run"]["rows"]] == [SEEN, f"{SEEN}-judge"]
    assert [bar["name"] for bar in body["bars"]] == [SEEN, f"{SEEN}-judge"]
    assert body["run"]["rows"][1]["after"][0]["text"] == f"after success of 7 ({SEEN})"
    assert "\n" not in next(fact["text"] for fact in body["facts"] if fact["title"] == "Most GPUs")


def test_go_to_lists_such_a_name_as_one_line(runtime: Runtime):
    hostile(runtime)
    client = BoardClient()
    client.put("drawer", {"found": find(runtime, "second")})
    titles = {item["title"] for item in json.loads(client.drawer)["found"] if item["kind"] != "page"}
    assert titles == {SEEN, f"{SEEN}-judge"}
