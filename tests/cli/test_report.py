from __future__ import annotations

import json

import pytest

from clausius_panel.store import Store
from tests.queries.history_kit import add


@pytest.fixture
def past(root):
    store = Store.open(root / "data" / "clausius.duckdb")
    add(store, 1, "02-03 00:00", 2, cluster="here")
    store.close()
    return root


def test_a_report_is_tables_or_a_file(past, run, tmp_path):
    result = run("report", "monthly", "2026", "2")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Monthly report 2026-02: 2026-02-01 to 2026-02-28 (UTC), all clusters")
    assert "alice" not in result.stdout
    assert "alice" in run("report", "monthly", "2026", "2", "--names").stdout
    assert json.loads(run("report", "annual", "2025", "--json").stdout)["summary"]["jobs"] == 0
    for suffix, begin in (("pdf", b"%PDF"), ("html", b"<!DOC"), ("csv", b"section"), ("json", b"{")):
        path = tmp_path / f"r.{suffix}"
        assert "written" in run("report", "quarterly", "2026", "1", "-o", str(path)).stdout
        assert path.read_bytes().startswith(begin)


@pytest.mark.parametrize(
    "words",
    [
        ["monthly", "2199", "1"],
        ["monthly", "2026", "13"],
        ["weekly", "2026"],
        ["monthly", "2026", "2", "-o", "r.docx"],
    ],
)
def test_bad_input_costs_exit_code_2(past, run, words):
    result = run("report", *words)
    assert (result.exit_code, result.stdout) == (2, "")
