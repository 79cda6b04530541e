from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clausius_panel.store.network import NETWORK_FILE_SYSTEMS, file_system, network_file_system

MOUNTS = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:5 / /proc rw - proc proc rw
30 21 0:31 / /home rw,relatime shared:9 master:2 - nfs4 server:/home rw,vers=4.2
31 30 8:2 / /home/alice/local rw - xfs /dev/sdb1 rw
32 21 0:40 / /mnt/with\040space rw - fuse.sshfs alice@host: rw
33 21 0:41 / /lustre rw - lustre 10.0.0.1@o2ib:/scratch rw
34 21 0:42 / /over rw - nfs server:/over rw
35 21 0:43 / /over rw - tmpfs tmpfs rw
""".strip().splitlines()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x.duckdb", "ext4"),
        ("/home/alice/x.duckdb", "nfs4"),
        ("/home/alice/local/x.duckdb", "xfs"),
        ("/homes/x.duckdb", "ext4"),
        ("/mnt/with space/x.duckdb", "fuse.sshfs"),
        ("/lustre/x.duckdb", "lustre"),
        ("/over/x.duckdb", "tmpfs"),
    ],
)
def test_the_longest_and_latest_mount_decides(path, kind):
    assert file_system(Path(path), mounts=MOUNTS) == kind


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "lustre", "cifs", "smb3", "fuse.sshfs", "gpfs", "beegfs", "ceph", "fuse.ceph"]
)
def test_what_other_machines_share_is_a_network_file_system(kind):
    assert kind in NETWORK_FILE_SYSTEMS


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs"])
def test_what_is_local_is_none(kind):
    assert kind not in NETWORK_FILE_SYSTEMS


def test_the_temporary_directory_is_local(tmp_path):
    assert network_file_system(tmp_path / "not" / "there") == ""


@given(st.lists(st.text(), max_size=5))
def test_any_mount_table_is_survived(lines):
    assert isinstance(file_system(Path("/a/b"), mounts=lines), str)
