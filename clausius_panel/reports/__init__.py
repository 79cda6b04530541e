"""A report (`queries.reports`) as JSON, CSV, HTML or PDF."""

from __future__ import annotations

from typing import Literal, get_args

from ..errors import InvalidInput
from ..queries.reports import Report
from .tables import as_csv, as_json

__all__ = ["MEDIA_TYPES", "ReportFormat", "render"]

ReportFormat = Literal["json", "csv", "html", "pdf"]

MEDIA_TYPES: dict[ReportFormat, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "html": "text/html",
    "pdf": "application/pdf",
}


def render(report: Report, format: ReportFormat) -> bytes:
    """The report as the bytes of a file. Raises `InvalidInput` for a format that there is not."""
    if format == "json":
        return as_json(report)
    if format == "csv":
        return as_csv(report)
    if format == "html":
        from .html import as_html

        return as_html(report)
    if format == "pdf":
        from .pdf import as_pdf  # late: few reports need it

        return as_pdf(report)
    raise InvalidInput("format", format, f"use one of {', '.join(get_args(ReportFormat))}")
