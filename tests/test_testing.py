import pytest

from clausius_panel.errors import Unreachable
from clausius_panel.testing import FakeTransport
from clausius_panel.transport import Completed, Transport


def test_it_answers_and_remembers_what_was_asked():
    fake: Transport = FakeTransport(lambda command, stdin: Completed(stdout=f"{command}<{stdin}"))
    assert fake.run("sh -s", stdin="true", lane="data").stdout == "sh -s<true"
    assert isinstance(fake, FakeTransport)
    assert fake.calls == [("sh -s", "true", "data")]


def test_an_error_is_raised_and_not_returned():
    fake = FakeTransport(lambda command, stdin: Unreachable("h", "no route"))
    with pytest.raises(Unreachable):
        fake.run("true")


def test_closing_is_remembered():
    fake = FakeTransport(lambda command, stdin: Completed(stdout=""))
    fake.close()
    assert fake.closed
