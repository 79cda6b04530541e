"""The demo fleet: three simulated clusters behind real SSH, made and unmade in one process."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
import tempfile
import time
import weakref
from pathlib import Path
from types import TracebackType

import paramiko

from ..errors import InvalidInput, UnknownCluster
from ..model import Cluster
from . import shim
from .catalogue import USERS, ClusterSpec, catalogue
from .clock import Clock
from .commands import COMMANDS
from .controller import Controller
from .flapper import Flapper
from .logs import LogWriter
from .server import SshServer
from .simulation import Simulation
from .workload import HOUR

__all__ = ["DemoCluster", "DemoFleet"]

_USER = "demo"
_USUAL_JOBS = 120  # that wait in the three queues together


class DemoCluster:
    """One cluster of the fleet, for those who want to disturb it."""

    def __init__(self, spec: ClusterSpec, sim: Simulation, server: SshServer, cluster: Cluster) -> None:
        self.name, self.spec, self.sim, self.server, self.cluster = spec.name, spec, sim, server, cluster
        self._flapper = Flapper(server, *spec.flap_s) if spec.flap_s else None

    @property
    def latency_s(self) -> float:
        """Seconds (at most) that pass before a command starts; may be set."""
        return self.server.latency_s[1]

    @latency_s.setter
    def latency_s(self, seconds: float) -> None:
        self.server.latency_s = (seconds, seconds)

    def down(self) -> None:
        """Refuse connections from now on; a flapping cluster stays down."""
        self._stay()
        self.server.down()

    def up(self) -> None:
        """Accept connections from now on; a flapping cluster stays up."""
        self._stay()
        self.server.up()

    def close(self) -> None:
        """End everything that runs for this cluster; idempotent."""
        self._stay()
        self.server.close()

    def _stay(self) -> None:
        if self._flapper is not None:
            self._flapper.stop()


class DemoFleet:
    """Three simulated Slurm clusters behind an SSH server each: cinder, tarn (slow) and moraine (flapping).

    The same `seed` and `start` (Unix time, default now) give the same history and the same future, as long as
    nobody submits or cancels. `speed` is time-lapse: with 60, what takes an hour takes a minute (see `clock`).
    `jobs` is about how many wait in all queues, for large tables; None leaves it at some 120. `data_dir` is made
    private (0700) and kept; without it a temporary directory is used and removed. `history_h` hours of
    (time-lapsed) past are simulated before the start.

    Use as a context manager, or call `close`. Raises `InvalidInput`.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        speed: float = 1.0,
        data_dir: Path | None = None,
        jobs: int | None = None,
        start: float | None = None,
        history_h: float = 48.0,
    ) -> None:
        if not speed > 0:
            raise InvalidInput("speed", speed, "use a number above 0; 60 makes an hour a minute")
        if jobs is not None and jobs < 0:
            raise InvalidInput("jobs", jobs, "use 0 or more")
        self.clock = Clock(epoch=time.time() if start is None else start, speed=speed)
        with contextlib.ExitStack() as stack:  # who is interrupted half-way leaves nothing either
            self._make(stack, seed, jobs or 0, data_dir, history_h)
            self._closer = weakref.finalize(self, stack.pop_all().close)

    def _make(
        self, stack: contextlib.ExitStack, seed: int, jobs: int, data_dir: Path | None, history_h: float
    ) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="clausius-demo-"))  # 0700; short enough for a Unix socket
        stack.callback(shutil.rmtree, self._temporary, ignore_errors=True)
        self.data_dir = self._temporary if data_dir is None else data_dir
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)
        self.user, self.key_file = _USER, self.data_dir / "id_ecdsa"
        self.known_hosts, self.ssh_config = self.data_dir / "known_hosts", self.data_dir / "ssh_config"
        stack.callback(_open_logs, self.data_dir)
        key = paramiko.ECDSAKey.generate()
        self.key_file.unlink(missing_ok=True)
        key.write_private_key_file(str(self.key_file))
        self.known_hosts.write_text("", encoding="utf-8")
        self.ssh_config.write_text("", encoding="utf-8")  # nobody's own configuration is read
        specs = catalogue()
        more = max(0, jobs - _USUAL_JOBS)
        self._simulations = {
            spec.name: self._simulation(spec, seed, more // len(specs) + (index < more % len(specs)), history_h)
            for index, spec in enumerate(specs)
        }
        self._controller = Controller(self._temporary / "slurm.sock", self._simulations, self.clock)
        stack.callback(self._controller.close)
        self._logs = LogWriter(self._simulations, self.clock, home=self._home)
        stack.callback(self._logs.close)
        self._clusters: dict[str, DemoCluster] = {}
        for spec in specs:
            self._clusters[spec.name] = self._open(spec, key, seed)
            stack.callback(self._clusters[spec.name].close)

    @property
    def clusters(self) -> list[Cluster]:
        """Their configurations, as a user would enter them."""
        return [own.cluster for own in self._clusters.values()]

    @property
    def config_overrides(self) -> dict[str, object]:
        """Arguments for `config.load`: nothing of the user's own SSH set-up takes part."""
        return {"known_hosts_files": (self.known_hosts,), "ssh_config_file": self.ssh_config}

    def cluster(self, name: str) -> DemoCluster:
        """One of them. Raises `UnknownCluster`."""
        try:
            return self._clusters[name]
        except KeyError:
            raise UnknownCluster(name, tuple(self._clusters)) from None

    def close(self) -> None:
        """End servers, commands and threads, remove what was temporary; idempotent."""
        self._closer()

    def __enter__(self) -> DemoFleet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _home(self, name: str) -> Path:
        return self.data_dir / name / "home" / _USER

    def _simulation(self, spec: ClusterSpec, seed: int, jobs: int, history_h: float) -> Simulation:
        home = self._home(spec.name)
        home.mkdir(parents=True, exist_ok=True)
        _close_logs(home.parent)
        sim = Simulation(
            spec,
            seed=seed,
            history_s=history_h * HOUR,
            min_job_age_s=300.0 * self.clock.speed,
            jobs=jobs,
            home=str(home.resolve()),
        )
        sim.advance(self.clock.now())
        return sim

    def _open(self, spec: ClusterSpec, key: paramiko.PKey, seed: int) -> DemoCluster:
        host_key = paramiko.ECDSAKey.generate()
        commands = self._commands(spec.name)
        home = self._home(spec.name).resolve()
        env = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "LOGNAME": _USER,
            "PATH": f"{commands}:/usr/local/bin:/usr/bin:/bin",
            "SHELL": "/bin/sh",
            "USER": _USER,
        }
        server = SshServer(
            spec.name,
            user=_USER,
            host_key=host_key,
            authorized_key=key,
            home=home,
            env=env,
            latency_s=spec.latency_s,
            seed=seed,
        )
        line = f"[127.0.0.1]:{server.port} {host_key.get_name()} {host_key.get_base64()}\n"
        with self.known_hosts.open("a", encoding="utf-8") as known:
            known.write(line)
        cluster = Cluster(
            name=spec.name,
            host="127.0.0.1",
            port=server.port,
            user=_USER,
            key_file=str(self.key_file),
            scope="everyone",
            gpu_type=spec.gpu_type,
            description=spec.description,
        )
        return DemoCluster(spec, self._simulations[spec.name], server, cluster)

    def _commands(self, name: str) -> Path:
        """The directory of Slurm's commands, and of those that tell who and where one is."""
        directory = self.data_dir / name / "bin"
        directory.mkdir(parents=True, exist_ok=True)
        head = [
            sys.executable,
            "-ISs",
            str(Path(shim.__file__).resolve()),
            str(self._temporary / "slurm.sock"),
            name,
        ]
        scripts = {command: f'exec {shlex.join([*head, command])} "$@"' for command in COMMANDS}
        scripts["hostname"] = f"echo {shlex.quote(name + '-login1')}"
        scripts["whoami"] = f"echo {_USER}"
        uid = USERS[_USER]
        scripts["id"] = (
            f'case "$*" in -[ug]n|-n[ug]|"-u -n") echo {_USER};; -u|-g) echo {uid};; '
            f'*) echo "uid={uid}({_USER}) gid={uid}({_USER}) groups={uid}({_USER})";; esac'
        )
        for command, body in scripts.items():
            path = directory / command
            path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
            path.chmod(0o700)
        return directory.resolve()


def _close_logs(homes: Path) -> None:
    """Make the homes of all others, with logs that nobody else may read."""
    for user in USERS.keys() - {_USER}:
        logs = homes / user / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        logs.chmod(0)


def _open_logs(data_dir: Path) -> None:
    """Let all of it be removed."""
    for logs in data_dir.glob("*/home/*/logs"):
        logs.chmod(0o700)
