"""However many processes ask at once, a cluster is polled once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from clausius_panel.runtime import Runtime

pytestmark = pytest.mark.slurm

ROOT = Path(__file__).resolve().parents[2]

ASK = """
import json, sys
from pathlib import Path
from clausius_panel.config import Config
from clausius_panel.runtime import Runtime

data, known, nothing = map(Path, sys.argv[1:])
with Runtime(Config(data_dir=data, known_hosts_files=(known,), ssh_config_file=nothing)) as runtime:
    print("ready", flush=True)
    sys.stdin.readline()
    answers = runtime.refresh(["alpha"], max_age_s=30, wait_s=60)
    print(json.dumps([[each.error, each.source, each.as_of.isoformat()] for each in answers]))
"""


def test_three_processes_that_ask_at_the_same_moment_run_one_poll(bed_runtime: Runtime):
    config = bed_runtime.config
    paths = [str(config.data_dir), str(config.known_hosts_files[0]), str(config.ssh_config_file)]
    command = [sys.executable, "-c", ASK, *paths]
    askers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for asker in askers:
        assert asker.stdout.readline() == "ready\n"
    for asker in askers:
        asker.stdin.write("go\n")
        asker.stdin.flush()
    answers = [json.loads(asker.communicate(timeout=90)[0])[0] for asker in askers]
    assert [answer[0] for answer in answers] == ["", "", ""]
    assert sorted(answer[1] for answer in answers) == ["live", "store", "store"]
    assert len({answer[2] for answer in answers}) == 1
    with bed_runtime.store.read() as cur:
        [(polls,)] = cur.execute("SELECT count(*) FROM polls WHERE cluster = 'alpha'").fetchall()
    assert polls == 1
