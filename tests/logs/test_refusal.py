import pytest

from clausius_panel.errors import ClausiusError
from clausius_panel.logs import LogRefused


def test_a_refusal_is_one_of_our_errors_and_says_what_and_why():
    refusal = LogRefused("/a b", "special", "a fifo")
    assert str(refusal) == "log file: '/a b' is not valid; it is a fifo; only regular files are read"
    assert (refusal.path, refusal.reason, refusal.detail) == ("/a b", "special", "a fifo")
    with pytest.raises(ClausiusError):
        raise refusal


def test_a_detail_with_braces_is_data():
    assert "/{x}" in str(LogRefused("/a", "outside", "/{x}"))
