from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clausius_panel.errors import CommandFailed
from clausius_panel.logs import Access, LogSource
from clausius_panel.logs.asking import Told, ask
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed, LocalTransport

Write = Callable[[str, bytes | str], str]
WORDS = ("on", "/a", "bytes_at", "0", "10", "0")


def framed(stdin: str, body: str) -> str:
    mark = stdin.partition("_s=")[2].split()[0]
    return f"\n{mark} begin q0\n{body}\n{mark} stderr q0\n\n{mark} end q0 0\n"


def put(answer: Callable[[str], Completed]) -> object:
    transport = FakeTransport(lambda command, stdin: answer(stdin))
    return ask(transport, [WORDS], access=Access.to([]), max_bytes=10)[0]


def test_what_a_login_shell_prints_around_the_answer_is_passed_over(
    local: LocalTransport, write: Write, source: LogSource
):
    path = write("a", "x\n")

    def chatty(command: str, stdin: str) -> Completed:
        done = local.run(command, stdin=stdin)
        return Completed(stdout=f"Welcome!\nquota: 3\n{done.stdout}\nbye", stderr="motd")

    [told] = ask(FakeTransport(chatty), [("on", path, *WORDS[2:])], access=source.access, max_bytes=10)
    assert isinstance(told, Told)
    assert told.data == b"x\n"


def test_a_shell_that_runs_nothing_is_a_failure_with_its_words():
    with pytest.raises(CommandFailed, match="This account is not available"):
        put(lambda stdin: Completed(stdout="This account is not available", exit_status=1))


def test_an_answer_that_was_cut_off_is_a_failure():
    with pytest.raises(CommandFailed, match="cut off"):
        put(lambda stdin: Completed(stdout=framed(stdin, "file 1 2 3 0 ada\nL2EAeA==")[:-20]))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "file",
        "file 1 2 3",
        "file x 2 3 0 ada\nL2EA",
        "refused nonsense\n",
        "file 1 2 3 0 ada\nL2E%AA==",
        "file 1 2 3 0 ada\nL2E=",
        "hello",
    ],
)
def test_an_answer_of_unknown_shape_is_a_failure(body: str):
    with pytest.raises(CommandFailed):
        put(lambda stdin: Completed(stdout=framed(stdin, body)))


def test_an_answer_is_bytes_and_facts():
    told = put(lambda stdin: Completed(stdout=framed(stdin, "file 1 2 3 0 ada\nL2EAeA==")))
    assert isinstance(told, Told)
    assert (told.data, told.facts.real_path, told.facts.inode, told.facts.size) == (b"x", "/a", 1, 2)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\x00\ud800", exclude_categories=["Cs"]),
    min_size=1,
    max_size=30,
).filter(lambda name: name not in (".", "..") and len(name.encode()) < 200 and not name.startswith("."))


@settings(max_examples=12)
@given(name=NAMES, content=st.binary(max_size=300))
def test_any_name_and_any_bytes_survive_the_way(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
):
    from clausius_panel.logs import Root, read_bytes

    logs = tmp_path_factory.mktemp("logs")
    (logs / name).write_bytes(content)
    source = LogSource(transport=LocalTransport(), access=Access.to([Root(path=str(logs))]))
    assert read_bytes(source, str(logs / name)).data == content
    assert [each.name for each in logs.iterdir()] == [name]
    source.transport.close()
