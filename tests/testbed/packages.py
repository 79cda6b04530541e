"""The Debian packages a bed is made of, installed without starting any of their services."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .layout import ROOT
from .process import died, say

__all__ = ["PACKAGES", "install"]

PACKAGES = (
    "slurmctld",
    "slurmd",
    "slurm-client",
    "slurmdbd",
    "slurm-wlm-basic-plugins",
    "slurm-wlm-mysql-plugin",
    "munge",
    "mariadb-server",
    "openssh-server",
    "openssh-client",
    "iproute2",
    "procps",
    "util-linux",
)


def missing() -> list[str]:
    """The packages that are not installed."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *PACKAGES]
    lines = subprocess.run(query, capture_output=True, text=True).stdout.splitlines()
    have = {line.split()[0] for line in lines if line.split()[1:2] == ["ii"]}
    return [package for package in PACKAGES if package not in have]


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Debian's own switch: a policy-rc.d that answers 101 keeps postinst scripts from starting daemons."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def install() -> None:
    """Install what is missing; refresh the package lists only where that fails at first."""
    need = missing()
    if not need:
        say("packages: all installed")
        return
    begun = time.monotonic()
    say("packages: installing", *need)
    log = ROOT / "log/apt.log"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l"}
    options = [
        "-o",
        "DPkg::Lock::Timeout=300",
        "-o",
        "Acquire::Retries=3",
        "-o",
        "Dpkg::Options::=--force-confold",
    ]

    def quietly(*command: str) -> bool:
        with log.open("ab") as out:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, timeout=900
            )
        return done.returncode == 0

    want = ("apt-get", "-y", *options, "install", "--no-install-recommends", *need)
    with _no_service_starts():
        quietly("dpkg", "--configure", "-a")
        if not quietly(*want):
            quietly("apt-get", "-y", *options, "update")
            if not quietly(*want):
                raise died("apt-get install failed", logs=[log])
    say(f"packages: installed in {time.monotonic() - begun:.1f} s")
