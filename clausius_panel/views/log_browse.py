"""What is around the lines of a log, for the page: directories, records, tables, Markdown, images, tasks."""

from __future__ import annotations

import json
from typing import Any

from ..logs import Listing, Rendered, preview
from ..model import state_family
from ..state.log_explorer import Chunk, LogExplorer
from .markdown import tree
from .words import state_word

__all__ = ["chunk_part", "folders_part", "records_part", "rendered_part", "size_text", "tasks_part"]

_MOST_ENTRIES = 2000
_LONGEST_RECORD = 200_000


def size_text(count: int) -> str:
    """Bytes as people tell them.

    >>> size_text(1), size_text(2048), size_text(5 << 20), size_text(3 << 30)
    ('1 byte', '2 KiB', '5 MiB', '3 GiB')
    """
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << power:
            return f"{count / (1 << power):.3g} {unit}"
    return "1 byte" if count == 1 else f"{count} bytes"


def folders_part(view: LogExplorer) -> list[dict[str, Any]]:
    """The tree as rows, parents before what they hold: name, path, depth, and what a click on it does."""
    rows: list[dict[str, Any]] = []
    for root in view.roots:
        rows.append(_row(root, root, 0, "directory", is_open=root in view.folders))
        _add(view, root, 1, rows)
    return rows


def _add(view: LogExplorer, path: str, depth: int, rows: list[dict[str, Any]]) -> None:
    listing = view.folders.get(path)
    if listing is None:
        return
    if not isinstance(listing, Listing):
        rows.append(_row(listing, path, depth, "problem"))
        return
    for entry in listing.entries[:_MOST_ENTRIES]:
        kind = entry.type if entry.is_readable_type else "special"
        is_open = kind == "directory" and entry.path in view.folders
        size = "" if entry.size is None else size_text(entry.size)
        tip = f"leads to {entry.leads_to}" if entry.leads_to else entry.path
        rows.append(_row(entry.name, entry.path, depth, kind, is_open=is_open, size=size, tip=tip))
        if is_open:
            _add(view, entry.path, depth + 1, rows)
    if words := _left_out(listing):
        rows.append(_row(words, path, depth, "note"))


def _left_out(listing: Listing) -> str:
    if not listing.is_complete or len(listing.entries) > _MOST_ENTRIES:
        return "there is more than is shown"
    if not listing.entries:
        return "empty"
    return f"{listing.hidden} hidden" if listing.hidden else ""


def _row(name: str, path: str, depth: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "path": path, "depth": depth, "kind": kind, **more}


def tasks_part(view: LogExplorer) -> list[dict[str, str]]:
    """The tasks of the array; none for any other job."""
    return [
        {
            "id": task.job_id,
            "text": f"{task.job_id.partition('_')[2]}: {state_word(task.state)}",
            "family": state_family(task.state),
        }
        for task in view.tasks
    ]


def rendered_part(found: Rendered | None) -> dict[str, Any] | None:
    """A file as what it is: a table's rows, Markdown as a tree, JSON as text, an image as a data URL."""
    if found is None:
        return None
    part: dict[str, Any] = {"kind": found.kind, "note": found.note, "size": size_text(found.page.facts.size)}
    if found.kind == "csv":
        return part | {"rows": found.rows}
    if found.kind == "markdown":
        return part | {"tree": tree(found.text)}
    if found.kind == "image":
        return part | {"url": found.data_url}
    return part | {"text": found.text}


def records_part(view: LogExplorer) -> dict[str, Any] | None:
    """Some records in one line each, and the chosen one as a whole."""
    if (found := view.records) is None:
        return None
    return {
        "rows": [
            {
                "at": each.offset,
                "number": each.number,
                "text": each.error or preview(each.value),
                "bad": bool(each.error),
            }
            for each in found.records
        ],
        "start": found.start,
        "end": found.end,
        "more": found.end < found.page.facts.size,
        "size": size_text(found.page.facts.size),
        "chosen": _chosen(view),
    }


def _chosen(view: LogExplorer) -> dict[str, Any] | None:
    if (one := view.record) is None:
        return None
    text = one.error or json.dumps(one.value, indent=2, ensure_ascii=False)
    cut = f"\n… {len(text) - _LONGEST_RECORD} more characters" if len(text) > _LONGEST_RECORD else ""
    return {"at": one.offset, "text": text[:_LONGEST_RECORD] + cut}


def chunk_part(chunk: Chunk | None) -> dict[str, Any] | None:
    """A piece of a download."""
    if chunk is None:
        return None
    return {
        "n": chunk.number,
        "name": chunk.name,
        "data": chunk.data,
        "percent": round(100 * chunk.sent / chunk.size) if chunk.size else 100,
        "last": chunk.is_last,
    }
