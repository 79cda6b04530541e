"""Markdown as a tree of plain values: the page makes elements of known names out of it, never markup of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

__all__ = ["TAGS", "tree"]

_TAGS = "a blockquote br code em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul"
TAGS = frozenset(_TAGS.split())
"""The only elements there are."""

MOST_NODES = 20_000
MOST_LETTERS = 128 * 1024
MOST_LINES = 5_000

_LONGEST_PARAGRAPH = 8 * 1024  # brackets and stars take the square of their number

Node = Any
"""A text, or [tag, link, children]."""


def tree(source: str) -> list[Node]:
    """What a Markdown text says; HTML in it is text, images are their words, only http(s) links lead anywhere.

    What lies beyond the bounds follows as plain text, so that no file keeps the page from answering.

    >>> tree("**a** <b>")
    [['p', '', ['', ['strong', '', ['a']], ' <b>']]]
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable(["table", "strikethrough"])
    reader.core.ruler.at("inline", _read_paragraphs)
    read, rest = _split(source)
    if _most_cells(read) > MOST_NODES:  # a short row is filled up to the width of the first
        reader.disable("table")
    builder = _Builder()
    builder.add(reader.parse(read))
    if builder.is_full:
        builder.root.append(["p", "", ["There is more in this file than is shown here; its lines have it all."]])
    elif rest:
        builder.root += [
            ["p", "", ["What follows is shown as it is written: the file is long."]],
            ["pre", "", [rest]],
        ]
    return builder.root


def _split(source: str) -> tuple[str, str]:
    """What is read as Markdown, whole lines if there are any, and the rest."""
    lines = source[:MOST_LETTERS].splitlines(keepends=True)
    if len(source) > MOST_LETTERS and len(lines) > 1:
        lines.pop()
    read = "".join(lines[:MOST_LINES])
    return read, source[len(read) :]


def _most_cells(text: str) -> int:
    """How many cells tables in the text may have at most."""
    bars = [count for line in text.splitlines() if (count := line.count("|"))]
    return len(bars) * max(bars, default=0)


def _read_paragraphs(state: StateCore) -> None:
    """What stands in paragraphs, cells and headings; one that is too long, or one too many, stays as it is."""
    from markdown_it.token import Token

    for number, token in enumerate(token for token in state.tokens if token.type == "inline"):
        token.children = []
        if number < MOST_NODES and len(token.content) <= _LONGEST_PARAGRAPH:
            state.md.inline.parse(token.content, state.md, state.env, token.children)
        else:
            token.children.append(Token("text", "", 0, content=token.content))


class _Builder:
    def __init__(self) -> None:
        self.root: list[Node] = []
        self._open: list[list[Node]] = [self.root]
        self._count = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing more is added."""
        return self._count >= MOST_NODES

    def add(self, tokens: list[Token]) -> None:
        for token in tokens:
            if self.is_full:
                return
            self._count += 1
            self._one(token)

    def _one(self, token: Token) -> None:
        if token.type == "inline":
            self.add(token.children or [])
        elif token.hidden:  # the paragraphs of a tight list
            return
        elif token.nesting == 1:
            children: list[Node] = []
            self._put([_tag(token.tag), _link(token), children])
            self._open.append(children)
        elif token.nesting == -1:
            if len(self._open) > 1:
                self._open.pop()
        else:
            self._leaf(token)

    def _leaf(self, token: Token) -> None:
        if token.type == "image":
            self._put(f"[image: {token.content or token.attrGet('src') or ''}]")
        elif token.type in ("fence", "code_block"):
            self._put(["pre", "", [token.content]])
        elif token.type == "code_inline":
            self._put(["code", "", [token.content]])
        elif token.type in ("hr", "hardbreak"):
            self._put(["hr" if token.type == "hr" else "br", "", []])
        else:
            self._put("\n" if token.type == "softbreak" else token.content)

    def _put(self, node: Node) -> None:
        self._open[-1].append(node)


def _tag(name: str) -> str:
    return name if name in TAGS else "p"


def _link(token: Token) -> str:
    if token.tag != "a":
        return ""
    link = str(token.attrGet("href") or "")
    try:
        return link if urlsplit(link).scheme in ("http", "https") else ""
    except ValueError:
        return ""
