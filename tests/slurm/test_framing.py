import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import ParseError
from clausius_panel.slurm.framing import SKIPPED, Command, Frame, build_script, new_sentinel, parse_frames

SENTINEL = "clausius-test"


def run(*commands: Command, before: str = "", env: dict[str, str] | None = None, **options) -> dict[str, Frame]:
    script = build_script(commands, sentinel=SENTINEL, **options)
    done = subprocess.run(
        ["/bin/sh", "-c", f"{before}\nsh -s"],
        input=script.encode(),
        capture_output=True,
        timeout=30,
        check=True,
        env={"PATH": "/usr/bin:/bin", **(env or {})},
    )
    return parse_frames(done.stdout.decode(errors="replace"), SENTINEL)


def sh(name: str, text: str, server: str = "") -> Command:
    return Command(name=name, words=("sh", "-c", "'" + text.replace("'", "'\\''") + "'"), server=server)


def test_each_command_has_its_own_output_errors_and_exit_status():
    frames = run(sh("one", "echo a; echo b >&2; exit 3"), sh("two", "printf x"), sh("three", ":"))
    assert frames == {
        "one": Frame(stdout="a\n", stderr="b", exit_status=3),
        "two": Frame(stdout="x", stderr="", exit_status=0),
        "three": Frame(stdout="", stderr="", exit_status=0),
    }


def test_what_the_shell_says_before_between_and_after_is_passed_over():
    noise = "echo module loaded; echo >&2 and complaining; trap 'echo bye' EXIT"
    assert run(sh("one", "echo a"), sh("two", "echo b"), before=noise)["two"].stdout == "b\n"
    stdout = (
        f"hello\n{SENTINEL}\n\n{SENTINEL} begin a\nx\n{SENTINEL} stderr a\n\n{SENTINEL} end a 0\nwall: reboot!\n"
    )
    assert parse_frames(stdout, SENTINEL) == {"a": Frame(stdout="x", stderr="", exit_status=0)}


def test_a_command_that_reads_does_not_eat_the_script():
    assert run(sh("one", "cat"), sh("two", "echo b"))["two"].stdout == "b\n"


def test_a_command_that_hangs_is_ended_and_the_next_ones_run():
    frames = run(sh("one", "echo begun; sleep 30"), sh("two", "echo b"), limit_s=1)
    assert frames["one"].exit_status == 124
    assert frames["one"].stdout == "begun\n"
    assert frames["two"].stdout == "b\n"


def test_a_server_that_is_silent_is_not_asked_twice():
    silent = "echo slurm_load_jobs error: Unable to contact slurm controller >&2; exit 1"
    frames = run(sh("a", silent, "ctld"), sh("b", "echo b", "ctld"), sh("c", "echo c", "dbd"), sh("d", "echo d"))
    assert frames["b"] == Frame(stdout="", stderr="", exit_status=SKIPPED)
    assert (frames["c"].stdout, frames["d"].stdout) == ("c\n", "d\n")


def test_slurms_variables_that_change_what_is_printed_are_unset_and_its_configuration_is_kept():
    env = {
        "SQUEUE_FORMAT": "%i",
        "SINFO_FORMAT": "x",
        "SACCT_FORMAT": "x",
        "SLURM_CLUSTERS": "b",
        "SLURM_CONF": "/c",
    }
    env |= {"SLURM_TIME_FORMAT": "relative", "TZ": "Asia/Tokyo", "SLURM_BITSTR_LEN": "10"}
    told = dict(line.split("=", 1) for line in run(Command(name="e", words=("env",)), env=env)["e"].stdout.split())
    assert not {"SQUEUE_FORMAT", "SINFO_FORMAT", "SACCT_FORMAT", "SLURM_CLUSTERS"} & told.keys()
    assert {name: told[name] for name in ("SLURM_CONF", "SLURM_TIME_FORMAT", "TZ", "SLURM_BITSTR_LEN")} == {
        "SLURM_CONF": "/c",
        "SLURM_TIME_FORMAT": "standard",
        "TZ": "UTC0",
        "SLURM_BITSTR_LEN": "0",
    }


def test_slurm_is_found_where_the_configuration_says(tmp_path):
    place = tmp_path / "odd 'place'"
    place.mkdir()
    (place / "squeue").write_text("#!/bin/sh\necho here\n")
    (place / "squeue").chmod(0o755)
    frames = run(Command(name="q", words=("squeue",)), slurm_path=str(place))
    assert frames["q"].stdout == "here\n"
    assert run(Command(name="q", words=("no-such-command",)))["q"].exit_status == 127


def test_an_answer_without_a_single_mark_is_refused():
    with pytest.raises(ParseError, match="no part of the script"):
        parse_frames("This account is currently not available.\n", SENTINEL)


def test_a_frame_name_that_is_no_word_is_refused():
    with pytest.raises(ValueError, match="frame name"):
        build_script([Command(name="a b", words=("id",))], sentinel=SENTINEL)


def test_sentinels_do_not_repeat():
    assert new_sentinel() != new_sentinel()


TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=60)
FRAMES = st.dictionaries(
    st.from_regex(r"[a-z]{1,6}", fullmatch=True),
    st.builds(Frame, stdout=TEXTS, stderr=TEXTS, exit_status=st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


def printed(frames: dict[str, Frame]) -> str:
    return "noise" + "".join(
        f"\n{SENTINEL} begin {name}\n{frame.stdout}\n{SENTINEL} stderr {name}\n{frame.stderr}\n"
        f"{SENTINEL} end {name} {frame.exit_status}\n"
        for name, frame in frames.items()
    )


@settings(max_examples=40)
@given(FRAMES)
def test_frames_round_trip(frames: dict[str, Frame]):
    assert parse_frames(printed(frames), SENTINEL) == frames


@settings(max_examples=40)
@given(FRAMES, st.floats(0, 1))
def test_a_connection_cut_anywhere_leaves_whole_frames_or_none(frames: dict[str, Frame], where: float):
    text = printed(frames)
    try:
        left = parse_frames(text[: int(len(text) * where)], SENTINEL)
    except ParseError:
        return
    assert left.items() <= frames.items()


@settings(max_examples=8)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.integers(0, 200)), min_size=1, max_size=3))
def test_any_text_survives_the_real_shell(answers: list[tuple[str, str, int]]):
    commands = [
        Command(
            name=f"c{index}", words=("sh", "-c", '\'printf %s "$1"; printf %s "$2" >&2; exit $3\'', "x", *quoted)
        )
        for index, (out, err, status) in enumerate(answers)
        for quoted in [(_quote(out), _quote(err), str(status))]
    ]
    frames = run(*commands)
    assert [(f.stdout, f.stderr, f.exit_status) for f in frames.values()] == [
        (out, err.rstrip("\n"), status) for out, err, status in answers
    ]


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def test_an_exit_status_of_thousands_of_digits_is_no_exit_status():
    frame = f"\n{SENTINEL} begin a\n\n{SENTINEL} stderr a\n\n{SENTINEL} end a {'9' * 5000}\n"
    assert parse_frames(frame, SENTINEL) == {}
