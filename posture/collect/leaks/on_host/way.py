"""From the root to a folder, step by step, so that nobody but root decides where the way leads."""

from __future__ import annotations

import errno
import os
import posixpath
import re

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_STEP = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_LINKS = 20

_NONE_OF_DISKS = re.compile(
    r"proc|sysfs|cgroup2?|devtmpfs|devpts|mqueue|debugfs|tracefs|securityfs|bpf|nsfs|rpc_pipefs|configfs|fusectl|"
    r"hugetlbfs|binfmt_misc|efivarfs|pstore|squashfs|iso9660|erofs"
)
_FAR = re.compile(r"nfs4?|cifs|smb3|smbfs|9p|afs|ceph|autofs|lustre")


class Barred(OSError):
    """A mount point on the way that is not entered."""


def opened(place: str, barred: dict[str, str]) -> tuple[int, str]:
    """A folder, opened, and its path without links. A link is followed where only root can have made it.

    Raises:
        Barred: one of these mount points is on the way; its argument is which.
        OSError: it is not there, is no folder, may not be opened, or somebody else's link is on the way.
    """
    left, path, links = _steps(place), "", 0
    folder = os.open("/", FOLDER)
    try:
        while left:
            step = left.pop(0)
            whole = path + "/" + step
            if whole in barred:
                raise Barred(whole)
            link = _link(folder, step)
            if link is None:
                inner = os.open(step, _STEP if left else FOLDER, dir_fd=folder)
                folder, path = _instead(folder, inner), whole
                continue
            links += 1
            if links > _MOST_LINKS or not _roots_own(folder):
                raise OSError(errno.ELOOP, whole)  # noqa: TRY301
            left = _steps(posixpath.normpath(posixpath.join(path or "/", link))) + left
            folder, path = _instead(folder, os.open("/", FOLDER)), ""
    except OSError:
        os.close(folder)
        raise
    return folder, path


def barred_mounts(mountinfo: str) -> dict[str, str]:
    """Mount points that are not entered, with why (proc(5), mountinfo); empty where nothing is to be said.

    A file system of an account's own (FUSE) may let us wait for ever, one of the network likewise.
    """
    barred = {}
    for line in mountinfo.split("\n"):
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if len(fields) < 5 or len(kinds) < 3:
            continue
        place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal.group(1), 8)), fields[4])
        kind, options = kinds[0], kinds[2].split(",")
        if _NONE_OF_DISKS.fullmatch(kind):
            barred[place] = ""
        elif _FAR.fullmatch(kind):
            barred[place] = f"lies on the network ({kind})"
        elif re.match(r"fuse(?:\.|\Z)", kind) and "user_id=0" not in options:
            barred[place] = f"is a file system of an account's own ({kind})"
    barred.pop("/", None)
    return barred


def _steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step not in ("", ".")]


def _instead(old: int, new: int) -> int:
    os.close(old)
    return new


def _link(folder: int, name: str) -> str | None:
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.EINVAL:  # no link
            return None
        raise


def _roots_own(folder: int) -> bool:
    """Whether nobody but root can have put a link there."""
    status = os.fstat(folder)
    return status.st_uid == 0 and not status.st_mode & 0o022
