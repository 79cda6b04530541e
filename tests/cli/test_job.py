from __future__ import annotations

import json
import subprocess
import sys

from tests.faces import CLUSTER


def test_a_job_is_shown_with_its_facts_and_its_story(common, run):
    result = run("job", CLUSTER, "1")
    assert result.exit_code == 0, result.output
    facts = dict(line.split(maxsplit=1) for line in result.stdout.splitlines() if len(line.split()) > 1)
    assert facts["name"] == "llm_pretrain"
    assert facts["gpus"] == "16 (2x8)"
    assert facts["elapsed_s"] == "1d 04:12"
    assert "RUNNING" in result.stdout
    assert "squeue" in result.stdout


def test_a_job_as_json_has_its_events(common, run):
    answer = json.loads(run("job", CLUSTER, "2", "--json").stdout)
    assert answer["job"]["job_id"] == "2"
    assert answer["in_queue"] is True
    assert [event["state"] for event in answer["events"]] == ["PENDING"]
    assert answer["clusters"][0]["cluster"] == CLUSTER


def test_of_a_process_of_this_machine_ps_tells_and_not_squeue(root, run):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30) # seen by ps"]) as process:
        try:
            run("process-filters", "add", "# seen by ps")
            shown = run("job", "local", str(process.pid), "--max-age", "0")
        finally:
            process.kill()
    assert shown.exit_code == 0, shown.output
    assert " ps" in shown.stdout
    assert "squeue" not in shown.stdout
