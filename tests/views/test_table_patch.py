import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as strategy

from clausius_panel.views.table_patch import TableSender, difference

CELLS = strategy.fixed_dictionaries(
    {name: strategy.fixed_dictionaries({"text": strategy.sampled_from("abc")}) for name in ("state", "why")}
)
TABLES = strategy.builds(
    lambda names, cells, total: {
        "question": "q",
        "total": total,
        "rows": [
            {"row": name, "ended": len(name) > 1, "cells": made} for name, made in zip(names, cells, strict=False)
        ],
    },
    strategy.lists(strategy.text("xyz", min_size=1, max_size=3), unique=True, max_size=12),
    strategy.lists(CELLS, min_size=12, max_size=12),
    strategy.integers(0, 99),
)


def applied(old: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """As the page does it; see patchTable in client/table.js."""
    rows = {row["row"]: row for row in old["rows"]}
    for name, said in patch["rows"].items():
        known = rows.get(name)
        rows[name] = {**known, **said, "cells": {**known["cells"], **said["cells"]}} if known else said
    names = [row["row"] for row in old["rows"]]
    if patch["order"] is not None:
        names = [
            name
            for item in patch["order"]
            for name in ([item] if isinstance(item, str) else names[item[0] : item[1] + 1])
        ]
    return {**old, **patch["head"], "rows": [rows[name] for name in names]}


@given(TABLES, TABLES)
def test_a_patch_makes_the_new_table_out_of_the_old_one(old, new):
    before = copy.deepcopy(old)
    assert applied(old, difference(old, new)) == new
    assert old == before


@given(TABLES)
def test_between_equal_tables_there_is_nothing(table):
    assert difference(table, table) == {"head": {}, "order": None, "rows": {}}


def a_table(count: int, **facts: Any) -> dict[str, Any]:
    rows = [
        {"row": f"alpha:{number}", "cells": {"name": {"text": "x" * 40}, "why": {"text": "waits"}}}
        for number in range(count)
    ]
    return {"question": "q", "total": count, "rows": rows} | facts


class Sent(list[tuple[str, Any]]):
    def put(self, name: str, value: Any) -> None:
        self.append((name, copy.deepcopy(value)))


def test_first_the_whole_then_patches_that_name_the_one_before():
    sent = Sent()
    sender = TableSender(sent.put)
    table = a_table(20)
    sender.send(table)
    sender.send(copy.deepcopy(table))
    assert [(name, value["number"]) for name, value in sent] == [("table", 1)]
    for turn in ("a", "b"):
        table = copy.deepcopy(table)
        table["rows"][3]["cells"]["why"]["text"] = turn
        sender.send(table)
    assert [(name, value["on"], value["number"]) for name, value in sent[1:]] == [("patch", 1, 2), ("patch", 2, 3)]
    assert sent[1][1]["rows"] == {"alpha:3": {"cells": {"why": {"text": "a"}}}}


def test_another_question_and_a_change_of_nearly_everything_are_sent_whole():
    sent = Sent()
    sender = TableSender(sent.put)
    sender.send(a_table(20))
    sender.send(a_table(20, question="other"))
    changed = a_table(20, question="other")
    for row in changed["rows"]:
        row["cells"]["name"]["text"] = "y" * 40
    sender.send(changed)
    assert [name for name, _ in sent] == ["table", "table", "table"]


def test_who_missed_patches_gets_the_whole_again():
    sent = Sent()
    sender = TableSender(sent.put)
    sender.renew(always=True)
    sender.send(a_table(20))
    sender.renew()
    assert len(sent) == 1
    sender.send(a_table(20, total=99))
    sender.renew()
    assert [name for name, _ in sent] == ["table", "patch", "table"]
    assert (sent[2][1]["total"], sent[2][1]["number"]) == (99, 3)


def test_a_job_that_runs_is_no_news_however_often_it_is_asked():
    sent = Sent()
    sender = TableSender(sent.put)

    def at(elapsed: int, as_of: float) -> dict[str, Any]:
        cell = {"elapsed": elapsed, "limit": 3600, "at": as_of}
        return {"question": "q", "rows": [{"row": "alpha:1", "cells": {"time": cell, "name": {"text": "x" * 99}}}]}

    sender.send(at(60, 1000.0))
    sender.send(at(90, 1030.9))
    sender.send(at(119, 1060.0))
    assert len(sent) == 1
    assert sent[0][1]["rows"][0]["cells"]["time"] == {"elapsed": 0, "limit": 3600, "at": 940.0}
    sender.send(at(60, 1090.0))  # it was suspended, or requeued
    assert len(sent) == 2
