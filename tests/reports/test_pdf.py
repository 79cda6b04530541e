from __future__ import annotations

import re
import zlib
from base64 import a85decode

from clausius_panel.reports.pdf import as_pdf


def test_the_document_is_whole_and_has_pages_with_embedded_fonts(a_report):
    made = as_pdf(a_report)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", made)) >= 2
    assert b"/FontFile2" in made
    assert b"/URI" not in made


def test_charts_and_tables_are_drawn(a_report):
    drawn = b""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", as_pdf(a_report), re.DOTALL):
        body = stream.strip()
        if body.endswith(b"~>"):
            drawn += zlib.decompress(a85decode(b"<~" + body.removeprefix(b"<~"), adobe=True))
    assert drawn.count(b".168627 .490196 .913725 rg") >= 2  # the bars of both charts
    assert drawn.count(b"Tj") > 100
