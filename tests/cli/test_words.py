from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.cli.words import ago, cut_middle, gpus, printable
from clausius_panel.model import Job

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "now"),
        (89, "1 min ago"),
        (90, "1 min ago"),
        (5400, "1 h ago"),
        (172_800, "2 d ago"),
        (-60, "in 1 min"),
    ],
)
def test_times_are_told_relative_to_now(seconds, words):
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words


def test_never_is_a_dash():
    assert ago(None) == "-"


@pytest.mark.parametrize(("total", "nodes", "words"), [(0, 3, "-"), (8, 1, "8"), (16, 2, "16 (2x8)"), (5, 2, "5")])
def test_gpus_say_how_they_lie_on_nodes(total, nodes, words):
    job = Job(cluster="a", job_id="1", job_id_raw="1", submit_time=None, gpus=total, nodes=nodes)
    assert gpus(job) == words


@given(st.text())
def test_nothing_printable_drives_a_terminal(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in shown)


@given(st.text(), st.integers(1, 40))
def test_a_cut_text_keeps_its_ends_and_its_width(text, width):
    cut = cut_middle(text, width)
    assert len(cut) == min(len(text), width)
    assert text.startswith(cut[: width // 2].rstrip("…")) or "…" in text
