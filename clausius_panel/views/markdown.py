"""Markdown as a tree of plain values: the page makes elements of known names out of it, never markup of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["TAGS", "tree"]

_TAGS = "a blockquote br code em h1 h2 h3 h4 h5 h6 hr li ol p pre s strong table tbody td th thead tr ul"
TAGS = frozenset(_TAGS.split())
"""The only elements there are."""

MOST_NODES = 20_000

Node = Any
"""A text, or [tag, link, children]."""


def tree(source: str) -> list[Node]:
    """What a Markdown text says; HTML in it is text, images are their words, only http(s) links lead anywhere.

    >>> tree("**a** <b>")
    [['p', '', ['', ['strong', '', ['a']], ' <b>']]]
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": 40}).enable(["table", "strikethrough"])
    builder = _Builder()
    builder.add(reader.parse(source))
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: list[Node] = []
        self._open: list[list[Node]] = [self.root]
        self._count = 0

    def add(self, tokens: list[Token]) -> None:
        for token in tokens:
            if self._count >= MOST_NODES:
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
