import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clausius_panel.errors import CommandFailed, CommandTimeout, InvalidInput, Unreachable
from clausius_panel.slurm.script_runner import check_script, named_interpreter, run_script
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed, LocalTransport


@pytest.fixture(scope="module")
def here():
    transport = LocalTransport()
    yield transport
    transport.close()


# 55
def test_a_script_gives_back_its_output_and_exit_status(here):
    done = run_script(
        here, "import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)", interpreter="python3"
    )
    assert (done.stdout, done.stderr, done.exit_code) == ("out\n", "err\n", 3)
    assert not done.timed_out
    assert not done.truncated


@pytest.mark.parametrize("interpreter", ["bash", "sh", "python3"])
def test_its_stdin_is_empty_and_its_own_text_stays_whole(here, interpreter):
    script = {
        "bash": "cat; echo '$HOME' \"it's\" `echo x`; cat <<'EOF'\n@BODY@ @LIMIT@\nEOF",
        "sh": "cat; echo '$HOME' \"it's\" `echo x`; cat <<'EOF'\n@BODY@ @LIMIT@\nEOF",
        "python3": "import sys\nprint(sys.stdin.read() + '''$HOME it's x\n@BODY@ @LIMIT@''')",
    }[interpreter]
    done = run_script(here, script, interpreter=interpreter)
    assert (done.stdout, done.exit_code) == ("$HOME it's x\n@BODY@ @LIMIT@\n", 0)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=200))
def test_any_text_arrives_as_it_was_written(here, text):
    done = run_script(here, f"import sys\nsys.stdout.buffer.write({text.encode()!r})", interpreter="python3")
    assert done.stdout == text
    quoted = "'" + text.replace("'", "'\\''") + "'"
    assert run_script(here, f"printf %s {quoted}", interpreter="bash").stdout == text


def test_too_much_output_is_cut_and_the_script_still_ends_by_itself(here):
    done = run_script(
        here, "yes | head -c 3000000; yes | head -c 3000000 >&2; exit 7", interpreter="sh", max_bytes=99
    )
    assert (len(done.stdout), len(done.stderr), done.exit_code, done.truncated) == (99, 99, 7, True)


def test_a_slow_script_is_ended_over_there_and_what_it_said_is_kept(here):
    begun = time.monotonic()
    done = run_script(here, "echo begun; sleep 60", interpreter="bash", timeout_s=1)
    assert time.monotonic() - begun < 10
    assert (done.exit_code, done.timed_out, done.stdout) == (None, True, "begun\n")


def test_an_exit_status_that_looks_like_a_time_out_is_none(here):
    done = run_script(here, "exit 124", interpreter="bash")
    assert (done.exit_code, done.timed_out) == (124, False)


def test_a_login_shell_that_talks_is_passed_over(here):
    def chatty(command: str, stdin: str) -> Completed:
        return here.run(f"echo welcome; echo hello >&2; {command}; echo bye", stdin=stdin)

    done = run_script(FakeTransport(chatty), "echo x; echo y >&2; exit 5", interpreter="sh")
    assert (done.stdout, done.stderr, done.exit_code) == ("x\n", "y\n", 5)


def test_it_goes_over_the_background_lane_and_this_side_waits_a_little_longer():
    asked = {}

    class Slow(FakeTransport):
        def run(self, command, **options):
            asked.update(options)
            sentinel = options["stdin"].partition("\n")[0].partition("=")[2]
            raise CommandTimeout("alpha", command, options["timeout_s"], f"\n{sentinel} begin\nso far")

    done = run_script(Slow(lambda command, stdin: Completed(stdout="")), "x", interpreter="sh", timeout_s=30)
    assert (done.timed_out, done.exit_code, done.stdout) == (True, None, "so far")
    assert asked["lane"] == "background"
    assert 30 < asked["timeout_s"] <= 60


def test_a_host_that_runs_nothing_or_is_not_there_is_an_error():
    mute = FakeTransport(lambda command, stdin: Completed(stdout="This account is closed.", exit_status=1))
    with pytest.raises(CommandFailed):
        run_script(mute, "x", interpreter="sh")
    with pytest.raises(Unreachable):
        run_script(FakeTransport(lambda command, stdin: Unreachable("alpha", "no route")), "x", interpreter="sh")


# 55
@pytest.mark.parametrize(
    "wrong",
    [
        {"script": ""},
        {"script": " \n"},
        {"script": "a\x00b"},
        {"script": "x" * 2_000_000},
        {"interpreter": "perl"},
        {"interpreter": "bash; id"},
        {"timeout_s": 0},
        {"timeout_s": 10**6},
        {"max_bytes": 0},
    ],
)
def test_what_cannot_be_run_is_refused(wrong):
    values = {"script": "x", "interpreter": "bash", "timeout_s": 5, "max_bytes": 5} | wrong
    with pytest.raises(InvalidInput):
        check_script(values.pop("script"), **values)


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("#!/bin/sh -e", "sh"),
        ("#!/usr/bin/env -S python3 -I", "python3"),
        ("#!/usr/bin/perl", "bash"),
        ("", "bash"),
    ],
)
def test_the_first_line_chooses_the_interpreter(first, name):
    assert named_interpreter(f"{first}\necho 1\n") == name
