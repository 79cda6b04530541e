from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from clausius_panel.queries.usage_changes import changes_of
from clausius_panel.reports.tables import as_csv, as_json, number, subtitle, tables


def test_json_has_all_facts_and_null_for_what_is_not_known(a_report):
    told = json.loads(as_json(a_report))
    assert told["start"] == "2026-02-01"
    assert told["summary"]["cpu_hours"] == 32
    assert len(told["timeline"]) == 28
    assert told["efficiency"][0]["cpu_percent"] is None
    assert {row["value"] for row in told["breakdown"] if row["dimension"] == "user"} == {
        "User 1",
        "User 2",
        "User 3",
    }


def test_csv_is_one_long_table_without_formulas(a_report):
    rows = list(csv.DictReader(io.StringIO(as_csv(a_report).decode(), newline="")))
    facts = {(row["section"], row["name"], row["figure"]): row["value"] for row in rows}
    assert float(facts["summary", "cpu_hours", "now"]) == 32
    assert float(facts["by account", "'=1+1", "cpu_hours"]) == 12
    assert facts["summary", "wait_h_mean", "now"]
    assert facts["summary", "wait_h_mean", "before"] == ""
    assert facts["timeline", "2026-02-10", "jobs"] == "1"
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


def test_tables_for_people_have_a_cell_in_every_column(a_report):
    found = {table.title: table for table in tables(a_report)}
    assert {"In figures", "Top accounts", "Over time", "Use of what was held"} <= set(found)
    for table in found.values():
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert ("CPU hours", "32.0", "0.0", "-") in found["In figures"].rows
    waited = found["In figures"].rows[6]  # nothing was there before
    assert (waited[0], waited[2:]) == ("Waiting time, mean (h)", ("-", "-"))
    assert waited[1] != "-"
    assert "pseudonyms" in subtitle(a_report)
    assert number(0.05, 2) == "0.05"


def test_a_rate_differs_by_points_not_by_per_cent_of_itself(a_report):
    earlier = replace(a_report.earlier, success_rate=0.5, cpu_hours=64.0)
    now = replace(a_report.summary, success_rate=0.452)
    told = replace(a_report, summary=now, earlier=earlier, changes=changes_of(now, earlier))
    rows = tables(told)[0].rows
    assert rows[3] == ("CPU hours", "32.0", "64.0", "-50.0 %")
    assert rows[-1][1:] == ("45.2 %", "50.0 %", "-4.8 pt")
    facts = {
        (row["name"], row["figure"]): row["value"] for row in csv.DictReader(io.StringIO(as_csv(told).decode()))
    }
    assert float(facts["success_rate", "points"]) == pytest.approx(-4.8)
    assert ("success_rate", "percent") not in facts


def test_use_that_accounting_does_not_tell_is_one_line(a_report):
    [unknown] = [table for table in tables(a_report) if table.title == "Use of what was held"]
    assert [row[0] for row in unknown.rows] == ["(accounting told nothing of what jobs used)"]
    known = replace(a_report, efficiency=a_report.efficiency.assign(cpu_percent=50.0))
    assert len([*tables(known)][-1].rows) == len(a_report.efficiency)
