"""Everything this package raises on purpose.

* ClausiusError
  x InvalidInput               a value from outside that cannot be right: name, value, what to do
    + UnknownCluster           no cluster of that name is configured
    + UnknownHost              no job of a host of that name was ever seen
    + UnknownJob               no job or run of that id was seen on its cluster
    + UnknownAttempt           the job was not requeued that often
  x ReadOnly                   read-only mode refused a change
  x TransportError             the four ways a command can fail, kept apart:
    + Unreachable                1 never reached: DNS, refused connection, no route, no banner
      - CircuitOpen                (not even tried: it failed a moment ago)
    + Refused                    2 reached and refused: authentication, host key
      - AuthenticationRefused
      - HostKeyUnknown
      - HostKeyChanged
    + CommandFailed              3 ran and exited non-zero
    + CommandTimeout             4 ran and did not answer in time
  x KeyRefused                 a request's key is missing, wrong, no more good, or for something else
  x BodyRefused                what a host sent cannot be taken as a whole
  x RowRefused                 one row of it cannot be taken
  x ParseError                 an answer whose shape we do not know
  x StoreError
    + StoreBusy                  another process held the file for too long
    + StoreMissing               no store yet: `clausius setup`
    + SchemaTooNew               written by a newer clausius_panel
    + StoreOnNetwork             the file lies on a network file system

Every error carries its data as attributes and says in one line what was wrong, with the value, and what to do.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "AuthenticationRefused",
    "BodyRefused",
    "CircuitOpen",
    "ClausiusError",
    "CommandFailed",
    "CommandTimeout",
    "HostKeyChanged",
    "HostKeyUnknown",
    "InvalidInput",
    "KeyRefused",
    "ParseError",
    "ReadOnly",
    "Refused",
    "RowRefused",
    "SchemaTooNew",
    "StoreBusy",
    "StoreError",
    "StoreMissing",
    "StoreOnNetwork",
    "TransportError",
    "UnknownAttempt",
    "UnknownCluster",
    "UnknownHost",
    "UnknownJob",
    "Unreachable",
]


_LONGEST = 300  # letters of a value that are shown


class ClausiusError(Exception):
    """Base class: catch this to catch everything the package raises on purpose."""


class InvalidInput(ClausiusError, ValueError):
    """A value from outside that cannot be right.

    >>> str(InvalidInput("port", 99999, "use a number from 1 to 65535"))
    'port: 99999 is not valid; use a number from 1 to 65535'
    """

    fault: str = "is not valid"
    """What is wrong with the value; other errors than this one say what happened."""

    def __init__(self, what: str, value: object, remedy: str) -> None:
        shown = repr(value)
        if len(shown) > _LONGEST:
            shown = f"{shown[:_LONGEST]}…"
        super().__init__(f"{what}: {shown} {self.fault}; {remedy}")
        self.what, self.value, self.remedy = what, value, remedy


class UnknownCluster(InvalidInput):
    """No cluster of that name is configured.

    >>> str(UnknownCluster("gamma", ("alpha", "beta")))
    "cluster: 'gamma' is unknown; known clusters: alpha, beta"
    """

    fault = "is unknown"

    def __init__(self, name: str, known: tuple[str, ...] = ()) -> None:
        none = "no cluster is configured yet: clausius add-cluster NAME HOST"
        super().__init__("cluster", name, f"known clusters: {', '.join(known)}" if known else none)
        self.known = known


class UnknownHost(InvalidInput):
    """No job of this host was ever seen."""

    fault = "is unknown"

    def __init__(self, host: str) -> None:
        super().__init__("hostname", host[:100], "no jobs of it are here")


class UnknownJob(InvalidInput):
    """No job or run of this id was seen on the cluster: there is none, or it is newer than the last look.

    >>> str(UnknownJob("job id", "12", "alpha"))
    "job id: '12' is unknown; no job of this id was seen on alpha"
    """

    fault = "is unknown"

    def __init__(self, what: str, job_id: str, cluster: str, hint: str = "") -> None:
        kind = "run or job" if what == "run" else "job"
        said = f"no {kind} of this id was seen on {cluster}"
        super().__init__(what, job_id[:100], f"{said}: {hint}" if hint else said)
        self.job_id, self.cluster = job_id, cluster


class UnknownAttempt(InvalidInput):
    """A job has no such attempt, or none that is known here.

    >>> str(UnknownAttempt(4, 2, job_id="12", cluster="alpha"))
    'attempt: 4 is unknown; of job 12 on alpha 2 attempts are known, the last one is 2'
    """

    fault = "is unknown"

    def __init__(self, attempt: int, known: int, *, job_id: str, cluster: str) -> None:
        have = "1 attempt is known" if known == 1 else f"{known} attempts are known, the last one is {known}"
        super().__init__("attempt", attempt, f"of job {job_id} on {cluster} {have}")
        self.attempt, self.known, self.job_id, self.cluster = attempt, known, job_id, cluster


class ReadOnly(ClausiusError):
    """Read-only mode refused a change."""

    def __init__(self, action: str) -> None:
        super().__init__(f"{action}: refused, read-only mode is on; `clausius set read_only false` allows it")
        self.action = action


class TransportError(ClausiusError):
    """A command did not come back with an answer."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(f"{host}: {message}")
        self.host, self.message = host, message


class Unreachable(TransportError):
    """The host was never reached: DNS, refused connection, no route, no banner, link lost."""


class CircuitOpen(Unreachable):
    """Not tried: the host could not be reached a moment ago."""

    def __init__(self, host: str, retry_in_s: float, last_error: str) -> None:
        super().__init__(host, f"not tried again for {retry_in_s:.0f} s ({last_error})")
        self.retry_in_s, self.last_error = retry_in_s, last_error


class Refused(TransportError):
    """The host was reached and let us not in."""


class AuthenticationRefused(Refused):
    """No key, password or second factor was accepted."""


class HostKeyUnknown(Refused):
    """The host's key is in no known_hosts file."""

    def __init__(self, host: str, cluster: str, key_type: str, fingerprint: str) -> None:
        super().__init__(
            host, f"host key {key_type} {fingerprint} is not known; check it, then run: clausius trust {cluster}"
        )
        self.cluster, self.key_type, self.fingerprint = cluster, key_type, fingerprint


class HostKeyChanged(Refused):
    """The host shows another key than the one in known_hosts."""

    def __init__(self, host: str, key_type: str, fingerprint: str, expected: str, known_hosts: str) -> None:
        super().__init__(
            host,
            f"HOST KEY CHANGED: {key_type} {fingerprint} is shown, {expected} is expected ({known_hosts}). "
            f"Somebody may be listening. Ask the site's staff; only then remove the old line: "
            f"ssh-keygen -R {host} -f {known_hosts}",
        )
        self.key_type, self.fingerprint, self.expected = key_type, fingerprint, expected
        self.known_hosts = known_hosts


class CommandFailed(TransportError):
    """A command ran and exited with a non-zero status."""

    def __init__(self, host: str, command: str, exit_status: int, stderr: str, stdout: str = "") -> None:
        super().__init__(host, f"{command} exited {exit_status}: {stderr.strip() or 'no message'}")
        self.command, self.exit_status, self.stderr, self.stdout = command, exit_status, stderr, stdout


class CommandTimeout(TransportError):
    """A command ran and did not answer in time; what came until then is kept."""

    def __init__(self, host: str, command: str, timeout_s: float, stdout: str = "", stderr: str = "") -> None:
        super().__init__(host, f"{command} did not answer within {timeout_s:g} s")
        self.command, self.timeout_s, self.stdout, self.stderr = command, timeout_s, stdout, stderr


class KeyRefused(ClausiusError):
    """A request came without a key, with one that is not (or no more) good, or with one for something else.

    `status` is HTTP's: 401 who are you, 403 not this.
    """

    def __init__(self, message: str, *, status: int = 401) -> None:
        super().__init__(message)
        self.status = status


class BodyRefused(ClausiusError):
    """What was sent cannot be taken as a whole, and nothing of it was.

    `field` is what is wrong, `row` where (from 1; 0: not in a row), `status` HTTP's word for it.
    """

    def __init__(self, field: str, reason: str, *, row: int = 0, status: int = 422) -> None:
        super().__init__(f"{field}: row {row}: {reason}" if row else f"{field}: {reason}")
        self.field, self.reason, self.row, self.status = field, reason, row, status


class RowRefused(ClausiusError):
    """One row cannot be taken; `field` names the member that is wrong."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.value, self.reason = field, value, reason


class ParseError(ClausiusError):
    """Slurm answered in a shape we do not know."""

    def __init__(self, command: str, line: int, text: str, why: str) -> None:
        super().__init__(f"{command} line {line}: {why}: {text[:200]!r}")
        self.command, self.line, self.text, self.why = command, line, text, why


class StoreError(ClausiusError):
    """The history store cannot be used."""


class StoreBusy(StoreError):
    """Another process held the store for too long."""

    def __init__(self, path: Path, waited_s: float) -> None:
        super().__init__(f"{path}: another process held the store for {waited_s:.0f} s; try again, or end it")
        self.path, self.waited_s = path, waited_s


class StoreMissing(StoreError):
    """There is no store at this path yet."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no store here yet; run: clausius setup")
        self.path = path


class SchemaTooNew(StoreError):
    """The store was written by a newer version."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path}: schema version {found} is newer than this program's {known}; "
            "upgrade with: pip install -U clausius-panel"
        )
        self.path, self.found, self.known = path, found, known


class StoreOnNetwork(StoreError):
    """DuckDB files must not lie on a network file system."""

    def __init__(self, path: Path, fs_type: str) -> None:
        super().__init__(
            f"{path}: lies on a network file system ({fs_type}), where file locks cannot be trusted; "
            "set CLAUSIUS_DATA_DIR (or data_dir in clausius.toml) to a local directory"
        )
        self.path, self.fs_type = path, fs_type
