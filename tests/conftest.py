"""What every test may use: the Slurm bed, a Chromium page, and skips that say why.

`CLAUSIUS_REQUIRE=slurm,chromium` turns the skips of those two into failures.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from clausius_panel.config import Config
from clausius_panel.model import Cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

    from clausius_panel.runtime import Runtime

__all__: list[str] = []

pytest_plugins = ["tests.fake_slurm.fixtures"]

settings.register_profile(
    "clausius", deadline=None
)  # how long an example takes is a matter of who else is at work
settings.load_profile("clausius")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_ARGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", ""})
LOCAL_SCHEMES = frozenset({"data", "blob", "about", "chrome", "file"})


def bed_directory() -> Path:
    """Where `python -m tests.testbed up` keeps the bed."""
    return Path(os.environ.get("STB_DIR", "/tmp/slurm-testbed"))


@functools.cache
def why_no_bed() -> str:
    """Why tests on real Slurm cannot run; "" where they can."""
    inventory = bed_directory() / "inventory.json"
    if not inventory.exists():
        return f"no Slurm bed: {inventory} is missing (python -m tests.testbed up)"
    host = json.loads(inventory.read_text(encoding="utf-8"))["hosts"]["alpha"]
    try:
        socket.create_connection((host["host"], host["port"]), timeout=2).close()
    except OSError as exc:
        return f"the Slurm bed does not answer on port {host['port']}: {exc} (python -m tests.testbed up)"
    return ""


def chromium_path() -> str | None:
    """The system's Chromium, or the one named by CLAUSIUS_CHROMIUM."""
    named = os.environ.get("CLAUSIUS_CHROMIUM")
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    return named or next(filter(None, found), None)


@functools.cache
def why_no_chromium() -> str:
    """Why browser tests cannot run; "" where they can."""
    if chromium_path() is None:
        return "no Chromium: install the package `chromium`, or set CLAUSIUS_CHROMIUM to one"
    try:
        import playwright.sync_api  # noqa: F401 - only whether it is there
    except ImportError:
        return "no playwright: pip install playwright"
    return ""


CONDITIONS = {"slurm": why_no_bed, "chromium": why_no_chromium}
"""Marker -> why a test that bears it cannot run."""


def required() -> set[str]:
    """The markers that CLAUSIUS_REQUIRE names."""
    return set(os.environ.get("CLAUSIUS_REQUIRE", "").replace(",", " ").split())


def give_up(marker: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where CLAUSIUS_REQUIRE says that it must run."""
    if marker in required():
        pytest.fail(f"CLAUSIUS_REQUIRE={marker}: {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_configure() -> None:
    """Refuse a misspelt CLAUSIUS_REQUIRE, which would otherwise require nothing.

    Python looks for garbage less often than usual: that took a tenth of the time.

    Run by nohup, or by a shell in the background, we ignore signals that tests send to the programs they start,
    and so would those; a handler of ours is not inherited.
    """
    gc.set_threshold(100_000, 20, 20)
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda number, frame: None)
    if unknown := required() - set(CONDITIONS):
        raise pytest.UsageError(f"CLAUSIUS_REQUIRE: {sorted(unknown)} unknown; known are {sorted(CONDITIONS)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the Slurm bed first, which take longest; browser tests last.

    While playwright's loop lives, no asyncio test can run in the same thread.
    """
    items.sort(key=lambda item: (not item.get_closest_marker("slurm")) + bool(item.get_closest_marker("chromium")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: a fifth of the time is spent waiting, for the bed, servers and processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """What was imported and collected stays: nobody need look whether it is garbage."""
    gc.freeze()


class FilesAndBed(LoadScopeScheduling):
    """Deals files to the workers, and all that use the one Slurm bed to one of them.

    (`--dist loadgroup` would do, but pytest-xdist 3.8 does not get its groups across with pytest 9.2.)
    """

    @functools.cached_property
    def on_bed(self) -> set[str]:
        """The files with tests on the bed."""
        files = (ROOT / "tests").rglob("test_*.py")
        return {str(file.relative_to(ROOT)) for file in files if "pytest.mark.slurm" in file.read_text("utf-8")}

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "bed" if file in self.on_bed else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesAndBed:
    """In the order of collection, not the greatest file first: see above."""
    config.option.loadscopereorder = False
    return FilesAndBed(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, whatever fixtures the test asks for."""
    for marker, why_not in CONDITIONS.items():
        if item.get_closest_marker(marker) is not None and (reason := why_not()):
            give_up(marker, reason)


@pytest.fixture(scope="session")
def bed() -> dict[str, Any]:
    """The bed's inventory.json: hosts, ports, users, keys, clusters. Use it in tests marked `slurm`."""
    if reason := why_no_bed():
        give_up("slurm", reason)
    inventory: dict[str, Any] = json.loads((bed_directory() / "inventory.json").read_text(encoding="utf-8"))
    return inventory


@pytest.fixture
def bed_cluster(bed: dict[str, Any]) -> Callable[..., Cluster]:
    """Makes a `Cluster` for one of the bed's: `bed_cluster("alpha", user="bob", scope="mine")`."""

    def make(on: str, *, user: str = "alice", **fields: Any) -> Cluster:
        address = {"host": bed["hosts"][on]["host"], "port": bed["hosts"][on]["port"]}
        known = {"name": on, **address, "user": user, "key_file": bed["users"][user]["key"], "scope": "everyone"}
        return Cluster(**{**known, **fields})

    return make


@pytest.fixture
def bed_config(bed: dict[str, Any], tmp_path: Path) -> Config:
    """Trusts the bed's host keys and knows nothing of this machine's ~/.ssh."""
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_bytes(Path(bed["known_hosts"]).read_bytes())
    nothing = tmp_path / "no_ssh_config"
    return Config(data_dir=tmp_path / "data", known_hosts_files=(known_hosts,), ssh_config_file=nothing)


@pytest.fixture
def bed_runtime(bed_config: Config, bed_cluster: Callable[..., Cluster]) -> Iterator[Runtime]:
    """A runtime with a store of its own that knows alpha and beta, as alice, with everybody's jobs."""
    from clausius_panel.runtime import Runtime
    from clausius_panel.store import put_cluster

    with Runtime(bed_config, create=True) as runtime:
        with runtime.store.write() as cur:
            for name in ("alpha", "beta"):
                put_cluster(cur, bed_cluster(name))
        yield runtime


@pytest.fixture
def bed_shell(bed: dict[str, Any]) -> Callable[..., str]:
    """What a shell script says on one of the bed's login nodes, through OpenSSH: the other way to the truth."""

    def shell(where: str, script: str, *, user: str = "alice") -> str:
        words = ["ssh", "-F", bed["ssh_config"], "-l", user, f"{where}-login", "sh -s"]
        return subprocess.run(words, input=script, capture_output=True, text=True, timeout=60, check=True).stdout

    return shell


@pytest.fixture
def bed_fault(bed: dict[str, Any]) -> Iterator[Callable[..., None]]:
    """Breaks the bed: `bed_fault("ctld-stop", "beta")`, see tests/testbed/faults.py; `bed_fault()` mends it.

    Whatever a test broke is mended when it ends.
    """
    frozen: list[tuple[str, str]] = []

    def testbed(*words: str) -> None:
        command = [sys.executable, "-m", "tests.testbed", *words]
        environment = {**os.environ, "STB_DIR": bed["runtime_dir"]}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr

    def mend() -> None:
        while frozen:
            name, where = frozen.pop()
            testbed("fault", name.replace("-freeze", "-thaw"), where)
        testbed("up")

    def break_it(name: str = "", where: str = "alpha") -> None:
        if not name:
            mend()
            return
        if name.endswith("-freeze"):
            frozen.append((name, where))
        testbed("fault", name, where)

    yield break_it
    mend()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for one module: started and ended there, so that its loop blocks no other module."""
    if reason := why_no_chromium():
        give_up("chromium", reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_ARGS))
        yield chromium
        chromium.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A fresh page, 1440x900. Its console errors are in `page.console_errors` (a list of text).

    The test fails if the page asked any host but this machine: everything must work without a network.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    strangers: list[str] = []

    def note_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    def note_address(address: str) -> None:
        url = urlsplit(address)
        if url.scheme not in LOCAL_SCHEMES and url.hostname not in LOCAL_HOSTS:
            strangers.append(address)

    page.on("console", note_console)
    page.on("pageerror", lambda error: errors.append(str(error)))
    context.on("request", lambda request: note_address(request.url))
    page.on("websocket", lambda socket: note_address(socket.url))
    page.console_errors = errors  # type: ignore[attr-defined]
    yield page
    context.close()
    assert not strangers, f"the page asked other hosts: {sorted(set(strangers))}"


@pytest.fixture(autouse=True)
def _fresh_panel_state() -> Iterator[None]:
    """Panel keeps state per process: clear it after each test that brought Panel in."""
    yield
    if (panel := sys.modules.get("panel")) is not None and hasattr(panel, "state"):
        panel.state.reset()
