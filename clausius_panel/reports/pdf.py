"""A report as PDF, by ReportLab: pure Python under a BSD licence, and it draws charts itself."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import reportlab  # type: ignore[import-untyped]
from reportlab.graphics.charts.barcharts import VerticalBarChart  # type: ignore[import-untyped]
from reportlab.graphics.shapes import Drawing  # type: ignore[import-untyped]
from reportlab.lib import colors  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Table as Grid

from ..queries.reports import Report
from .tables import Table, subtitle, tables

__all__ = ["as_pdf"]

FONT, BOLD = "Vera", "VeraBd"
_BLUE = colors.HexColor("#2b7de9")
_WIDTH = A4[0] - 36 * mm
_STYLE = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), FONT, 8),
        ("FONT", (0, 0), (-1, 0), BOLD, 8),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.7, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.2, colors.lightgrey),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
)
_TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=18, leading=24)
_HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=11, leading=16, spaceBefore=10)
_TEXT = ParagraphStyle("text", fontName=FONT, fontSize=8, leading=11)


def as_pdf(report: Report) -> bytes:
    """The whole document, A4. Fonts are embedded; a character that they lack is shown as an empty box."""
    for name in (FONT, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            path = Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf"
            pdfmetrics.registerFont(TTFont(name, str(path)))
    out = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 18 * mm)
    document = SimpleDocTemplate(out, pagesize=A4, title=report.title, author="clausius_panel", **margins)
    story = [Paragraph(escape(report.title), _TITLE), Paragraph(escape(subtitle(report)), _TEXT)]
    for measure, words in (("cpu_hours", "CPU hours"), ("gpu_hours", "GPU hours")):
        story += _chart(report, measure, words)
    for table in tables(report):
        story += _table(table)
    story.append(Paragraph(f"Made {report.made_at:%Y-%m-%d %H:%M} UTC by clausius_panel.", _TEXT))
    document.build(story)
    return out.getvalue()


def _chart(report: Report, measure: str, words: str) -> list[Any]:
    values = [float(value) for value in report.timeline[measure]]
    if not any(values):
        return []
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 45, 18, _WIDTH - 50, 90
    chart.data = [values]
    chart.bars[0].fillColor, chart.bars.strokeColor = _BLUE, None
    step = max(1, len(values) // 8)
    periods = list(report.timeline["period"])
    chart.categoryAxis.categoryNames = [name if i % step == 0 else "" for i, name in enumerate(periods)]
    chart.valueAxis.valueMin, chart.valueAxis.labelTextFormat = 0, "{:,.0f}".format
    for axis in (chart.categoryAxis, chart.valueAxis):
        axis.labels.fontName, axis.labels.fontSize = FONT, 6
    drawing = Drawing(_WIDTH, 115)
    drawing.add(chart)
    return [KeepTogether([Paragraph(words, _HEAD), drawing])]


def _table(table: Table) -> list[Any]:
    # long names break into lines instead of running out of the page
    rows = [list(table.columns), *([Paragraph(escape(row[0]), _TEXT), *row[1:]] for row in table.rows)]
    first = 0.3 * _WIDTH
    rest = (_WIDTH - first) / (len(table.columns) - 1)
    grid = Grid(rows, colWidths=[first] + [rest] * (len(table.columns) - 1), repeatRows=1)
    grid.setStyle(_STYLE)
    return [Paragraph(escape(table.title), _HEAD), grid, Spacer(1, 4)]
