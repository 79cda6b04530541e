"""Whether a path lies on a network file system, where file locks cannot be trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["NETWORK_FILE_SYSTEMS", "file_system", "network_file_system"]

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "afs",
        "beegfs",
        "beegfs_nodev",
        "ceph",
        "cifs",
        "davfs",
        "fhgfs",
        "fuse.beegfs",
        "fuse.ceph",
        "fuse.ceph-fuse",
        "fuse.davfs2",
        "fuse.glusterfs",
        "fuse.juicefs",
        "fuse.mfs",
        "fuse.moosefs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "gpfs",
        "lustre",
        "mmfs",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb2",
        "smb3",
        "smbfs",
        "wekafs",
    }
)
"""Types, as /proc/self/mountinfo names them, of file systems that other machines share."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path) -> str:
    """The type of the network file system that `path` (which need not exist) lies on, else "".

    Systems without /proc/self/mountinfo tell nothing: "".
    """
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    found = file_system(path.resolve(), mounts=mounts.splitlines())
    return found if found in NETWORK_FILE_SYSTEMS else ""


def file_system(path: Path, *, mounts: Iterable[str]) -> str:
    r"""The type of the file system that an absolute path lies on, by the lines of a mountinfo; "" if none fits.

    >>> file_system(
    ...     Path("/home/a b/x"),
    ...     mounts=[
    ...         r"21 1 8:1 / / rw - ext4 /dev/sda1 rw",
    ...         r"36 21 0:31 / /home/a\040b rw shared:1 - nfs4 server:/home rw",
    ...     ],
    ... )
    'nfs4'
    """
    best, found = -1, ""
    for line in mounts:
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = Path(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        # a later mount on the same directory hides the earlier one
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), after.split(" ")[0]
    return found
