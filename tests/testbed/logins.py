"""The four sshd: two login nodes, a data host, and a bastion that alone sees the inner network."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from .clusters import CLUSTERS
from .layout import BASTION_NET, CHECKOUT, INNER_HOSTS, LOGINS, OFFSET, PORTS, ROOT, USERS
from .namespaces import have_namespaces, launch, slurm_conf_inside
from .people import ids_of
from .process import port_open, run, wait_for, write

__all__ = ["have_inner_net", "make_client_files", "make_sshd_conf", "start_sshd", "wait_for_sshd"]

_SSHD_CONF = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {root}/ssh/{login}_host
PidFile none
UsePAM no
StrictModes {strict}
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile {keys}
AllowUsers {users}
AllowTcpForwarding yes
X11Forwarding no
PrintMotd no
PrintLastLog no
UseDNS no
MaxStartups 100:30:200
MaxSessions 50
LogLevel VERBOSE
{environment}
Subsystem sftp internal-sftp
"""


def make_sshd_conf(login: str) -> None:
    """One sshd's configuration; on a login node bare commands find their cluster through SetEnv."""
    environment = f"SetEnv SLURM_CONF={slurm_conf_inside(login)} STB_CLUSTER={login}" if login in CLUSTERS else ""
    plain = f"{ROOT}/{login}/home/%u/.ssh/authorized_keys"
    text = _SSHD_CONF.format(
        port=PORTS[login],
        root=ROOT,
        login=login,
        strict="yes" if have_namespaces() else "no",
        keys=".ssh/authorized_keys" if have_namespaces() else plain,
        users=" ".join(USERS),
        environment=environment,
    )
    write(ROOT / "ssh" / f"sshd_{login}.conf", text)


def have_inner_net() -> bool:
    """Make the network namespace with only the bastion in it, where namespaces can be made."""
    mark = ROOT / "have_inner"
    if not have_namespaces():
        return False
    if run(["ip", "netns", "exec", BASTION_NET, "true"], check=False).returncode:
        # none yet, or the stale name of one whose machine is gone
        run(["ip", "netns", "del", BASTION_NET], check=False)
        Path("/run/netns", BASTION_NET).unlink(missing_ok=True)
        if run(["ip", "netns", "add", BASTION_NET], check=False).returncode:
            mark.unlink(missing_ok=True)
            return False
        run(["ip", "-n", BASTION_NET, "link", "set", "lo", "up"])
    mark.touch()
    return True


def start_sshd(login: str) -> None:
    """Start one sshd; the bastion's stands in the inner network, and two inetds carry connections across."""
    Path("/run/sshd").mkdir(
        mode=0o755, exist_ok=True
    )  # sshd's privilege separation directory; no systemd makes it
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/bin") or "/usr/sbin/sshd"
    command = [sshd, "-D", "-e", "-f", ROOT / f"ssh/sshd_{login}.conf"]
    if login != "bastion" or not have_inner_net():
        launch(
            f"sshd-{login}", command, view=login, hostname="bastion" if login == "bastion" else f"{login}-login"
        )
        return
    into_net = ["ip", "netns", "exec", BASTION_NET]
    inetd = [sys.executable, "-m", "tests.testbed.inetd"]
    here = {"PYTHONPATH": str(CHECKOUT)}
    launch("sshd-bastion", command, view="bastion", hostname="bastion", prefix=into_net)
    launch("inetd-bastion", [*inetd, "outside"], env=here)
    launch("inetd-inner", [*inetd, "inner"], env=here, prefix=into_net)


def wait_for_sshd(login: str) -> None:
    """Wait until the port answers."""
    log = ROOT / "log" / f"sshd-{login}.out"
    wait_for(f"sshd {login}", lambda: port_open(PORTS[login]), timeout_s=20, daemon=f"sshd-{login}", logs=[log])


def make_client_files() -> None:
    """ssh_config, known_hosts and inventory.json: all that a client has to know."""
    hosts, known = [], []
    for login in LOGINS:
        key = " ".join((ROOT / "ssh" / f"{login}_host.pub").read_text().split()[:2])
        inner = "" if login == "bastion" else f",{login}-int"
        known.append(f"[127.0.0.1]:{PORTS[login]}{inner} {key}\n")
        name = login if login == "bastion" else f"{login}-login"
        hosts.append(f"Host {name}\n  HostName 127.0.0.1\n  Port {PORTS[login]}\n")
        if login != "bastion":
            hosts.append(f"Host {login}-via-bastion\n  HostName {login}-int\n  Port 22\n  ProxyJump bastion\n")
    for_all = (
        f"Host *\n  User alice\n  IdentityFile {ROOT}/keys/%r\n  IdentitiesOnly yes\n"
        f"  UserKnownHostsFile {ROOT}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
        "  StrictHostKeyChecking yes\n  LogLevel ERROR\n"
    )
    write(ROOT / "known_hosts", "".join(known))
    write(ROOT / "ssh_config", "".join(hosts) + for_all)
    write(ROOT / "inventory.json", json.dumps(_inventory(), indent=1) + "\n")


def _inventory() -> dict[str, object]:
    inner = {host: {"host": host, "port": 22} for host in INNER_HOSTS} if (ROOT / "have_inner").exists() else {}
    clusters = {
        name: {
            "gpu": [spec.gpu_type, spec.gpus_per_node],
            "ctl_port": spec.control_port,
            "nodes": spec.node_names,
            "partitions": spec.partition_names,
            "slurm_conf": f"{ROOT}/{name}/etc/slurm.conf",
        }
        for name, spec in CLUSTERS.items()
    }
    return {
        "runtime_dir": str(ROOT),
        "port_offset": OFFSET,
        "users": {user: {"uid": ids_of(user)[0], "key": f"{ROOT}/keys/{user}"} for user in USERS},
        "encrypted_key": {"user": "alice", "path": f"{ROOT}/keys/alice_enc", "passphrase": "testbed"},
        "unknown_key": f"{ROOT}/keys/stranger",
        "ssh_config": f"{ROOT}/ssh_config",
        "known_hosts": f"{ROOT}/known_hosts",
        "hosts": {login: {"host": "127.0.0.1", "port": PORTS[login]} for login in LOGINS},
        "behind_bastion": inner,
        "clusters": clusters,
        "namespaces": have_namespaces(),
    }
