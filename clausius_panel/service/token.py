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
    used, or where others know what is in it.
    """
    if given is not None:
        return _checked("token (--token or CLAUSIUS_TOKEN)", given)
    path = data_dir / "token"
    try:
        token = path.read_text(encoding="ascii").strip()
        _must_be_private(path)
        return _checked(f"token in {path}", token)
    except FileNotFoundError:
        return _new(path)
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: cannot be read: {error}") from error


def _must_be_private(path: Path) -> None:
    """Raise `StoreError` for a file that somebody else wrote, or that others can read. Raises `OSError`."""
    if os.name != "posix":
        return
    found = path.stat()
    if found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise StoreError(f"{path}: belongs to somebody else, who knows what is in it; use another data directory")
    if found.st_mode & 0o077:
        raise StoreError(f"{path}: others can read or change it; remove it, and a new one is made")


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
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(f"{token}\n")
            os.link(draft, path)
        except FileExistsError:
            return kept_token(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error}") from error
    return token
