import inspect
from pathlib import Path

import pytest

from clausius_panel import errors
from clausius_panel.errors import (
    CircuitOpen,
    ClausiusError,
    CommandFailed,
    CommandTimeout,
    HostKeyChanged,
    HostKeyUnknown,
    InvalidInput,
    ParseError,
    ReadOnly,
    Refused,
    SchemaTooNew,
    StoreError,
    StoreMissing,
    StoreOnNetwork,
    TransportError,
    UnknownAttempt,
    UnknownCluster,
    UnknownHost,
    UnknownJob,
    Unreachable,
)

EXAMPLES = [
    (InvalidInput("port", 0, "use 1 to 65535"), ["port", "0", "1 to 65535"]),
    (UnknownCluster("gamma", ("alpha",)), ["'gamma' is unknown", "alpha"]),
    (UnknownCluster("gamma"), ["'gamma' is unknown", "clausius add-cluster"]),
    (UnknownHost("n1"), ["'n1' is unknown"]),
    (UnknownJob("run", "7", "alpha", hint="ask later"), ["'7' is unknown", "no run or job", "alpha: ask later"]),
    (UnknownAttempt(3, 1, job_id="7", cluster="alpha"), ["attempt: 3 is unknown", "job 7 on alpha 1 attempt is"]),
    (ReadOnly("cancel"), ["cancel", "read_only false"]),
    (CircuitOpen("h", 12.4, "refused"), ["h", "12 s", "refused"]),
    (HostKeyUnknown("h", "alpha", "ed25519", "SHA256:x"), ["SHA256:x", "clausius trust alpha"]),
    (
        HostKeyChanged("h", "ed25519", "SHA256:x", "SHA256:y", "kh"),
        ["CHANGED", "SHA256:x", "SHA256:y", "ssh-keygen -R h"],
    ),
    (CommandFailed("h", "squeue", 1, "down\n"), ["squeue", "1", "down"]),
    (CommandTimeout("h", "squeue", 30), ["squeue", "30 s"]),
    (ParseError("squeue", 3, "text", "no header"), ["squeue", "line 3", "no header", "text"]),
    (StoreMissing(Path("x")), ["x", "clausius setup"]),
    (SchemaTooNew(Path("x"), 9, 1), ["9", "1", "pip install"]),
    (StoreOnNetwork(Path("x"), "nfs4"), ["nfs4", "CLAUSIUS_DATA_DIR"]),
]


@pytest.mark.parametrize(("error", "parts"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_the_message_is_one_line_with_the_value_and_what_to_do(error, parts):
    message = str(error)
    assert "\n" not in message
    assert [part for part in parts if part not in message] == []


def test_the_four_ways_to_fail_are_told_apart():
    ways = [Unreachable, Refused, CommandFailed, CommandTimeout]
    assert all(issubclass(way, TransportError) for way in ways)
    assert not any(issubclass(one, other) for one in ways for other in ways if one is not other)


def test_one_base_class_catches_all():
    found = [value for _, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, Exception)]
    assert len(found) > 15
    assert all(issubclass(error, ClausiusError) for error in found)


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = {word for word in (errors.__doc__ or "").split() if word in errors.__all__}
    assert drawn == set(errors.__all__)


def test_a_huge_value_is_told_by_its_beginning():
    words = str(InvalidInput("port", "9" * 100_000, "use 1 to 65535"))
    assert len(words) < 400
    assert words.startswith("port: '999")
    assert words.endswith("… is not valid; use 1 to 65535")


def test_bad_input_is_a_value_error_too():
    assert isinstance(InvalidInput("x", 1, "y"), ValueError)
    assert not isinstance(StoreMissing(Path("x")), ValueError)
    assert isinstance(StoreMissing(Path("x")), StoreError)
