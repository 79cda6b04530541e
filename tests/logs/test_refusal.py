import pytest

from clausius_panel.errors import ClausiusError
from clausius_panel.logs import LogRefused


def test_a_refusal_is_one_of_our_errors_and_says_what_and_why():
    refusal = LogRefused("/a b", "special", "a fifo")
    assert str(refusal) == "log file: '/a b' is not read; it is a fifo; only regular files are read"
    assert (refusal.path, refusal.reason, refusal.detail) == ("/a b", "special", "a fifo")
    with pytest.raises(ClausiusError):
        raise refusal


def test_a_detail_with_braces_is_data():
    assert "/{x}" in str(LogRefused("/a", "outside", "/{x}"))


def test_a_file_that_is_not_there_is_said_to_be_missing_and_where_its_link_leads():
    assert str(LogRefused("/a", "missing")) == "log file: '/a' is not there; there is no such file (yet)"
    assert "'/a' is not there; it is a link to /gone, which" in str(LogRefused("/a", "missing", "/gone"))


def test_a_job_that_has_not_begun_is_no_fault_of_the_path():
    refused = LogRefused("/logs/7.out", "unbegun")
    assert str(refused) == "log file: '/logs/7.out' is not there yet; its job has not begun, and will write there"
