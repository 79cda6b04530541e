import os
from datetime import UTC, datetime

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.imports import examine, open_source
from clausius_panel.imports.survey import BAD_SHOWN
from tests.imports.test_sacct_dump import HEADER, JOB


def test_each_format_is_known_by_its_content(parquet, board, dump, tmp_path):
    from tests.imports.test_parquet_files import OLDER

    table = parquet("gauss/data/jobs.parquet", OLDER)
    renamed = tmp_path / "whatever.bin"
    renamed.write_bytes(table.read_bytes())
    assert "Parquet" in open_source(renamed, cluster="g").format
    assert "Parquet" in open_source(table.parents[2]).format
    assert "SQLite" in open_source(board([])).format
    assert "sacct" in open_source(dump(HEADER, JOB), cluster="g").format


def test_what_a_file_holds_is_told_before_anything_is_written(dump):
    running = JOB.replace("COMPLETED", "RUNNING").replace("|7|", "|8|")
    later = JOB.replace("|7|", "|9|").replace("2026-07-01T12:00:00", "2026-08-01T12:00:00").replace("alice", "bob")
    path = dump(HEADER, JOB, running, later, JOB.replace("train", "a|b"))
    survey = examine(path, open_source(path, cluster="gauss"))
    assert (survey.rows, survey.jobs, survey.unfinished, survey.bad_rows, survey.users) == (4, 2, 1, 1, 2)
    assert survey.clusters == {"gauss": 2}
    assert (survey.first_submit, survey.last_submit) == (
        datetime(2026, 7, 1, 12, tzinfo=UTC),
        datetime(2026, 8, 1, 12, tzinfo=UTC),
    )
    assert survey.ignored == ("Layout",)
    assert [row.place for row in survey.bad] == ["sacct.txt line 5"]


def test_only_the_first_of_many_bad_rows_are_told_one_by_one(dump):
    path = dump(HEADER, *[JOB.replace("train", "a|b")] * 50)
    survey = examine(path, open_source(path, cluster="gauss"))
    assert (survey.bad_rows, len(survey.bad), survey.jobs, survey.first_submit) == (50, BAD_SHOWN, 0, None)


def test_a_file_that_does_not_say_its_cluster_needs_it_named(dump):
    with pytest.raises(InvalidInput, match="of which cluster"):
        open_source(dump(HEADER, JOB))


@pytest.mark.parametrize("cluster", ["../evil", "a b", "-x"])
def test_a_cluster_has_a_plain_name(dump, cluster):
    with pytest.raises(InvalidInput, match="cluster name"):
        open_source(dump(HEADER, JOB), cluster=cluster)


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="No such file"):
        open_source(tmp_path / "nothing", cluster="g")
    noise = tmp_path / "noise"
    noise.write_bytes(bytes(range(256)) * 50)
    with pytest.raises(InvalidInput, match="JobID"):
        open_source(noise, cluster="g")


def test_what_is_no_file_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(InvalidInput, match="neither a file nor a directory"):
        open_source(tmp_path / "fifo", cluster="g")
