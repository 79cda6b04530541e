"""SFTP for the files below a demo cluster's home, for reading."""

from __future__ import annotations

import os
from pathlib import Path

import paramiko
from paramiko.sftp import SFTP_PERMISSION_DENIED

__all__ = ["HomeFiles", "home_files"]


class HomeFiles(paramiko.SFTPServerInterface):
    """Serves real files by their real paths; what lies outside the home does not exist."""

    home = Path("/nonexistent")  # set by `home_files`

    def canonicalize(self, path: str) -> str:
        """The absolute path; relative ones start in the home."""
        return os.path.normpath(self.home / path)

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        """The directory's entries, or an error number of SFTP."""
        try:
            entries = list(os.scandir(self._inside(path)))
        except OSError as error:
            return _failure(error)
        return [paramiko.SFTPAttributes.from_stat(each.stat(follow_symlinks=False), each.name) for each in entries]

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        """Size, times and mode."""
        try:
            return paramiko.SFTPAttributes.from_stat(self._inside(path).stat())
        except OSError as error:
            return _failure(error)

    def lstat(self, path: str) -> paramiko.SFTPAttributes | int:
        """As `stat`: there are no links."""
        return self.stat(path)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        """A handle for reading."""
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            return SFTP_PERMISSION_DENIED
        try:
            file = self._inside(path).open("rb")
        except OSError as error:
            return _failure(error)
        handle = _Handle(flags)
        handle.readfile = file  # type: ignore[attr-defined]  # paramiko reads and closes what stands in this name
        return handle

    def _inside(self, path: str) -> Path:
        real = Path(self.canonicalize(path)).resolve()
        if not real.is_relative_to(self.home.resolve()):
            raise FileNotFoundError(2, "No such file or directory", path)
        return real


class _Handle(paramiko.SFTPHandle):
    """An open file."""

    def stat(self) -> paramiko.SFTPAttributes | int:
        """Size, times and mode."""
        try:
            return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]  # see open
        except OSError as error:
            return _failure(error)


def home_files(home: Path) -> type[HomeFiles]:
    """The interface for one cluster: paramiko makes an object for each session itself."""
    return type("HomeFiles", (HomeFiles,), {"home": home})


def _failure(error: OSError) -> int:
    return paramiko.SFTPServer.convert_errno(error.errno or 0)
