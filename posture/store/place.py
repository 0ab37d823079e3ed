"""Where a SQLite database may lie, and how its file is made."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from posture.store.errors import DatabaseFull, DatabaseUnreachable

# WAL needs memory shared by all processes, which these do not give: https://www.sqlite.org/wal.html
NETWORK_FILESYSTEMS = frozenset(
    {"afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb2", "smb3"}
)


def filesystem_of(path: Path, mounts: str) -> str:
    """The type of the filesystem that holds a resolved path; empty when it is not listed.

    Args:
        path: absolute, without symbolic links.
        mounts: the text of ``/proc/self/mountinfo``, proc_pid_mountinfo(5).
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = fields[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        if path.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), right.split()[0]
    return kind


def prepare_file(path: Path) -> None:
    """Make the database's file if it is not there, readable for its owner alone.

    Raises:
        DatabaseUnreachable: it cannot be made, or lies on a network filesystem.
        DatabaseFull: there is no space for it.
    """
    folder = path.resolve().parent
    try:
        there = folder.is_dir()
    except OSError as error:  # a folder above it is closed to this user
        raise DatabaseUnreachable(f"the folder {folder} cannot be opened: {error.strerror}. Choose another") from error
    if not there:
        raise DatabaseUnreachable(f"the folder {folder} for the database does not exist; create it: mkdir -p {folder}")
    mounts = Path("/proc/self/mountinfo")
    kind = filesystem_of(folder, mounts.read_text(errors="replace")) if mounts.exists() else ""
    if kind in NETWORK_FILESYSTEMS:
        raise DatabaseUnreachable(
            f"the database {path} lies on a network filesystem ({kind}), where SQLite can lose data. "
            "Name a file on a local disk, or use PostgreSQL: postgresql://user@host/database"
        )
    try:
        # SQLite gives its journal files the permissions of the database.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        kind_of = DatabaseFull if error.errno in {errno.ENOSPC, errno.EDQUOT} else DatabaseUnreachable
        raise kind_of(f"the database {path} cannot be created: {error.strerror}. Choose another folder") from error
