"""Names as SFTP servers send them: bytes, whatever they mean; here as Python has names that are no UTF-8.

paramiko decodes names strictly, so that one odd name would hide a whole directory.
"""

from __future__ import annotations

import os
from typing import Any, cast

import paramiko
from paramiko.sftp import CMD_CLOSE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, CMD_READLINK, CMD_REALPATH

__all__ = ["entries", "link_target", "real_path"]


def real_path(client: paramiko.SFTPClient, path: str) -> str:
    """`path` after all symbolic links. Raises `OSError`, `paramiko.SSHException`."""
    return _one_name(client, CMD_REALPATH, path)


def link_target(client: paramiko.SFTPClient, path: str) -> str:
    """What a symbolic link holds. Raises as `real_path`."""
    return _one_name(client, CMD_READLINK, path)


def entries(client: paramiko.SFTPClient, path: str, *, most: int) -> list[tuple[str, paramiko.SFTPAttributes]]:
    """At most `most` names of a directory, links not followed, in no order. Raises as `real_path`."""
    handle = _asked(client, CMD_OPENDIR, os.fsencode(path))[1].get_string()
    found: list[tuple[str, paramiko.SFTPAttributes]] = []
    try:
        while len(found) < most and (piece := _piece(client, handle)) is not None:
            found += piece
    finally:
        _asked(client, CMD_CLOSE, handle)
    return found[:most]


def _piece(client: paramiko.SFTPClient, handle: bytes) -> list[tuple[str, paramiko.SFTPAttributes]] | None:
    """Some further names; None behind the last."""
    try:
        kind, answer = _asked(client, CMD_READDIR, handle)
    except EOFError:
        if (channel := client.get_channel()) is None or channel.closed:
            raise  # not the end of the directory: of the connection
        return None
    found = []
    for _ in range(_count(kind, answer)):
        name = os.fsdecode(answer.get_string())
        answer.get_string()  # as `ls -l` would say it
        facts = cast("Any", paramiko.SFTPAttributes)._from_msg(answer)  # has no public way
        if name not in (".", ".."):
            found.append((name, facts))
    return found


def _one_name(client: paramiko.SFTPClient, command: int, path: str) -> str:
    kind, answer = _asked(client, command, os.fsencode(path))
    if _count(kind, answer) != 1:
        raise paramiko.SFTPError("expected one name")
    return os.fsdecode(answer.get_string())


def _count(kind: int, answer: paramiko.Message) -> int:
    if kind != CMD_NAME:
        raise paramiko.SFTPError("expected names")
    return answer.get_int()


def _asked(client: paramiko.SFTPClient, command: int, what: bytes) -> tuple[int, paramiko.Message]:
    kind, answer = cast("Any", client)._request(command, what)  # paramiko's own methods decode
    return kind, answer
