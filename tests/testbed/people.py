"""Users, their keys and their homes."""

from __future__ import annotations

import json
import os
import pwd
import socket
from pathlib import Path

from .clusters import CLUSTERS
from .layout import LOGINS, ROOT, USERS
from .process import BedError, run, write

__all__ = ["ids_of", "make_homes", "make_keys", "make_plain_homes", "make_users", "remove_users"]

_MADE = "users_made.json"
_TALKATIVE = (  # a login whose start-up file writes on both streams: readers must survive it
    'echo "*** Welcome to $(hostname). Maintenance on Friday 18:00. ***"\n'
    'echo "module: loaded default toolchain" >&2\n'
)


def ids_of(user: str) -> tuple[int, int]:
    """Numbers of a user and of the group."""
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def _made() -> list[str]:
    file = ROOT / _MADE
    names: list[str] = json.loads(file.read_text()) if file.exists() else []
    return names


def make_users() -> None:
    """Make the users that the machine lacks, and note which: only those are removed again."""
    made = _made()
    for user, number in USERS.items():
        try:
            ids_of(user)
        except KeyError:
            # '*' and not the default '!': sshd with UsePAM=no refuses a locked account even with a good key
            run(["useradd", "-M", "-d", f"/home/{user}", "-s", "/bin/bash", "-u", number, "-U", "-p", "*", user])
            made.append(user)
    (ROOT / _MADE).write_text(json.dumps(made))


def remove_users() -> None:
    """Remove the users that this bed made. Take other beds, which may use them too, down first."""
    for user in _made():
        run(["userdel", user], check=False)
        home = Path("/home", user)
        if home.is_symlink():
            home.unlink()


def _keygen(path: Path, comment: str, *, passphrase: str = "") -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", path])


def make_keys() -> None:
    """A key for each user, an encrypted one, one that nobody knows, and a host key for each sshd."""
    for user in USERS:
        _keygen(ROOT / "keys" / user, f"{user}@testbed")
    _keygen(ROOT / "keys/alice_enc", "alice-encrypted@testbed", passphrase="testbed")
    _keygen(ROOT / "keys/stranger", "nobody-knows-me@testbed")
    for login in LOGINS:
        _keygen(ROOT / "ssh" / f"{login}_host", f"{login}-host")
    if owner := os.environ.get("SUDO_UID"):
        for path in (ROOT / "keys").iterdir():
            os.chown(path, int(owner), int(os.environ.get("SUDO_GID", owner)))


def _make_home(home: Path, user: str) -> None:
    (home / ".ssh").mkdir(parents=True)
    accepted = [user, "alice_enc"] if user == "alice" else [user]
    keys = "".join((ROOT / "keys" / f"{name}.pub").read_text() for name in accepted)
    write(home / ".ssh/authorized_keys", keys, mode=0o600)
    write(home / ".bashrc", "export EDITOR=vi\n" + (_TALKATIVE if user == "dave" else ""))
    write(home / ".profile", "[ -f ~/.bashrc ] && . ~/.bashrc\n")
    for path in (home, *home.rglob("*")):
        os.chown(path, *ids_of(user))
    home.chmod(0o755)
    (home / ".ssh").chmod(0o700)


def make_homes() -> None:
    """A home for each user on each machine, and the file systems under /mnt."""
    for login in LOGINS:
        for user in USERS:
            home = ROOT / login / "home" / user
            if not home.exists():
                _make_home(home, user)
        mounts = ("scratch", "projects") if login in CLUSTERS else ("data",) if login == "data" else ()
        for mount in mounts:
            path = ROOT / login / "mnt" / mount
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o1777)


def make_plain_homes() -> None:
    """Without namespaces both clusters share one /home, and daemons bind to what the real hostname resolves to."""
    name = socket.gethostname()
    address = socket.gethostbyname(name)
    if not address.startswith("127."):
        raise BedError(
            f"no namespaces here, and the hostname resolves to {address}: Slurm would listen there and not on "
            f"loopback.\nPut '127.0.0.1 {name}' into /etc/hosts, or run where `unshare -mup` works."
        )
    for user in USERS:
        if not Path("/home", user).exists():
            Path("/home", user).symlink_to(ROOT / "alpha/home" / user)
