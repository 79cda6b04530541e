from __future__ import annotations

import pytest

from clausius_panel.errors import InvalidInput
from clausius_panel.reports import MEDIA_TYPES, render

BEGINNINGS = {"json": b"{", "csv": b"section,", "html": b"<!DOCTYPE html>", "pdf": b"%PDF-"}


@pytest.mark.parametrize("format", sorted(MEDIA_TYPES))
def test_every_format_can_be_rendered_and_tells_no_names_of_users(a_report, format):
    made = render(a_report, format)
    assert made.startswith(BEGINNINGS[format])
    for name in (b"alice", b"bob", b"carol"):
        assert name not in made


def test_a_format_that_is_none_is_refused(a_report):
    with pytest.raises(InvalidInput, match="html"):
        render(a_report, "docx")
