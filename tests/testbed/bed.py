"""Up, down, status: the bed as a whole."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import controllers, database, logins, packages, people, slurm_conf
from .clusters import CLUSTERS
from .layout import BASTION_NET, HERE, INNER_HOSTS, LOGINS, OFFSET, PORTS, ROOT
from .namespaces import have_namespaces
from .process import BedError, alive, boot_id, port_open, run, say, stop, write

__all__ = ["daemons", "down", "status", "up"]


class _Laps:
    """Says how long each part took."""

    def __init__(self) -> None:
        self.begun = self.last = time.monotonic()

    def lap(self, what: str) -> None:
        now = time.monotonic()
        say(f"  {what:<34} {now - self.last:6.2f} s")
        self.last = now


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (ROOT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def daemons() -> list[str]:
    """Every daemon of the bed, in the order of starting."""
    names = ["munged", "mariadbd", "slurmdbd"]
    for name, spec in CLUSTERS.items():
        names += [f"slurmctld-{name}", *(f"slurmd-{node}" for node in spec.node_names)]
    names += [f"sshd-{login}" for login in LOGINS]
    return names + (["inetd-bastion", "inetd-inner"] if (ROOT / "have_inner").exists() else [])


def _check_ports() -> None:
    """A port held by something that is not ours is an error now rather than a puzzle later."""
    owners = {PORTS["mariadb"]: "mariadbd", PORTS["slurmdbd"]: "slurmdbd"}
    owners |= {PORTS[login]: f"sshd-{login}" for login in LOGINS}
    if (ROOT / "have_inner").exists():
        owners[PORTS["bastion"]] = "inetd-bastion"
    for name, spec in CLUSTERS.items():
        owners[spec.control_port] = f"slurmctld-{name}"
        owners |= {port: f"slurmd-{node}" for node, port, _ in spec.nodes()}
    for port, name in owners.items():
        if port_open(port) and not alive(name):
            holder = run(["ss", "-ltnpH", f"sport = :{port}"], check=False).stdout.strip()
            raise BedError(
                f"port {port}, wanted by {name}, is taken by another process:\n  {holder}\n"
                "(set STB_PORT_OFFSET=1000 and another STB_DIR, or end that process)"
            )


def _make_files() -> None:
    for directory in ("pids", "log", "run", "lib", "keys", "ssh", "dbd"):
        (ROOT / directory).mkdir(parents=True, exist_ok=True)
    mail = f'#!/bin/sh\n{{ date "+%FT%T mail $*"; cat; }} >> {ROOT}/run/mail.log 2>/dev/null\n'
    write(ROOT / "lib/mailprog", mail, mode=0o755)
    write(ROOT / "lib/enter.sh", (HERE / "scripts/enter.sh").read_text(), mode=0o755)
    (ROOT / "run/mail.log").touch()
    (ROOT / "run/mail.log").chmod(0o666)
    names = ["localhost", *(f"{login}-login" for login in LOGINS if login != "bastion"), "bastion", "dbd"]
    for name, spec in CLUSTERS.items():
        names += [f"{name}-ctl", *spec.node_names]
    inner = "".join(f"{address} {host}\n" for host, address in INNER_HOSTS.items())
    write(ROOT / "hosts", "127.0.0.1 " + " ".join(names) + "\n" + inner)
    people.make_keys()
    people.make_homes()
    if not have_namespaces():
        people.make_plain_homes()
    slurm_conf.make_gpus()
    for spec in CLUSTERS.values():
        slurm_conf.make_slurm_conf(spec)
    for login in LOGINS:
        logins.make_sshd_conf(login)
    database.make_database_files()
    (ROOT / "log").chmod(0o777)
    (ROOT / "run").chmod(0o755)


def _forget_what_a_boot_changes() -> None:
    mark = ROOT / "boot_id"
    if not mark.exists() or mark.read_text() != boot_id():
        for name in ("have_ns", "have_inner", "have_cgroup"):
            (ROOT / name).unlink(missing_ok=True)
        mark.write_text(boot_id())


def up() -> None:
    """Install what is missing and start what does not run. Heals what died; raises BedError with log tails."""
    if os.geteuid():
        raise BedError("needs root (namespaces, users, slurmd)")
    for directory in ("pids", "log"):
        (ROOT / directory).mkdir(parents=True, exist_ok=True)
    ROOT.chmod(0o755)
    with _one_at_a_time():
        laps = _Laps()
        packages.install()
        laps.lap("packages")
        _forget_what_a_boot_changes()
        (ROOT / "port_offset").write_text(str(OFFSET))
        people.make_users()
        _make_files()
        _check_ports()
        laps.lap("users, keys, files")
        _start_all(laps)
        say(f"up in {time.monotonic() - laps.begun:.1f} s: {ROOT}/inventory.json")
        say(f"try: ssh -F {ROOT}/ssh_config alice@alpha-login squeue")


def _start_all(laps: _Laps) -> None:
    database.start_munge()
    database.start_database()
    laps.lap("munge, mariadb, slurmdbd")
    database.make_accounts()
    laps.lap("clusters, QOS, accounts")
    for cluster in CLUSTERS:
        controllers.start_cluster(cluster)
    for login in LOGINS:
        logins.start_sshd(login)
    logins.make_client_files()
    for cluster in CLUSTERS:
        controllers.wait_for_controller(cluster)
    laps.lap("slurmctld x2, slurmd x11, sshd x4")
    database.limit_gpus()
    laps.lap("GPU limits")
    for cluster in CLUSTERS:
        controllers.heal_nodes(cluster)
    for login in LOGINS:
        logins.wait_for_sshd(login)
    laps.lap("nodes and sshd ready")


def _stage(daemon: str) -> int:
    """The order of ending: logins, slurmd, slurmctld, slurmdbd, the rest."""
    order = ("sshd", "inetd", "slurmd-", "slurmctld", "slurmdbd")
    return next((place for place, prefix in enumerate(order) if daemon.startswith(prefix)), len(order))


def _remove_cgroups() -> None:
    """slurmd leaves them behind."""
    for spec in CLUSTERS.values():
        for node in spec.node_names:
            top = Path(f"/sys/fs/cgroup/memory/slurm_{node}")
            inner = sorted(top.rglob("*/"), key=lambda path: -len(path.parts)) if top.exists() else []
            for directory in (*inner, top):
                with contextlib.suppress(OSError):
                    directory.rmdir()


def _purge() -> None:
    if (ROOT / "have_inner").exists():
        run(["ip", "netns", "del", BASTION_NET], check=False)
    people.remove_users()
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    if held := [mount for mount in mounts if mount.startswith(f"{ROOT}/")]:
        raise BedError(f"still mounted, not removing {ROOT}: {held}")
    shutil.rmtree(ROOT)


def down(*, purge: bool = False) -> None:
    """Stop everything; what is kept makes the next `up` fast. `purge` removes directory, users and namespace."""
    if not ROOT.exists():
        say("nothing to take down")
        return
    with _one_at_a_time():
        begun = time.monotonic()
        if (ROOT / "have_ns").exists() and not have_namespaces():
            for cluster in CLUSTERS:
                controllers.cancel_running(cluster)
        stages: dict[int, list[str]] = {}
        for daemon in daemons():
            stages.setdefault(_stage(daemon), []).append(daemon)
        stopped = 0
        for _, names in sorted(stages.items()):
            with ThreadPoolExecutor(16) as pool:
                stopped += sum(pool.map(stop, names))
        if (ROOT / "have_cgroup").exists() and (ROOT / "have_cgroup").read_text() == "1":
            _remove_cgroups()
        if purge:
            _purge()
        say(f"down: stopped {stopped} daemons in {time.monotonic() - begun:.1f} s" + (f", removed {ROOT}" * purge))


def status() -> dict[str, Any]:
    """Every daemon with its pid, what is wrong, and whether all is well."""
    if not ROOT.exists():
        return {"ok": False, "daemons": [], "problems": {"bed": [f"{ROOT} does not exist"]}}
    rows = [
        {"name": name, "pid": alive(name), "state": "running" if alive(name) else "down"} for name in daemons()
    ]
    problems: dict[str, list[str]] = {}
    if all(row["pid"] for row in rows):
        for cluster in CLUSTERS:
            well = controllers.answers(cluster)
            problems[cluster] = controllers.bad_nodes(cluster) if well else ["slurmctld does not answer"]
        doors = (*LOGINS, "slurmdbd")
        problems["ports"] = [f"{name}:{PORTS[name]} closed" for name in doors if not port_open(PORTS[name])]
    ok = all(row["pid"] for row in rows) and not any(problems.values())
    return {"ok": ok, "daemons": rows, "problems": problems}
