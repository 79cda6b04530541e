"""Names of a real OpenSSH server that are no text."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clausius_panel.transport.sftp import SFTPFiles


@pytest.fixture
def files(make_sshd: Callable[..., Any]) -> Iterator[SFTPFiles]:
    server = make_sshd(extra="Subsystem sftp internal-sftp\nForceCommand internal-sftp\n")
    files = SFTPFiles(server.cluster(), server.config())
    yield files
    files.close()


def test_names_that_are_no_utf8_are_listed_and_read(files: SFTPFiles, tmp_path: Path):
    odd = os.fsencode(tmp_path) + b"/bad\xff\xfe\n.log"
    Path(os.fsdecode(odd)).write_text("x\n")
    (tmp_path / "way").symlink_to(os.fsdecode(b"bad\xff\xfe\n.log"))
    (tmp_path / "\U0001f600").mkdir()
    found = {each.name: each.leads_to for each in files.entries(str(tmp_path), most=100)}
    bad = os.fsdecode(b"bad\xff\xfe\n.log")
    assert (found[bad], found["way"], found["\U0001f600"]) == ("", bad, "")
    assert files.real_path(str(tmp_path / "way")) == f"{tmp_path}/{bad}"
    assert files.read(f"{tmp_path}/{bad}", offset=0, max_bytes=9).data == b"x\n"


def test_a_directory_that_is_not_read_to_its_end_leaves_nothing_open_there(files: SFTPFiles, tmp_path: Path):
    for number in range(200):
        (tmp_path / f"file {number}").touch()
    for _ in range(120):  # more than the hundred handles that a server gives
        assert len(files.entries(str(tmp_path), most=2)) == 2
    with pytest.raises(FileNotFoundError):
        files.entries(str(tmp_path / "none"), most=2)


def test_only_so_many_links_are_asked_where_they_lead(files: SFTPFiles, tmp_path: Path):
    for number in range(150):
        (tmp_path / f"way {number}").symlink_to("there")
    found = files.entries(str(tmp_path), most=1000)
    assert (len(found), sum(each.leads_to == "there" for each in found)) == (150, 100)
