"""One command on one channel of a real server; the whole contract stands in test_base.py and test_ssh.py."""

import threading

from clausius_panel.transport.chain import open_chain
from clausius_panel.transport.exchange import Exchange
from clausius_panel.transport.route import route


def converse(sshd, command, stdin=b"", *, max_bytes=1 << 24, wait_s=20.0):
    cluster = sshd.cluster()
    chain = open_chain(route(cluster, cluster.host, sshd.config()), cluster=cluster.name, ask=None)
    exchange = Exchange(chain.last.open_session(timeout=5), command, stdin, max_bytes=max_bytes)
    exchange.start()
    ended = exchange.done.wait(wait_s)
    exchange.channel.close()
    chain.close()
    return exchange, ended


def test_both_outputs_and_the_status_arrive(sshd):
    exchange, ended = converse(sshd, "cat; echo oops >&2; exit 3", b"hello")
    assert ended
    assert exchange.is_clean
    assert exchange.texts() == ("hello", "oops\n")
    assert exchange.channel.exit_status == 3


def test_more_input_than_a_packet_does_not_block_the_output(sshd):
    exchange, ended = converse(sshd, "cat", b"x" * 3_000_000)
    assert ended
    assert len(exchange.texts()[0]) == 3_000_000


def test_a_command_that_reads_no_input_ends_all_the_same(sshd):
    exchange, ended = converse(sshd, "echo done", b"x" * 3_000_000)
    assert ended
    assert exchange.texts()[0] == "done\n"


def test_output_beyond_the_limit_ends_the_reading(sshd):
    exchange, ended = converse(sshd, "yes", max_bytes=100_000)
    assert ended
    assert exchange.overflowed
    assert not exchange.is_clean
    assert len(exchange.texts()[0]) <= 100_000


def test_closing_the_channel_ends_the_threads(sshd):
    _, ended = converse(sshd, "sleep 60", wait_s=0.5)
    assert not ended
    for thread in threading.enumerate():
        if thread.name.startswith("clausius-"):
            thread.join(10)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clausius-")]
