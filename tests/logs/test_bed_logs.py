"""Logs of real jobs on the real clusters of the bed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clausius_panel import actions
from clausius_panel.job_logs import job_log_files
from clausius_panel.logs import (
    LogFiles,
    LogRefused,
    LogSource,
    array_tasks,
    find_progress,
    first_error,
    follow,
    judge,
    line_start,
    list_directory,
    log_files,
    page,
    plain_text,
    position,
    search,
    tail,
)
from clausius_panel.runtime import Runtime
from clausius_panel.store import get_cluster
from clausius_panel.transport import Transport

pytestmark = pytest.mark.slurm

_TRACEBACK = 'import sys; print("step 3/4"); sys.stdout.flush(); raise KeyError("x")'


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


class Alpha:
    """The bed's alpha, its logs and a directory of our own there."""

    def __init__(self, runtime: Runtime, shell: Callable[..., str]) -> None:
        self.runtime, self.shell = runtime, shell
        self.transport: Transport = runtime.transport(get_cluster(runtime.store, "alpha"))
        self.directory = f"/home/alice/log tests {secrets.token_hex(4)}"
        self.submitted: list[str] = []
        shell("alpha", f"mkdir -p '{self.directory}'")

    def submit(self, options: str, script: str, *, user: str = "alice") -> str:
        words = f"cd '{self.directory}' && sbatch --parsable -p cpu -t 5 {options}"
        said = self.shell("alpha", f"{words} <<'SCRIPT'\n#!/bin/bash\n{script}\nSCRIPT\n", user=user)
        self.submitted.append(said.strip().partition(";")[0])
        return self.submitted[-1]

    def ended(self, job_id: str) -> bool:
        return not self.shell("alpha", f"squeue -h -j {job_id} -t PD,R,CG 2>/dev/null || true").strip()

    def find(self, job_id: str) -> LogFiles:
        self.runtime.collector.refresh("alpha", force=True)
        return log_files(self.runtime.store, self.transport, cluster="alpha", job_id=job_id)

    def source(self, found: LogFiles) -> LogSource:
        return LogSource(transport=self.transport, access=found.access)


@pytest.fixture
def alpha(bed_runtime: Runtime, bed_shell: Callable[..., str]) -> Iterator[Alpha]:
    alpha = Alpha(bed_runtime, bed_shell)
    yield alpha
    for job_id in alpha.submitted:
        bed_shell("alpha", f"scancel {job_id} 2>/dev/null; true")
    bed_shell("alpha", f"rm -rf '{alpha.directory}'")


def test_the_logs_of_an_array_are_found_while_it_runs_and_when_all_is_forgotten(alpha: Alpha):
    name = "\\$(touch boom) 'q' %x-%A_%a.out"
    job_id = alpha.submit(f'-a 0,3 -J "a b" -o "{name}"', 'echo "task $SLURM_ARRAY_TASK_ID"; sleep 2')
    until(lambda: alpha.ended(job_id))
    expected = [f"{alpha.directory}/$(touch boom) 'q' a b-{job_id}_{task}.out" for task in (0, 3)]
    found = alpha.find(job_id)
    named = [file for file in found.files if file.stream]
    assert [file.path for file in named] == expected
    assert [file.label for file in named] == ["task 0 stdout and stderr", "task 3 stdout and stderr"]
    assert [tail(alpha.source(found), file.path).lines for file in named] == [["task 0"], ["task 3"]]
    assert "boom" not in alpha.shell("alpha", f"ls '{alpha.directory}' | grep -x boom; true")


def test_a_traceback_and_the_progress_before_it_are_seen(alpha: Alpha):
    job_id = alpha.submit("-o %j.out -e %j.err", f"python3 -c '{_TRACEBACK}'")
    until(lambda: alpha.ended(job_id))
    found = alpha.find(job_id)
    out, err = found.files[:2]
    source = alpha.source(found)
    crash = first_error(source, err.path).crash
    assert crash is not None
    assert (crash.kind, crash.message) == ("traceback", "KeyError: 'x'")
    progress = find_progress(tail(source, out.path).text)
    assert progress is not None
    assert progress.percent == 75


def test_slurms_own_words_about_the_end_are_understood(alpha: Alpha):
    killed = alpha.submit("-o %j.out", "srun sleep 300")
    until(lambda: bool(alpha.shell("alpha", f"squeue -h -j {killed} -t R").strip()))
    alpha.shell("alpha", f"scancel {killed}")
    segfault = alpha.submit("-o %j.out", "python3 -c 'import os; os.kill(os.getpid(), 11)'")
    until(lambda: alpha.ended(killed) and alpha.ended(segfault))
    kinds = []
    for job_id in (killed, segfault):
        found = alpha.find(job_id)
        crash = judge(tail(alpha.source(found), found.files[0].path).data).crash
        kinds.append(crash.kind if crash else "")
    assert kinds == ["cancelled", "segfault"]


def test_a_log_is_followed_while_its_job_writes(alpha: Alpha):
    job_id = alpha.submit("-o %j.out", "for i in $(seq 1 20); do echo line $i; sleep 0.1; done")
    path = f"{alpha.directory}/{job_id}.out"
    until(lambda: bool(alpha.shell("alpha", f"cat '{path}' 2>/dev/null || true")))
    found = alpha.find(job_id)
    source = alpha.source(found)
    here = position(page(source, path, max_bytes=1))
    got = page(source, path, max_bytes=1).text

    def is_all_there() -> bool:
        nonlocal here, got
        [change] = follow(source, [here])
        here, got = change.position, got + change.text
        return "line 20\n" in got

    until(is_all_there)
    assert got == "".join(f"line {number}\n" for number in range(1, 21))


def test_what_jobs_of_others_name_is_not_read_with_our_rights(alpha: Alpha):
    alpha.shell("alpha", f"echo secret > '{alpha.directory}/secret'; chmod 600 '{alpha.directory}/secret'")
    path = f"{alpha.directory}/secret"
    alpha.directory, ours = "/home/bob", alpha.directory
    job_id = alpha.submit(f"-o '{path}' --hold", "true", user="bob")
    alpha.directory = ours
    found = alpha.find(job_id)
    with pytest.raises(LogRefused) as caught:
        tail(alpha.source(found), path)
    assert caught.value.reason == "foreign"
    alpha.shell("alpha", f"scancel {job_id}", user="bob")


def test_a_fifo_and_an_endless_device_as_stdout_are_refused_at_once(alpha: Alpha):
    alpha.shell("alpha", f"mkfifo '{alpha.directory}/pipe'")
    for path in (f"{alpha.directory}/pipe", "/dev/zero"):
        job_id = alpha.submit(f"-o '{path}' --hold", "true")
        found = alpha.find(job_id)
        begun = time.monotonic()
        with pytest.raises(LogRefused) as caught:
            tail(alpha.source(found), path)
        assert caught.value.reason == "special"
        assert time.monotonic() - begun < 5


def test_two_gigabytes_are_paged_and_searched_over_ssh(alpha: Alpha):
    path = f"{alpha.directory}/huge.log"
    lines = "line of a log that is two gigabytes long, as real ones are"
    alpha.shell("alpha", f"yes '{lines}' | head -c 2147483647 > '{path}'; printf '\\nneedle\\nend\\n' >> '{path}'")
    job_id = alpha.submit(f"-o '{path}' --hold", "true")
    found = alpha.find(job_id)
    source = alpha.source(found)
    assert tail(source, path, lines=2).lines == ["needle", "end"]
    assert page(source, path, max_bytes=1000).next_line == 17
    result = search(source, path, "needle", max_seconds=60)
    assert [(hit.text, hit.offset) for hit in result.hits] == [("needle", 2147483648)]
    assert result.stopped_by == ""


def test_the_seeded_failures_are_told_apart(bed: dict[str, Any], alpha: Alpha):
    runtime = alpha.runtime
    runtime.collector.refresh("alpha", force=True)
    with runtime.store.read() as cur:
        rows = cur.execute(
            "SELECT job_id FROM jobs WHERE cluster = 'alpha' AND state IN ('FAILED', 'OUT_OF_MEMORY') "
            "AND array_job_id = '' AND name SIMILAR TO '[a-z0-9]+_.*' "
            "ORDER BY try_cast(job_id_raw AS BIGINT) LIMIT 12"
        ).fetchall()
    kinds = set()
    for (job_id,) in rows:
        found = log_files(runtime.store, alpha.transport, cluster="alpha", job_id=job_id)
        crashes = [
            judge(tail(alpha.source(found), file.path).data).crash
            for file in found.files
            if file.stream and file.size
        ]
        kinds |= {crash.kind for crash in crashes if crash is not None}
    assert len(rows) >= 3
    assert len(kinds & {"traceback", "cuda_oom", "segfault", "oom_kill", "nccl", "error"}) >= 2


def test_the_directory_of_a_log_can_be_browsed(alpha: Alpha):
    job_id = alpha.submit("-o %j.out", "echo x")
    until(lambda: alpha.ended(job_id))
    found = alpha.find(job_id)
    listing = list_directory(alpha.source(found), alpha.directory)
    assert [entry.name for entry in listing.entries] == [f"{job_id}.out"]


def _verdict(alpha: Alpha, job_id: str) -> str:
    """The kind of crash that the files of a job tell of."""
    found = alpha.find(job_id)
    kinds = []
    for file in found.files:
        if file.stream and file.size:
            crash = judge(tail(found.source, file.path).data).crash
            kinds += [crash.kind] if crash else []
    return ", ".join(kinds)


def test_the_words_of_cuda_and_of_the_kernel_about_memory_are_understood(alpha: Alpha):
    said = "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    cuda = alpha.submit("-o %j.out", f"echo '{said}' >&2; exit 1")
    killed = alpha.submit(
        "-o %j.out", "echo 'slurmstepd: error: Detected 1 oom_kill event in StepId=1.batch'; exit 1"
    )
    until(lambda: alpha.ended(cuda) and alpha.ended(killed))
    assert (_verdict(alpha, cuda), _verdict(alpha, killed)) == ("cuda_oom", "oom_kill")


def test_each_task_of_an_array_has_its_own_stdout_and_stderr(alpha: Alpha):
    script = 'echo "out $SLURM_ARRAY_TASK_ID"; echo "err $SLURM_ARRAY_TASK_ID" >&2'
    job_id = alpha.submit("-a 1-3 -o '%A_%a out.log' -e '%A_%a.err'", script)
    until(lambda: alpha.ended(job_id))
    for task in (1, 2, 3):
        found = alpha.find(f"{job_id}_{task}")
        texts = {file.label: tail(found.source, file.path).lines for file in found.files if file.size}
        assert texts == {f"task {task} stdout": [f"out {task}"], f"task {task} stderr": [f"err {task}"]}
    with alpha.runtime.store.read() as cur:
        rows = cur.execute("SELECT count(*) FROM jobs WHERE array_job_id = ?", [job_id]).fetchall()
    assert rows == [(3,)]
    assert [task.job_id for task in array_tasks(alpha.runtime.store, "alpha", job_id)] == [
        f"{job_id}_{task}" for task in (1, 2, 3)
    ]


def test_the_log_of_a_requeued_job_is_found_again(alpha: Alpha):
    job_id = alpha.submit(
        "--requeue --open-mode=append -o %j.out", 'echo "attempt $SLURM_RESTART_COUNT"; sleep 120'
    )
    path = f"{alpha.directory}/{job_id}.out"
    until(lambda: bool(alpha.shell("alpha", f"cat '{path}' 2>/dev/null || true")))
    found = alpha.find(job_id)
    here = position(tail(found.source, path))
    alpha.shell("alpha", f"scontrol requeue {job_id}; scontrol hold {job_id}")
    until(lambda: "attempt 1" in "".join(tail(found.source, path).lines) or _is_held(alpha, job_id))
    [change] = follow(alpha.find(job_id).source, [here])
    assert change.state in ("appended", "unchanged")
    assert "REQUEUE" in tail(found.source, path).text or "CANCELLED" in tail(found.source, path).text


def _is_held(alpha: Alpha, job_id: str) -> bool:
    return "PD" in alpha.shell("alpha", f"squeue -h -j {job_id} -o %t 2>/dev/null || true")


def test_a_job_whose_parent_failed_has_no_log_and_says_so(alpha: Alpha):
    parent = alpha.submit("-o %j.out", "exit 3")
    child = alpha.submit(f"-d afterok:{parent} -o %j.out", "echo never")
    until(lambda: alpha.ended(parent))
    found = alpha.find(child)
    [file] = [each for each in found.files if each.stream]
    assert (file.size, file.problem) == (None, "there is no such file (yet)")
    with pytest.raises(LogRefused) as caught:
        tail(found.source, file.path)
    assert caught.value.reason == "missing"


def test_hostile_names_and_lines_are_only_text(alpha: Alpha):
    name = "x\\$(touch boom);'q'<img src=x onerror=hacked>"
    job_id = alpha.submit(
        f'-J "{name}" --comment "\\$(touch boom)" -o "%x %j.out"',
        "printf '\\033]0;title\\007\\033[31m<script>hacked()</script>\\033[0m\\n'",
    )
    until(lambda: alpha.ended(job_id))
    found = alpha.find(job_id)
    there = [file for file in found.files if file.size]
    assert there, found
    text = plain_text(tail(found.source, there[0].path).text)
    assert text == "<script>hacked()</script>\n"
    result = search(found.source, there[0].path, "$(touch boom)`touch boom`")
    assert result.hits == []
    assert not alpha.shell("alpha", f"cd '{alpha.directory}'; ls -d boom ~/boom 2>/dev/null || true").strip()


def test_a_line_of_a_log_is_found_by_its_number_on_the_cluster(alpha: Alpha):
    job_id = alpha.submit("-o %j.out", "seq 1 100000")
    until(lambda: alpha.ended(job_id))
    found = alpha.find(job_id)
    path = found.files[0].path
    offset = line_start(found.source, path, 77_777)
    assert offset is not None
    assert page(found.source, path, start=offset).lines[0] == "77777"
    size = tail(found.source, path).facts.size
    assert line_start(found.source, path, 10**9) == size


def test_files_come_from_the_data_host_where_there_is_one(alpha: Alpha, bed: dict[str, Any]):
    """The bed's data host runs commands and has homes of its own: what it lacks comes from the login node."""
    runtime, data = alpha.runtime, bed["hosts"]["data"]
    job_id = alpha.submit("-o %j.out", "echo x")
    until(lambda: alpha.ended(job_id))
    alpha.find(job_id)
    assert job_log_files(runtime, "alpha", job_id).files[0].place == "login node"
    host = f"{data['host']}:{data['port']}"
    actions.update_cluster(runtime.store, "alpha", config=runtime.config, data_host=host)
    listed = job_log_files(runtime, "alpha", job_id)
    assert listed.files[0].place == "login node"
    end = tail(listed.source, listed.files[0].path)
    assert (end.lines, end.via) == (["x"], "login")
    alpha.shell("data", f"mkdir -p '{alpha.directory}'; echo there > '{listed.files[0].path}'")
    try:
        listed = job_log_files(runtime, "alpha", job_id)
        end = tail(listed.source, listed.files[0].path)
        assert (listed.files[0].place, end.lines, end.via) == ("data host", ["there"], "shell")
    finally:
        alpha.shell("data", f"rm -rf '{alpha.directory}'")


def test_jobs_that_run_out_of_memory_and_out_of_time_say_so(alpha: Alpha):
    greedy = alpha.submit(
        "-o %j.out --mem=60M", "python3 -c 'x = bytearray(400_000_000); import time; time.sleep(60)'"
    )
    late = alpha.submit("-o %j.out -t 1", "sleep 300")
    until(lambda: alpha.ended(greedy) and alpha.ended(late), seconds=150)
    assert (_verdict(alpha, greedy), _verdict(alpha, late)) == ("oom_kill", "time_limit")
