from __future__ import annotations

from pathlib import Path


def test_a_backup_comes_back_and_the_replaced_file_stays(run, root):
    run("set", "refresh_interval_s", "77")
    made = run("backup")
    assert made.exit_code == 0, made.output
    copy = made.stdout.strip()
    run("set", "refresh_interval_s", "88")
    refused = run("restore", copy, answer="n\n")
    assert refused.exit_code == 130
    assert run("get", "refresh_interval_s").stdout.strip().endswith("88")
    done = run("restore", copy, "--yes")
    assert done.exit_code == 0, done.output
    assert run("get", "refresh_interval_s").stdout.strip().endswith("77")
    [aside] = (root / "data").glob("clausius-replaced-*.duckdb")
    assert str(aside) in done.stdout
    assert Path(copy).exists()
    assert run("restore", str(aside), "--yes").exit_code == 0
    assert run("get", "refresh_interval_s").stdout.strip().endswith("88")


def test_what_is_no_backup_changes_nothing(run, root):
    broken = root / "broken.duckdb"
    broken.write_bytes(b"x" * 10_000)
    for path in (broken, root / "nosuch", root):
        result = run("restore", str(path), "--yes")
        assert result.exit_code == 2
        assert str(path) in result.stderr
    assert list((root / "data").glob("*replaced*")) == []
    assert run("get", "refresh_interval_s").exit_code == 0
