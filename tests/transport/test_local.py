import getpass
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clausius_panel.config import Config
from clausius_panel.errors import CommandTimeout
from clausius_panel.model import Cluster
from clausius_panel.transport import LocalTransport, connect


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_local_cluster_gets_the_local_transport() -> None:
    transport = connect(Cluster(name="me", kind="local"), Config())
    assert isinstance(transport, LocalTransport)
    assert transport.host == f"{getpass.getuser()}@{socket.gethostname()}"
    transport.close()


def test_a_timeout_ends_everything_the_command_started(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    transport = LocalTransport()
    with pytest.raises(CommandTimeout):
        transport.run(f"sleep 60 & echo $! > {tmp_path}/pid; sh -c 'sleep 60'; wait", timeout_s=0.5)
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_alive(pid))
    transport.close()


def test_what_a_command_leaves_in_the_background_may_stay(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    transport = LocalTransport()
    started = time.monotonic()
    transport.run(f"(sleep 0.5; touch {tmp_path}/later) >/dev/null 2>&1 </dev/null & echo ok")
    assert time.monotonic() - started < 0.5
    wait_until((tmp_path / "later").exists)
    transport.close()


def test_a_child_that_keeps_the_output_open_is_waited_for_until_the_limit() -> None:
    transport = LocalTransport()
    with pytest.raises(CommandTimeout) as caught:
        transport.run("sleep 60 & echo done", timeout_s=0.5)
    assert caught.value.stdout == "done\n"
    transport.close()


def test_no_file_descriptor_is_lost() -> None:
    transport = LocalTransport()
    transport.run("true")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        transport.run("cat", stdin="x")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    transport.close()
