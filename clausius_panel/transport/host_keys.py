"""known_hosts: which keys a host may show, read and extended as OpenSSH does.

paramiko's reader gives up a whole file for one line it cannot parse and knows no patterns, so the lines are read
here: hashed names, `[host]:port`, wildcards, @revoked. Lines of @cert-authority and lines that make no sense are
skipped one by one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from ..errors import HostKeyChanged, HostKeyUnknown, Refused
from .route import Hop

__all__ = ["HostKey", "KnownKey", "check", "fingerprint", "known_keys", "parse", "preferred", "remember"]

_ALGORITHMS = {  # key type in known_hosts -> what to ask the server for
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKey:
    """A key that a host showed us."""

    host: str  # its name in known_hosts
    key_type: str
    fingerprint: str  # as OpenSSH prints it: "SHA256:..."
    key: bytes  # the public key in SSH's wire format
    is_known: bool = False  # whether known_hosts has it already


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """One line of a known_hosts file."""

    patterns: tuple[str, ...]  # names, wildcards, or one hash
    key_type: str
    key: bytes
    is_revoked: bool = False
    origin: str = ""  # the file

    def names(self, host: str) -> bool:
        """Whether the line is about `host` ("host" or "[host]:port")."""
        if self.patterns[0].startswith("|1|"):
            return _is_hash_of(self.patterns[0], host)
        fits = [each.startswith("!") for each in self.patterns if _fits(each.removeprefix("!"), host)]
        return bool(fits) and not any(fits)


def parse(text: str, *, origin: str = "") -> Iterator[KnownKey]:
    """The lines of a known_hosts file that make sense to us, in order."""
    for line in text.splitlines():
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        marker = fields.pop(0) if fields[0].startswith("@") else ""
        if marker not in ("", "@revoked") or len(fields) < 3:
            continue
        patterns = tuple(
            each.lower() if not each.startswith("|") else each for each in fields[0].split(",") if each
        )
        try:
            key = base64.b64decode(fields[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        if patterns and _type_of(key) == fields[1]:
            yield KnownKey(
                patterns=patterns, key_type=fields[1], key=key, is_revoked=marker == "@revoked", origin=origin
            )


def known_keys(hop: Hop) -> list[KnownKey]:
    """What known_hosts says about a hop, revoked keys included; a file that cannot be read says nothing."""
    keys = [key for path in hop.known_hosts for key in _read(path)]
    found = [key for key in keys if key.names(hop.known_as)]
    if hop.known_as.startswith("[") and not any(not key.is_revoked for key in found):
        # OpenSSH, too, takes a key known for the plain name where none is known for name and port.
        plain = hop.known_as[1:].rpartition("]")[0]
        found += [key for key in keys if key.names(plain)]
    return found


def preferred(known: Iterable[KnownKey], offered: tuple[str, ...]) -> tuple[str, ...]:
    """`offered` algorithms, those first whose keys we know: else a host with several keys looks changed."""
    types = [key.key_type for key in known if not key.is_revoked]
    first = [name for key_type in types for name in _ALGORITHMS.get(key_type, ()) if name in offered]
    return tuple(dict.fromkeys([*first, *offered]))


def check(hop: Hop, key: bytes, *, cluster: str) -> None:
    """Pass a key that known_hosts has for the hop.

    Raises `Refused` (revoked), `HostKeyUnknown`, or `HostKeyChanged`: also where only keys of other types are
    known, because those were asked for first and the host did not show them.
    """
    known = known_keys(hop)
    shown = _type_of(key)
    for each in known:
        if each.is_revoked and each.key == key:
            raise Refused(
                hop.label, f"its host key {shown} {fingerprint(key)} is marked @revoked in {each.origin}"
            )
    valid = [each for each in known if not each.is_revoked and each.key_type in _ALGORITHMS]
    if any(each.key == key for each in valid):
        return
    others = [each for each in valid if each.names(hop.known_as)]
    if not others:
        raise HostKeyUnknown(hop.known_as, cluster, shown, fingerprint(key))
    expected = next((each for each in others if each.key_type == shown), others[0])
    raise HostKeyChanged(
        hop.known_as, shown, fingerprint(key), f"{expected.key_type} {fingerprint(expected.key)}", expected.origin
    )


def fingerprint(key: bytes) -> str:
    """As `ssh-keygen -l` prints it.

    >>> fingerprint(b"key")
    'SHA256:LHDhK3oGRvkiefQnx7OOczTY5Tic/xZ6HcMOc/gmtoM'
    """
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def remember(keys: Iterable[HostKey], path: Path) -> None:
    """Append keys to a known_hosts file; it is made (0600) where there is none."""
    lines = [f"{key.host} {key.key_type} {base64.b64encode(key.key).decode()}\n" for key in keys]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("rb+") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - 1))
        glue = b"\n" if end and file.read(1) != b"\n" else b""
        file.seek(0, 2)
        file.write(glue + "".join(lines).encode())


def _read(path: Path) -> Iterator[KnownKey]:
    try:
        text = path.expanduser().read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    yield from parse(text, origin=str(path))


def _type_of(key: bytes) -> str:
    """The type that a public key names in its first field; "" for garbage."""
    length = int.from_bytes(key[:4], "big")
    name = key[4 : 4 + length]
    return name.decode("ascii", "replace") if len(key) > 4 + length and 0 < length < 64 else ""


def _is_hash_of(pattern: str, host: str) -> bool:
    """Whether "|1|salt|hash" hides `host`."""
    _, _, salt, wanted, *_ = [*pattern.split("|"), "", "", "", ""]
    try:
        made = hmac.digest(base64.b64decode(salt, validate=True), host.encode(), "sha1")
        return hmac.compare_digest(made, base64.b64decode(wanted, validate=True))
    except (binascii.Error, ValueError):
        return False


def _fits(pattern: str, host: str) -> bool:
    # [host]:port is no character class: OpenSSH's patterns know only * and ?
    return re.fullmatch(translate(pattern.replace("[", "[[]")), host.lower()) is not None
