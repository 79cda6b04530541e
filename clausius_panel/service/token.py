"""The secret that lets a browser or a program in."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ..errors import InvalidInput, StoreError

__all__ = ["kept_token"]

SHORTEST = 16


def kept_token(data_dir: Path, given: str | None = None) -> str:
    """`given`, else the token in `data_dir`/token, which is made (0600) where there is none.

    Raises `InvalidInput` for one that is too short or cannot stand in a URL, `StoreError` where the file cannot be
    used.
    """
    if given is not None:
        return _checked("--token", given)
    path = data_dir / "token"
    try:
        return _checked(f"token in {path}", path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return _new(path)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error


def _checked(what: str, token: str) -> str:
    if len(token) < SHORTEST or not token.isascii() or not token.replace("-", "").replace("_", "").isalnum():
        # the value itself is a secret, or meant as one
        raise InvalidInput(what, "***", f"use at least {SHORTEST} letters, digits, '-' or '_'")
    return token


def _new(path: Path) -> str:
    """A token that is on disk, whole, before anybody is told of it; whoever was faster wins."""
    token = secrets.token_hex(24)
    draft = path.with_name(f".token.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{token}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            return kept_token(path.parent)
        finally:
            draft.unlink()
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error}") from error
    return token
