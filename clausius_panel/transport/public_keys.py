"""The public halves of keys, as they lie in files: they tell which of the agent's keys a file means."""

from __future__ import annotations

import binascii
import re
from pathlib import Path

import paramiko

__all__ = ["is_public_key", "private_half_of", "public_halves"]

_ENOUGH = 256 * 1024  # bytes; no key file is longer
_MAGIC = b"openssh-key-v1\0"
_PRIVATE = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END OPENSSH PRIVATE KEY-----", re.DOTALL)
_PUBLIC = re.compile(rb"\s*(?P<type>[a-z0-9@.-]+)[ \t]+(?P<blob>[A-Za-z0-9+/]+={0,2})(?:\s|\Z)")


def public_halves(path: Path) -> tuple[bytes, ...]:
    """What is known of the public half of the key in a file, without its passphrase, in OpenSSH's order.

    That is the file itself where it is a public key, the one beside it, and the one that a private key in
    OpenSSH's own form carries in plain text.
    """
    content = _read(path)
    found = (_public(content), _public(_read(path.with_name(path.name + ".pub"))), _within(content))
    return tuple(dict.fromkeys(each for each in found if each))


def is_public_key(path: Path) -> bool:
    """Whether a file holds a public key; False also where it cannot be read."""
    return bool(_public(_read(path)))


def private_half_of(path: Path) -> Path | None:
    """The file beside a public key's which by its name should hold the private one, if it is there."""
    private = path.with_suffix("")
    return private if path.suffix == ".pub" and private.is_file() else None


def _public(content: bytes) -> bytes:
    """The key of a public key file, b"" where the content is something else."""
    if not (match := _PUBLIC.match(content)):
        return b""
    try:
        blob = binascii.a2b_base64(match["blob"])
    except binascii.Error:
        return b""
    return blob if paramiko.Message(blob).get_binary() == match["type"] else b""


def _within(content: bytes) -> bytes:
    """The public half inside an openssh-key-v1 file.

    paramiko and cryptography read it too, but give it away only together with the private half, for which they
    want the passphrase. OpenSSH's PROTOCOL.key has the form: cipher, its derivation and that one's options, the
    number of keys, the public key.
    """
    if not (match := _PRIVATE.search(content)):
        return b""
    try:
        message = paramiko.Message(binascii.a2b_base64(match[1]))
    except binascii.Error:
        return b""
    if message.get_bytes(len(_MAGIC)) != _MAGIC:
        return b""
    for _ in range(3):
        message.get_binary()
    return message.get_binary() if message.get_int() == 1 else b""


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():  # reading a pipe or a device may never end
            return b""
        with path.open("rb") as file:
            return file.read(_ENOUGH)
    except OSError:
        return b""
