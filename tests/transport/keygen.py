"""Keys that are made and unlocked quickly, which is no virtue outside of tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["keygen"]


def keygen(path: Path, *, key_type: str = "ed25519", passphrase: str = "", form: str = "RFC4716") -> Path:
    """A private key in a new file, with its public key beside it; of one round of hashing, of 2048 bits if RSA."""
    path.unlink(missing_ok=True)
    words = ["ssh-keygen", "-q", "-t", key_type, "-m", form, "-a", "1", "-N", passphrase, "-C", path.name]
    size = ["-b", "2048"] if key_type == "rsa" else []
    subprocess.run([*words, *size, "-f", path], check=True, timeout=30)
    return path
