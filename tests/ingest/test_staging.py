import os
import time
from datetime import UTC

import pytest

from clausius_panel.errors import BodyRefused
from clausius_panel.ingest.staging import MAX_TOLD, PIECE, staged
from tests.ingest.kit import a_job


def test_good_rows_are_set_aside_and_bad_ones_are_told(tmp_path):
    rows = [a_job("1"), {}, a_job("2"), a_job("x" * 200)]
    with staged(rows, zone=UTC, directory=tmp_path) as found:
        [table] = found.batches(cluster="alpha")
        assert table["job_id"].to_pylist() == ["1", "2"]
        assert set(table["cluster"].to_pylist()) == {"alpha"}
        assert (found.received, found.refused) == (4, 2)
        assert [(each.row, each.field) for each in found.refusals] == [(2, "Account"), (4, "JobID")]
        assert len(found.refusals[1].value) < 100
    assert list(tmp_path.iterdir()) == []


def test_many_rows_come_back_in_their_order(tmp_path):
    count = 2 * PIECE + 5
    with staged((a_job(str(n)) for n in range(count)), zone=UTC, directory=tmp_path) as found:
        ids = [each for table in found.batches(cluster="alpha") for each in table["job_id"].to_pylist()]
    assert ids == [str(n) for n in range(count)]


def test_only_the_first_refusals_are_told_and_all_are_counted(tmp_path):
    with staged([{}] * (MAX_TOLD + 50), zone=UTC, directory=tmp_path) as found:
        assert (found.refused, len(found.refusals)) == (MAX_TOLD + 50, MAX_TOLD)
        assert list(found.batches(cluster="alpha")) == []


def test_nothing_is_left_where_the_rows_end_in_an_error(tmp_path):
    def rows():
        yield a_job()
        raise BodyRefused("body", "cut off")

    with pytest.raises(BodyRefused), staged(rows(), zone=UTC, directory=tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_text_that_utf_8_cannot_hold_is_mended(tmp_path):
    with staged([a_job(User="\udcff"), a_job("2")], zone=UTC, directory=tmp_path) as found:
        [table] = found.batches(cluster="alpha")
        assert table["user_name"].to_pylist() == ["\ufffd", "alice"]


def test_jobs_that_come_with_their_usage_say_so(tmp_path):
    with staged([a_job(), a_job("2", TotalCPUSeconds=3)], zone=UTC, directory=tmp_path) as found:
        [table] = found.batches(cluster="alpha")
        assert [each is not None for each in table["used_at"].to_pylist()] == [False, True]


def test_what_a_killed_process_left_goes_after_a_day(tmp_path):
    for name, hours in (("ingest-old", 25), ("ingest-new", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows.arrows").touch()
        os.utime(tmp_path / name, (time.time() - hours * 3600,) * 2)
    with staged([], zone=UTC, directory=tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["ingest-new"]
