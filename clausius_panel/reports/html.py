"""A report as one HTML file that needs nothing else: no script, no font, no picture from anywhere."""

from __future__ import annotations

from html import escape

from ..queries.reports import Report
from .tables import Table, subtitle, tables

__all__ = ["as_html"]

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #8884; text-align: right; }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
svg { width: 100%; height: 9rem; border-bottom: 1px solid #8888; } rect { fill: #2b7de9; } p { opacity: .8; }
figure { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: .5rem 0 1.5rem; }
figure { font-size: .85em; font-variant-numeric: tabular-nums; }
.scale, .dates { display: flex; justify-content: space-between; opacity: .8; }
.scale { flex-direction: column; text-align: right; } .dates { grid-column: 2; }
@media print { table { break-inside: avoid; } }
"""


def as_html(report: Report) -> bytes:
    """The whole page. Every text is escaped: names of accounts come from clusters."""
    title = escape(report.title)
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><p>{escape(subtitle(report))}</p>",
        *(
            _bars(report, measure, words)
            for measure, words in (("cpu_hours", "CPU hours"), ("gpu_hours", "GPU hours"))
        ),
        *(_table(each) for each in tables(report)),
        f"<p>Made {report.made_at:%Y-%m-%d %H:%M} UTC by clausius_panel.</p></body></html>",
    ]
    return "\n".join(parts).encode()


def _bars(report: Report, measure: str, words: str) -> str:
    rows = report.timeline[["period", measure]].to_dict("records")
    top = max((float(row[measure]) for row in rows), default=0.0)
    if not top:
        return ""
    width = 1000 / len(rows)
    bars = "".join(
        f'<rect x="{i * width:.1f}" y="{100 - 100 * row[measure] / top:.2f}" width="{0.85 * width:.1f}" '
        f'height="{100 * row[measure] / top:.2f}">'
        f"<title>{escape(row['period'])}: {row[measure]:,.0f} {words}</title></rect>"
        for i, row in enumerate(rows)
    )
    periods = [row["period"] for row in rows]
    dates = [periods[0], *periods[len(periods) // 2 : -1][:1], *periods[1:][-1:]]
    return (
        f'<h2>{words}</h2><figure><div class="scale"><span>{top:,.0f}</span><span>{top / 2:,.0f}</span>'
        f'<span>0</span></div><svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{words} over time, at most {top:,.0f}">{bars}</svg>'
        f'<div class="dates">{"".join(f"<span>{escape(date)}</span>" for date in dates)}</div></figure>'
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    title = f"<caption>{escape(table.title)}</caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
