"""The page on Panel's own server, REST and MCP on another in a thread of the same process."""

from __future__ import annotations

import contextlib
import signal
import threading
import webbrowser
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from ..api import create_app
from ..errors import ClausiusError
from ..mcp_server import create_server
from ..runtime import Runtime
from .address import PAGE_PORT, listen, own_names, refuse_taken
from .backups import DailyBackups
from .recorder import Recorder
from .token import kept_token

__all__ = ["api_server", "serve", "serve_api"]

Announce = Callable[[str], object]

_ENDINGS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]  # Windows has no SIGHUP


def serve(
    runtime: Runtime,
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    browser: bool = False,
    record: bool = False,
    announce: Announce = lambda text: None,
) -> int:
    """Serve page, REST and MCP until SIGINT, SIGTERM or SIGHUP; gives the exit code, 130 or 0.

    `runtime.config` has the ports; 0 takes free ones. `announce` is told the URLs once both servers answer. Raises
    `InvalidInput` where a port or address cannot be had, then nothing was started.
    """
    own_names(host)
    refuse_taken(host, runtime.config.port, PAGE_PORT)  # first: what was started takes its time to end
    secret = kept_token(runtime.config.data_dir, token)
    with contextlib.ExitStack() as stack:
        api_port = stack.enter_context(api_server(runtime, host=host, token=secret))
        stack.enter_context(DailyBackups(runtime))
        if record:
            recorder = Recorder(runtime)
            recorder.start()
            stack.callback(recorder.stop)
        from .page import page_server

        with _kept_interrupt():
            server = stack.enter_context(page_server(runtime, host=host, token=secret))
        url = f"http://{own_names(host)[0]}:{server.port}/?token={secret}"
        announce(f"Board     {url}")
        announce(f"REST, MCP http://{own_names(host)[0]}:{api_port}/api and /mcp (bearer token: the same)")
        if browser:
            # in a thread of its own: some browsers started this way come back only when they are closed
            threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()
        with _signals(server.io_loop.add_callback_from_signal, server.io_loop.stop) as caught:
            server.io_loop.start()
    return _exit_code(caught)


def serve_api(
    runtime: Runtime,
    *,
    host: str = "127.0.0.1",
    token: str | None = None,
    announce: Announce = lambda text: None,
) -> int:
    """Serve REST and MCP alone until such a signal; gives the exit code. Raises `InvalidInput` as `serve`."""
    secret = kept_token(runtime.config.data_dir, token)
    ended = threading.Event()
    with api_server(runtime, host=host, token=secret) as port, DailyBackups(runtime):
        announce(f"MCP  http://{own_names(host)[0]}:{port}/mcp")
        announce(f"REST http://{own_names(host)[0]}:{port}/api (for both: Authorization: Bearer {secret})")
        with _signals(lambda stop: stop(), ended.set) as caught:
            ended.wait()
    return _exit_code(caught)


@contextlib.contextmanager
def api_server(runtime: Runtime, *, host: str, token: str) -> Iterator[int]:
    """REST and MCP in a thread; gives the port. Ends with the context. Raises `InvalidInput` as `serve`."""
    hosts = own_names(host)
    listener = listen(host, runtime.config.api_port, "--api-port or api_port in clausius.toml")
    app = create_app(runtime, token=token, mcp=create_server(runtime), hosts=hosts)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=[[listener]], name="api", daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    while not server.started:
        if not thread.is_alive():
            raise ClausiusError("REST and MCP did not start; the lines above say why")
        pause.wait(0.02)


@contextlib.contextmanager
def _kept_interrupt() -> Iterator[None]:
    """Panel takes SIGINT for itself when it makes a server; afterwards it is what it was."""
    before = signal.getsignal(signal.SIGINT)
    yield
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _signals(hand_over: Callable[[Callable[[], Any]], Any], stop: Callable[[], Any]) -> Iterator[list[int]]:
    """While inside, SIGINT, SIGTERM and SIGHUP call `stop`; the list has those that came. What nohup set stays."""
    caught: list[int] = []

    def on_signal(number: int, frame: object) -> None:
        caught.append(number)
        hand_over(stop)

    if threading.current_thread() is not threading.main_thread():
        yield caught  # signals belong to the main thread; whoever runs us elsewhere stops the loop
        return
    heard = [number for number in _ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    old = {number: signal.signal(number, on_signal) for number in heard}
    try:
        yield caught
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _exit_code(caught: list[int]) -> int:
    return 130 if signal.SIGINT in caught else 0
