"""munged, MariaDB and slurmdbd; who may use which account and QOS."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from .layout import PORTS, ROOT, daemon_env
from .namespaces import have_namespaces, launch
from .process import BedError, alive, port_open, run, wait_for, write

__all__ = [
    "limit_gpus",
    "make_accounts",
    "make_database_files",
    "mysql",
    "slurm_env",
    "start_database",
    "start_munge",
]

_SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={root}/run/munge.socket
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={port}
CommunicationParameters=NoInAddrAny
SlurmUser=slurm
DebugLevel=info
LogFile={root}/log/slurmdbd.log
PidFile={root}/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database_port}
StorageUser=slurm
StoragePass={password}
StorageLoc=slurm_acct_db
MaxQueryTimeRange=UNLIMITED
"""

# Before slurmctld: its cluster, and the QOS that slurm.conf's partitions name (it refuses to start without them).
_ACCOUNTS = """
add cluster alpha,beta
add qos high Priority=1000 MaxJobsPerUser=4 Description="few urgent jobs"
add qos scavenger Priority=0 UsageFactor=0 PreemptMode=requeue Description="preemptible and free"
add qos part_debug Priority=100 MaxJobsPerUser=1 MaxSubmitJobsPerUser=5 Description="limits of the debug partition"
add qos long Priority=10 MaxWall=7-00:00:00 MaxSubmitJobsPerUser=20
modify qos normal set Priority=100 Preempt=scavenger
modify qos high set Preempt=scavenger
add account lab Description="the lab" Organization=lab Fairshare=100 cluster=alpha,beta
add account nlp Parent=lab Description="language" Organization=lab Fairshare=50 cluster=alpha
add account vision Parent=lab Description="vision" Organization=lab Fairshare=30 cluster=alpha
add account robotics Parent=lab Description="robots" Organization=lab Fairshare=20 cluster=alpha
add account nlp Parent=lab Description="language" Organization=lab Fairshare=20 cluster=beta
add account vision Parent=lab Description="vision" Organization=lab Fairshare=60 cluster=beta
add account robotics Parent=lab Description="robots" Organization=lab Fairshare=20 MaxJobs=6 \
cluster=beta
add user alice Account=nlp,vision DefaultAccount=nlp Fairshare=10 QOS=normal,high,scavenger,long \
DefaultQOS=normal cluster=alpha,beta
add user bob Account=vision DefaultAccount=vision Fairshare=20 QOS=normal,scavenger,long DefaultQOS=normal \
cluster=alpha,beta
add user carol Account=robotics,nlp DefaultAccount=robotics Fairshare=5 QOS=normal,high,scavenger \
DefaultQOS=normal cluster=alpha,beta
modify user where name=alice set AdminLevel=Operator
"""
# After: gres/gpu becomes a TRES known to slurmdbd only when a slurmctld registers with it.
_GPU_LIMITS = """
modify qos high set MaxTRESPerUser=gres/gpu=8
modify qos long set GrpTRES=gres/gpu=8
modify account where name=robotics cluster=alpha set GrpTRES=cpu=8,gres/gpu=4
"""


def slurm_env(cluster: str) -> dict[str, str]:
    """The environment in which root talks to `cluster` from outside its machines."""
    return daemon_env(SLURM_CONF=f"{ROOT}/{cluster}/etc/slurm.conf")


def make_database_files() -> None:
    """slurmdbd.conf with a password of its own."""
    secret = ROOT / "dbd/password"
    if not secret.exists():
        write(secret, secrets.token_hex(12), mode=0o600)
    text = _SLURMDBD_CONF.format(
        root=ROOT,
        host="dbd" if have_namespaces() else socket.gethostname(),
        port=PORTS["slurmdbd"],
        database_port=PORTS["mariadb"],
        password=secret.read_text(),
    )
    write(ROOT / "dbd/slurmdbd.conf", text, mode=0o600, owner="slurm")


def start_munge() -> None:
    """A munged of our own, with its own key and socket."""
    key, own, socket_path = ROOT / "dbd/munge.key", ROOT / "munge", ROOT / "run/munge.socket"
    if not key.exists():
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o400)
        shutil.chown(key, "munge", "munge")
    own.mkdir(exist_ok=True)
    own.chmod(0o755)
    for path in (own, ROOT / "run"):
        shutil.chown(path, "munge", "munge")
    if not alive("munged"):
        for path in (socket_path, Path(f"{socket_path}.lock"), own / "munged.pid"):
            path.unlink(missing_ok=True)
    files = [f"--key-file={key}", f"--socket={socket_path}", f"--pid-file={own}/munged.pid"]
    logs = [f"--log-file={own}/munged.log", f"--seed-file={own}/munged.seed", "--num-threads=4"]
    launch("munged", ["munged", "--foreground", "--force", *files, *logs], user="munge")
    wait_for(
        "munge socket", socket_path.exists, daemon="munged", logs=[ROOT / "log/munged.out", own / "munged.log"]
    )


def mysql(sql: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run SQL as the database's root; answers come as tab-separated lines."""
    client = ["mariadb", "--no-defaults", "-u", "root", "-S", ROOT / "run/mysql/mysqld.sock", "-N", "-B"]
    return run(client, stdin=sql, check=check, timeout_s=1800)


def _start_mariadb() -> None:
    data, own = ROOT / "mysql", ROOT / "run/mysql"
    own.mkdir(exist_ok=True)
    shutil.chown(own, "mysql", "mysql")
    if not (data / "mysql/global_priv.MAD").exists():
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        data.chmod(0o750)
        shutil.chown(data, "mysql", "mysql")
        first = ["--no-defaults", "--user=mysql", f"--datadir={data}", "--skip-test-db", "--skip-name-resolve"]
        run(["mariadb-install-db", *first, "--auth-root-authentication-method=socket"], timeout_s=180)
    place = ["--no-defaults", "--user=mysql", f"--datadir={data}", f"--socket={own}/mysqld.sock"]
    net = [f"--pid-file={own}/mysqld.pid", "--bind-address=127.0.0.1", f"--port={PORTS['mariadb']}"]
    fast = [  # nothing here must survive a power cut
        "--skip-name-resolve",
        "--skip-log-bin",
        "--innodb-buffer-pool-size=512M",
        "--innodb-log-file-size=128M",
        "--innodb-lock-wait-timeout=900",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--max-allowed-packet=64M",
        "--max-connections=60",
        f"--log-error={ROOT}/log/mariadbd.err",
    ]
    launch("mariadbd", ["mariadbd", *place, *net, *fast])
    wait_for(
        "mariadb",
        lambda: mysql("select 1", check=False).returncode == 0,
        timeout_s=60,
        daemon="mariadbd",
        logs=[ROOT / "log/mariadbd.err", ROOT / "log/mariadbd.out"],
    )


def start_database() -> None:
    """MariaDB with slurmdbd's database in it, then slurmdbd."""
    _start_mariadb()
    password = (ROOT / "dbd/password").read_text()
    mysql(
        "create database if not exists slurm_acct_db; "
        f"create user if not exists slurm@'127.0.0.1' identified by '{password}'; "
        "grant all on slurm_acct_db.* to slurm@'127.0.0.1';"
    )
    launch(
        "slurmdbd", ["slurmdbd", "-D"], view="dbd", hostname="dbd", env={"SLURM_CONF": f"{ROOT}/dbd/slurm.conf"}
    )
    wait_for(
        "slurmdbd's port",
        lambda: port_open(PORTS["slurmdbd"]),
        timeout_s=60,
        daemon="slurmdbd",
        logs=[ROOT / "log/slurmdbd.out", ROOT / "log/slurmdbd.log"],
    )


def _sacctmgr(step: int, text: str, done_right: Callable[[], bool]) -> None:
    """Feed sacctmgr all its commands in one process, once; `done_right` tells afterwards whether they took."""
    mark = ROOT / f"dbd/accounting_{step}_done"
    if mark.exists():
        return
    answer = run(["sacctmgr", "-i"], stdin=text, env=slurm_env("alpha"), check=False)
    (ROOT / f"log/sacctmgr_{step}.log").write_text(answer.stdout + answer.stderr)
    if "error" in answer.stderr or "Unknown option" in answer.stderr or not done_right():
        raise BedError(f"sacctmgr (step {step}) did not do all it was told:\n{answer.stdout}\n{answer.stderr}")
    mark.touch()


def _rows(*what: str) -> set[str]:
    return set(run(["sacctmgr", "-nP", "show", *what], env=slurm_env("alpha")).stdout.split())


def make_accounts() -> None:
    """Clusters, QOS, accounts and users of the accounting database."""
    names = {"high", "scavenger", "part_debug", "long"}
    people = {"alpha|nlp|alice", "beta|vision|bob", "beta|robotics|carol", "alpha|nlp|carol"}
    _sacctmgr(
        1,
        _ACCOUNTS,
        lambda: names <= _rows("qos", "format=name") and people <= _rows("assoc", "format=cluster,account,user"),
    )


def limit_gpus() -> None:
    """The limits that name GPUs; possible only when the controllers have told slurmdbd about them."""
    known = {"gres|gpu", "gres|gpu:h100", "gres|gpu:a100"}
    wait_for(
        "gres/gpu in slurmdbd",
        lambda: known <= _rows("tres", "format=type,name"),
        logs=[ROOT / "log/slurmdbd.log"],
    )
    _sacctmgr(
        2, _GPU_LIMITS, lambda: any("gres/gpu=8" in row for row in _rows("qos", "format=name,maxtresperuser"))
    )
