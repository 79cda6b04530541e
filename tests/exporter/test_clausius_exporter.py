from __future__ import annotations

import ast
import http.server
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clausius_panel.exporter import clausius_exporter as exporter
from clausius_panel.keys import add_key
from clausius_panel.runtime import Runtime
from clausius_panel.slurm.sacct_steps import fold_steps
from tests.faces import a_runtime
from tests.http import Site, serving_api

PROGRAM = Path(exporter.__file__)

SACCT = r"""#!{python} -IS
import os, sys
here = sys.argv[0].rpartition("/")[0]
words = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
with open(here + "/asked", "a") as file:
    print(words | dict(TZ=os.environ.get("TZ", "")), file=file)
with open(here + "/records") as file:
    known = eval(file.read())  # to import json would take longer than the rest
fields = words["--format"].split(",")
for field in fields:
    if field in known["unknown"]:
        sys.exit('sacct: fatal: Invalid field requested: "' + field + '"')
if known["fails"]:
    sys.exit("sacct: error: slurmdbd: Connection refused")
for record in known["records"]:
    if words["--starttime"] <= record["End"] < words["--endtime"] or record["End"] == "Unknown":
        text = words["--delimiter"].join(record.get(field, "") for field in fields) + "\n"
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
"""


def a_record(job_id: str = "1", **fields: str) -> dict[str, str]:
    usual = {
        "JobID": job_id,
        "JobIDRaw": job_id,
        "JobName": "train",
        "User": "alice",
        "Account": "nlp",
        "Partition": "gpu",
        "QOS": "normal",
        "State": "COMPLETED",
        "Submit": "2026-01-30T10:00:00",
        "Eligible": "2026-01-30T10:00:00",
        "Start": "2026-01-30T11:00:00",
        "End": "2026-01-30T12:00:00",
        "ElapsedRaw": "3600",
        "TimelimitRaw": "120",
        "NNodes": "1",
        "AllocCPUS": "4",
        "AllocTRES": "cpu=4,mem=8G,gres/gpu=2,gres/gpu:a100=2",
        "NodeList": "n1",
        "TotalCPU": "01:00:00",
        "ExitCode": "0:0",
    }
    return usual | fields


class Done(NamedTuple):
    """How a run ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Cluster:
    """A directory with a sacct that answers what it is told, a configuration and a spool."""

    def __init__(self, root: Path) -> None:
        self.root = root
        program = root / "sacct"
        program.write_text(SACCT.replace("{python}", sys.executable))
        program.chmod(0o755)
        self.config = root / "config.json"
        self.spool = root / "spool"
        self.has()

    def has(self, *records: dict[str, str], unknown: tuple[str, ...] = (), fails: bool = False) -> None:
        told = {"records": records, "unknown": unknown, "fails": fails}
        (self.root / "records").write_text(ascii(told))

    def asked(self) -> list[dict[str, str]]:
        return [ast.literal_eval(line) for line in (self.root / "asked").read_text().splitlines()]

    def configured(self, **members: Any) -> None:
        usual = {
            "cluster_name": "alpha",
            "api_key": "x",
            "retry_pause_s": 0.01,
            "spool_directory": str(self.spool),
        }
        self.config.write_text(json.dumps(usual | members))

    def words(self, *words: str) -> list[str]:
        """With the configuration, unless they name one."""
        return [*words] if "--config" in words else [*words, "--config", str(self.config)]

    def run(self, *words: str) -> Done:
        """The program in this process, which takes a tenth of the time."""
        logger, out, err = logging.getLogger(), io.StringIO(), io.StringIO()
        handlers, level = logger.handlers[:], logger.level
        logger.handlers.clear()  # as in a process of its own
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = exporter.main(self.words(*words))
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            logger.handlers[:] = handlers
            logger.setLevel(level)
        return Done(status, out.getvalue(), err.getvalue())

    def start(self, *words: str, python: str = sys.executable) -> Done:
        """The program as it is run on a cluster."""
        command = [python, str(PROGRAM), *self.words(*words)]
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "NO_PROXY")}
        environment["PYTHONWARNINGS"] = "error"
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    def kept(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted(self.spool.glob("*.json"))]


MONTH = ("--start-date", "2026-01-01", "--end-date", "2026-01-31")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    root = tmp_path / "cluster"
    root.mkdir()
    monkeypatch.setenv("PATH", f"{root}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("NO_PROXY", "*")
    return Cluster(root)


@contextmanager
def a_server(
    answer: Callable[[int, str], int], said: bytes = b'{"success": true, "message": "ok"}'
) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers each request, counted from 0, with a status; and the bodies that it was sent."""
    seen: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.tell()

        def do_POST(self) -> None:
            self.tell()

        def tell(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status = answer(len(seen), self.path)
            seen.append((self.path, self.headers.get("X-API-Key"), content))
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *words: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sent(seen: list[Any]) -> list[str]:
    return [job["JobID"] for path, _, body in seen if path.endswith("ingest") for job in json.loads(body)["jobs"]]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    with a_runtime(Path(tmp_path_factory.mktemp("exporter")), api_port=0) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def site(runtime: Runtime) -> Iterator[Site]:
    with serving_api(runtime) as site:
        yield site


def test_it_is_one_file_that_python_3_6_can_read():
    text = PROGRAM.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 6))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "" if not node.level else "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names) - {"__future__", "dataclasses", "contextvars", "tomllib"}


def old_python() -> str | None:
    found = sorted(Path.home().glob(".pyenv/versions/3.6.*/bin/python"))
    return str(found[0]) if found else shutil.which("python3.6")


OLD_PYTHON = old_python()


@pytest.mark.skipif(OLD_PYTHON is None, reason="no Python 3.6 on this machine")
def test_it_runs_under_python_3_6(cluster):
    cluster.has(a_record())
    with a_server(lambda count, path: 200) as (url, seen):
        cluster.configured(api_url=url)
        done = cluster.start(*MONTH, "--verbose", python=str(OLD_PYTHON))
        assert done.returncode == 0, done.stderr
    assert sent(seen) == ["1"]


def test_a_deploy_key_sets_it_up_and_its_jobs_arrive(cluster, runtime, site):
    deploy = add_key(runtime.store, "alpha", kind="deploy").secret
    made = cluster.start("setup", "--api-url", f"{site.url}/", "--deploy-key", deploy)
    assert made.returncode == 0, made.stderr
    assert cluster.config.stat().st_mode & 0o777 == 0o600
    assert cluster.run("setup", "--api-url", site.url, "--deploy-key", deploy).returncode == 1
    steps = [a_record("7.batch", TotalCPU="00:30:00", MaxRSS="2048K", NTasks="1", AveCPU="00:30:00")]
    cluster.has(
        a_record("7", State="CANCELLED by 1000", JobName="odd\nname"), *steps, a_record("8", State="RUNNING")
    )
    for _ in range(2):
        done = cluster.start(*MONTH)
        assert done.returncode == 0, done.stderr
        assert "Successfully ingested 1 jobs for alpha" in done.stderr
    with runtime.store.read() as cur:
        sql = "SELECT job_id, state, name, elapsed_s, gpus, gpu_type, max_rss_mib, total_cpu_s, time_limit_s"
        rows = cur.execute(f"{sql} FROM jobs WHERE cluster = 'alpha'").fetchall()
    assert rows == [("7", "CANCELLED", "odd\nname", 3600, 2, "a100", 2, 3600.0, 7200)]


def test_a_dry_run_shows_what_would_be_sent_and_sends_and_writes_nothing(cluster):
    cluster.has(a_record(), a_record("2"))
    done = cluster.run(
        *MONTH, "--dry-run", "--verbose", "--cluster-name", "beta", "--config", str(cluster.root / "no")
    )
    assert done.returncode == 0, done.stderr
    head, _, job = done.stdout.partition("\n")
    assert head == "2 jobs for beta; the first:"
    assert json.loads(job)["Submit"] == "2026-01-30T10:00:00+00:00"
    assert not cluster.spool.exists()


def test_accounting_is_asked_by_weeks_that_meet_in_utc(cluster):
    cluster.configured(api_url="http://127.0.0.1:9")
    cluster.run("--start-date", "2020-12-20", "--end-date", "2021-01-10", "--dry-run")
    asked = cluster.asked()
    assert {each["TZ"] for each in asked} == {"UTC0"}
    assert asked[0]["--starttime"] == "2020-12-20T00:00:00"
    assert asked[-1]["--endtime"] == "2021-01-11T00:00:00"
    assert [each["--endtime"] for each in asked[:-1]] == [each["--starttime"] for each in asked[1:]]


@given(some.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), some.integers(0, 900 * 86_400))
def test_no_moment_is_skipped_or_asked_twice(start, length_s):
    end = start + timedelta(seconds=length_s)
    found = list(exporter.chunks(start, end))
    assert sum((last - first for first, last in found), timedelta()) == end - start
    assert all(timedelta() < last - first <= timedelta(days=7) for first, last in found)
    assert [last for _, last in found[:-1]] == [first for first, _ in found[1:]]


def test_a_field_that_this_sacct_does_not_know_is_left_out(cluster):
    cluster.has(a_record(), unknown=("TRESUsageInTot", "Group"))
    done = cluster.run(*MONTH, "--dry-run", "--cluster-name", "alpha")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 jobs for alpha")


def test_where_accounting_fails_it_says_so(cluster):
    cluster.has(fails=True)
    done = cluster.run(*MONTH, "--dry-run", "--cluster-name", "alpha")
    assert done.returncode == 1
    assert "slurmdbd: Connection refused" in done.stderr
    (cluster.root / "sacct").unlink()
    done = cluster.start(*MONTH, "--dry-run", "--cluster-name", "alpha")
    assert done.returncode == 1
    assert "sacct" in done.stderr


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(cluster, status):
    cluster.has(a_record())
    with a_server(lambda count, path: status if count in (1, 2) else 200) as (url, seen):
        cluster.configured(api_url=url)
        done = cluster.run(*MONTH)
        assert done.returncode == 0, done.stderr
    assert sent(seen) == ["1", "1", "1"]
    assert {key for _, key, _ in seen} == {"x"}
    assert cluster.kept() == []


@pytest.mark.parametrize("status", [503, 401, 403, 404, 302])
def test_what_cannot_be_sent_is_kept_and_sent_first_by_the_next_run(cluster, status):
    cluster.has(a_record("1"))
    with a_server(lambda count, path: status) as (url, seen):
        cluster.configured(api_url=url)
        done = cluster.run(*MONTH)
        assert done.returncode == 1
        assert "/elsewhere" not in [path for path, _, _ in seen]
    [kept] = cluster.kept()
    assert [job["JobID"] for job in kept["jobs"]] == ["1"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in cluster.spool.iterdir())
    cluster.has(a_record("2"))
    with a_server(lambda count, path: 200) as (url, seen):
        cluster.configured(api_url=url)
        assert cluster.run(*MONTH).returncode == 0
    assert sent(seen) == ["1", "2"]
    assert cluster.kept() == []


def test_a_server_that_is_away_loses_nothing(cluster):
    cluster.has(a_record("1"))
    cluster.configured(api_url="http://127.0.0.1:9")
    for _ in range(2):
        assert cluster.run(*MONTH).returncode == 1
    assert len(cluster.kept()) == 2


def test_what_the_server_refuses_for_good_is_put_aside(cluster):
    cluster.spool.mkdir()
    (cluster.spool / "20260101-000000-000000.json").write_text("{}")
    cluster.has(a_record("1"))
    with a_server(lambda count, path: 422 if count == 1 else 200) as (url, seen):
        cluster.configured(api_url=url)
        assert cluster.run(*MONTH).returncode == 0
    assert [body for path, _, body in seen][1] == b"{}"
    assert sent([seen[2]]) == ["1"]
    assert [path.name for path in cluster.spool.iterdir()] == ["20260101-000000-000000.json.refused"]


def test_jobs_that_are_refused_make_the_run_fail(cluster):
    cluster.has(a_record("1"))
    with a_server(lambda count, path: 422 if path.endswith("ingest") else 200) as (url, _):
        cluster.configured(api_url=url)
        done = cluster.run(*MONTH)
    assert done.returncode == 1
    assert "422" in done.stderr
    assert cluster.kept() == []


@pytest.mark.parametrize(
    ("members", "words", "said"),
    [
        ({}, (), "api_url is missing"),
        ({"api_url": "ftp://x"}, (), "must be https://HOST"),
        ({"api_url": "http://127.0.0.1:9", "api_key": ""}, (), "api_key is missing"),
        ({"api_url": "http://127.0.0.1:9", "timeout": "long"}, (), "timeout"),
        (
            {"api_url": "http://127.0.0.1:9"},
            ("--start-date", "2026-02-01", "--end-date", "2026-01-01"),
            "--end-date",
        ),
        ({"api_url": "http://127.0.0.1:9"}, ("--start-date", "yesterday"), "invalid day value: 'yesterday'"),
        ({}, ("setup",), "--deploy-key"),
    ],
)
def test_what_cannot_be_right_is_exit_status_2(cluster, members, words, said):
    cluster.configured(**members)
    done = cluster.run(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (cluster.root / "asked").exists()


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_configuration_that_is_no_object_is_exit_status_2(cluster, text):
    cluster.config.write_text(text)
    assert cluster.run().returncode == 2


AMOUNTS = some.sampled_from(["", "0", "1024K", "1.50M", "123456", "18446744073709551614", "2G"])
TIMES = some.sampled_from(["", "00:00.013", "00:10:00", "1-02:03:04"])
TRES = some.builds(
    "cpu={},mem={},fs/disk={},gres/gpuutil={},gres/gpumem={}".format,
    some.sampled_from(["00:01:00", "10:00:00"]),
    *[some.sampled_from(["1024K", "55", "2G"])] * 4,
) | some.just("")
STEPS = some.fixed_dictionaries(
    {
        "NTasks": some.sampled_from(["", "1", "4"]),
        **dict.fromkeys(["MaxRSS", "AveDiskRead", "AveDiskWrite", "ConsumedEnergyRaw"], AMOUNTS),
        **dict.fromkeys(["AveCPU", "TotalCPU"], TIMES),
        **dict.fromkeys(["TRESUsageInAve", "TRESUsageInMax", "TRESUsageInTot", "TRESUsageOutTot"], TRES),
    }
)


@given(STEPS, some.lists(some.tuples(some.sampled_from(["batch", "extern", "0", "1"]), STEPS), max_size=4))
def test_usage_is_reckoned_as_for_clusters_that_we_ask_ourselves(record, steps):
    job = {"JobID": "1", "State": "COMPLETED", "AllocTRES": "gres/gpu=2"} | record
    named = [{"JobID": f"1.{name}"} | step for name, step in steps]
    own, extern = exporter.Usage(), exporter.Usage()
    for (name, _), step in zip(steps, named, strict=True):
        (extern if name == "extern" else own).add(step)
    ours, theirs = exporter.job_of(job, own, extern), fold_steps(job, named, gpus=2)
    for name, value in (
        ("TotalCPUSeconds", theirs.total_cpu_s),
        ("AveCPUSeconds", theirs.ave_cpu_s),
        ("MaxRSSMiB", theirs.max_rss_mib),
        ("GPUUtil", theirs.gpu_util),
        ("GPUMemoryMiB", theirs.gpu_memory_mib),
        ("DiskReadMiB", theirs.disk_read_mib),
        ("DiskWrittenMiB", theirs.disk_written_mib),
        ("EnergyJoules", theirs.energy_j),
    ):
        assert ours[name] == (value if value is None else pytest.approx(value, abs=0.001)), name


@pytest.mark.slurm
def test_what_real_accounting_tells_arrives(bed, bed_shell, runtime, site):
    secret = add_key(runtime.store, "bed").secret
    config = json.dumps(
        {"api_url": site.url, "api_key": secret, "cluster_name": "bed", "spool_directory": "/nosuch"}
    )
    script = f"""
        d=$(mktemp -d); trap 'rm -rf $d' 0
        cat > $d/config.json <<'END'\n{config}\nEND
        cat > $d/exporter.py <<'END'\n{PROGRAM.read_text(encoding="utf-8")}\nEND
        sacct -aDXPn -S now-2days -E now -o JobIDRaw,Submit,State | sort -u
        python3 -W error $d/exporter.py --config $d/config.json >&2
    """
    told = [line.split("|") for line in bed_shell("alpha", script).splitlines()]
    with runtime.store.read() as cur:
        sql = "SELECT job_id_raw, state FROM jobs WHERE cluster = 'bed'"
        have = {(raw, state) for raw, state in cur.execute(sql).fetchall()}
        [(used,)] = cur.execute(
            f"SELECT count(total_cpu_s) FROM ({sql.replace('state', 'total_cpu_s')})"
        ).fetchall()
    ended = {(raw, state.split()[0]) for raw, _, state in told if state.split()[0] not in exporter.ACTIVE}
    assert len(ended) > 20
    assert ended - have == set()
    assert used > 0


@pytest.mark.parametrize(
    "said", [b"[1, 2]", b"7", b"null", b"[" * 100_000, b"{", b'{"errors": 5}', b'{"errors": ["\\u001b[2J", {}]}']
)
def test_a_server_that_answers_garbage_ends_no_run_with_a_traceback(cluster, said):
    cluster.has(a_record())
    with a_server(lambda number, path: 200, said) as (url, _):
        cluster.configured(api_url=url)
        done = cluster.run(*MONTH)
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


def test_a_key_that_was_not_given_is_told(cluster):
    with a_server(lambda number, path: 200) as (url, _):
        setup = cluster.run("setup", "--api-url", url, "--deploy-key", "x", "--config", str(cluster.root / "new"))
    assert (setup.returncode, "Traceback" in setup.stderr) == (1, False)
    assert not (cluster.root / "new").exists()


@pytest.mark.parametrize(
    "members",
    [
        {"api_url": "http://["},
        {"api_url": "http://a:b"},
        {"api_url": "http://a b"},
        {"api_key": "x\r\ny"},
        {"cluster_name": ["a"]},
        {"spool_directory": 5},
    ],
)
def test_a_configuration_that_cannot_be_right_is_wrong_usage(cluster, members):
    cluster.configured(**{"api_url": "http://127.0.0.1:9", **members})
    done = cluster.run(*MONTH)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_a_digit_that_is_no_number_is_none():
    assert (exporter.whole("²"), exporter.whole("12")) == (None, 12)


@pytest.mark.parametrize("status", [200, 400, 401])
def test_what_a_server_says_drives_no_terminal(cluster, status):
    said = json.dumps({"message": "x"}).encode().replace(b"x", b"\xc2\x9b31m\\u001b]0;evil\\u0007\\nERROR forged")
    cluster.has(a_record("1"))
    with a_server(lambda number, path: status, said if status == 200 else b"\x1b]0;evil\x07\nERROR forged") as (
        url,
        _,
    ):
        cluster.configured(api_url=url)
        done = cluster.run(*MONTH)
    assert "evil" in done.stderr
    assert all(letter.isprintable() or letter == "\n" for letter in done.stderr)
    assert not [line for line in done.stderr.splitlines() if line.startswith("ERROR forged")]
