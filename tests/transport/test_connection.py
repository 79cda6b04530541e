from collections.abc import Callable
from typing import Any

import pytest

from clausius_panel.errors import Unreachable
from clausius_panel.transport.chain import open_chain
from clausius_panel.transport.connection import Connection, NotSent
from clausius_panel.transport.route import route


@pytest.fixture
def connection(sshd: Any):
    made = Connection(
        open_chain(route(sshd.cluster(), "127.0.0.1", sshd.config()), cluster="here", ask=None), host="mary@here"
    )
    yield made
    made.close()


def run(connection: Connection, command: str, *, stdin: bytes = b"") -> str:
    return connection.run(command, stdin=stdin, timeout_s=20, max_bytes=1_000_000).stdout


def test_an_open_connection_is_alive_until_it_is_closed(connection: Connection) -> None:
    assert connection.is_alive
    connection.close()
    connection.close()
    assert not connection.is_alive


def test_a_connection_opened_with_a_key_needed_no_person(connection: Connection) -> None:
    assert not connection.was_asked


def test_a_closed_connection_says_that_nothing_was_sent(connection: Connection) -> None:
    connection.close()
    with pytest.raises(NotSent) as caught:
        run(connection, "true")
    assert isinstance(caught.value, Unreachable)
    assert "mary@here" in str(caught.value)


def test_more_commands_than_maxsessions_one_after_another_are_no_problem(connection: Connection) -> None:
    assert [run(connection, f"echo {number}") for number in range(20)] == [f"{number}\n" for number in range(20)]


def test_a_command_ended_by_a_signal_leaves_the_connection_alive(connection: Connection) -> None:
    done = connection.run("kill -9 $$", stdin=b"", timeout_s=20, max_bytes=1000)
    assert done.exit_status == -1
    assert connection.is_alive


def test_no_file_descriptor_and_no_channel_is_lost(
    connection: Connection, wait_until: Callable[..., None]
) -> None:
    for _ in range(10):
        run(connection, "cat", stdin=b"x" * 100_000)
    wait_until(lambda: len(connection._chain.last._channels) == 0)
