"""The contract of Transport, kept by the SSH and by the local one."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clausius_panel.errors import CommandFailed, CommandTimeout, InvalidInput, Unreachable
from clausius_panel.transport import Transport


def test_a_command_gives_output_errors_and_exit_status(transport: Transport) -> None:
    done = transport.run("echo out; echo err >&2; exit 3")
    assert (done.stdout, done.stderr, done.exit_status) == ("out\n", "err\n", 3)
    assert 0 < done.elapsed_s < 10


def test_a_script_travels_on_stdin(transport: Transport) -> None:
    assert transport.run("sh -s", stdin="x='a b'\necho \"$x\"\n").stdout == "a b\n"


def test_no_stdin_is_an_empty_stdin(transport: Transport) -> None:
    assert transport.run("cat; echo end").stdout == "end\n"


def test_bytes_that_are_not_utf8_arrive_as_replacement(transport: Transport) -> None:
    assert transport.run(r"printf 'a\377b\303\244'").stdout == "a\ufffdbä"


def test_surrogates_go_back_as_the_bytes_they_came_from(transport: Transport) -> None:
    assert (
        transport.run("od -An -tx1", stdin=b"\xff\xc3\xa4".decode("utf-8", "surrogateescape")).stdout
        == " ff c3 a4\n"
    )


def test_megabytes_go_both_ways_at_once(transport: Transport) -> None:
    text = "0123456789abcde\n" * (8 * 1024 * 1024 // 16)
    done = transport.run("cat", stdin=text, timeout_s=60)
    assert len(done.stdout) == len(text)
    assert done.stdout == text


def test_megabytes_on_stderr_do_not_block_stdout(transport: Transport) -> None:
    done = transport.run("head -c 3000000 /dev/zero >&2; echo done", timeout_s=30)
    assert (done.stdout, len(done.stderr)) == ("done\n", 3000000)


def test_a_command_may_ignore_a_large_stdin(transport: Transport) -> None:
    for _ in range(3):
        assert transport.run("exit 7", stdin="x" * 3_000_000).exit_status == 7
    assert transport.run("echo still here").stdout == "still here\n"


def test_a_slow_command_times_out_with_what_it_said(transport: Transport) -> None:
    started = time.monotonic()
    with pytest.raises(CommandTimeout) as caught:
        transport.run("echo begun; echo warned >&2; sleep 60", timeout_s=0.5)
    assert time.monotonic() - started < 5
    assert (caught.value.stdout, caught.value.stderr, caught.value.timeout_s) == ("begun\n", "warned\n", 0.5)
    assert "sleep 60 did not answer within 0.5 s" in str(caught.value)


def test_an_endless_talker_times_out(transport: Transport) -> None:
    with pytest.raises(CommandTimeout):
        transport.run("while :; do echo y; sleep 0.01; done", timeout_s=0.3)


def test_a_timeout_leaves_the_others_alone(transport: Transport) -> None:
    with ThreadPoolExecutor(3) as pool:
        slow = pool.submit(transport.run, "sleep 60", timeout_s=0.3)
        steady = pool.submit(transport.run, "sleep 0.7; echo kept", timeout_s=30)
        with pytest.raises(CommandTimeout):
            slow.result()
        assert transport.run("echo next").stdout == "next\n"
        assert steady.result().stdout == "kept\n"


def test_too_much_output_ends_the_command(transport: Transport) -> None:
    with pytest.raises(CommandFailed, match="more than 1000 bytes of output"):
        transport.run("yes", timeout_s=30, max_bytes=1000)
    assert transport.run("echo fine", max_bytes=1000).stdout == "fine\n"


def test_output_of_exactly_the_limit_is_fine(transport: Transport) -> None:
    assert len(transport.run("head -c 1000 /dev/zero", max_bytes=1000).stdout) == 1000


def test_a_command_ended_by_a_signal_has_a_negative_status(transport: Transport) -> None:
    done = transport.run("echo last words; kill -9 $$")
    assert (done.stdout, done.exit_status < 0) == ("last words\n", True)


def test_many_threads_lose_nothing(transport: Transport) -> None:
    def one(number: int) -> str:
        return transport.run("sh -s", stdin=f"echo {number}\n").stdout

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(100))) == [f"{number}\n" for number in range(100)]


def test_many_threads_whose_commands_leave_their_stdin_lose_nothing(transport: Transport) -> None:
    def one(number: int) -> int:
        return transport.run(f"exit {number}", stdin="never read\n" * 10000).exit_status

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(50))) == list(range(50))


def test_a_nul_byte_in_a_command_is_refused(transport: Transport) -> None:
    with pytest.raises(InvalidInput, match="NUL"):
        transport.run("echo a\x00b")


def test_the_host_is_named_with_its_user(transport: Transport) -> None:
    user, _, host = transport.host.partition("@")
    assert user
    assert host


def test_a_closed_transport_runs_nothing(transport: Transport) -> None:
    transport.run("true")
    transport.close()
    transport.close()
    with pytest.raises(Unreachable, match="closed"):
        transport.run("true")


def test_closing_ends_what_runs(transport: Transport) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(transport.run, "echo up; sleep 60", timeout_s=60)
        threading.Timer(0.2, transport.close).start()
        with pytest.raises(Unreachable):
            running.result()
    assert time.monotonic() - started < 10


def test_no_thread_stays_behind(transport: Transport, wait_until: Any) -> None:
    before = set(threading.enumerate())
    transport.run("cat", stdin="x" * 100000)
    transport.close()
    wait_until(lambda: set(threading.enumerate()) <= before)
