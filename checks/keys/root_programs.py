"""Which commands of sudo's rules are as good as a root shell: by the program, and by the arguments that are free."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "csh", "tcsh")
_LANGUAGES = ("python", "pypy", "perl", "ruby", "irb", "node", "nodejs", "php", "lua", "tclsh", "expect")

SCRIPTS = frozenset((*_SHELLS, *_LANGUAGES))
"""Run the file that is their first argument; without one, what is typed."""

PROMPTS = frozenset(
    (
        *("vi", "vim", "nvim", "view", "rvim", "vimdiff", "nano", "pico", "emacs", "ed", "joe", "mcedit", "visudo"),
        *("less", "more", "most", "man", "su", "sudo", "doas", "chroot", "nsenter", "unshare", "screen", "tmux"),
        *("script", "crontab", "machinectl", "at", "batch", "chpasswd", "newusers", "patch", "gdb", "ftp", "sftp"),
    )
)
"""Start a shell, or do what is typed next, whatever their arguments."""

DO_ANYTHING = frozenset(
    (
        *("env", "find", "xargs", "awk", "gawk", "mawk", "sed", "nice", "nohup", "timeout", "time", "watch", "setpriv"),
        *("runuser", "capsh", "systemd-run", "start-stop-daemon", "run-parts", "busybox", "flock"),
        *("systemctl", "service", "journalctl", "usermod", "useradd", "adduser", "passwd", "gpasswd"),
        *("cp", "mv", "ln", "install", "dd", "tee", "chmod", "chown", "chgrp", "setfacl", "setcap", "mount"),
        *("tar", "cpio", "zip", "unzip", "7z", "rsync", "scp", "ssh", "curl", "wget", "socat", "nc"),
        *("docker", "podman", "nerdctl", "ctr", "lxc", "incus", "kubectl", "helm", "virsh", "ansible", "puppet"),
        *("apt", "apt-get", "aptitude", "dpkg", "rpm", "dnf", "yum", "zypper", "apk", "pacman", "snap", "flatpak"),
        *("pip", "pipx", "npm", "yarn", "gem", "cpan", "composer", "git", "hg", "svn", "make", "cmake", "gcc"),
        *("strace", "ltrace", "perf", "tcpdump", "nmap", "openssl", "ip", "mysql", "mariadb", "psql", "sqlite"),
        *("ansible-playbook", "salt-call", "chef-client", "insmod", "modprobe", "kexec", "sysctl", "logrotate"),
        *("update-alternatives", "debugfs", "certbot"),
    )
)
"""Run other programs, write any file or give rights to anybody, if their arguments say so."""

_SYSTEM = ("/etc/", "/root/", "/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/boot/", "/var/spool/cron/")
_KEPT = (*_SYSTEM, "/opt/")  # where only root puts scripts
_QUIET = frozenset({("visudo", "-c"), ("crontab", "-l")})
_WILD = re.compile(r"[*?\[]")
_ANYTHING = re.compile(r"\.[*+]|\[\^")  # of a regular expression, sudoers(5) since 1.9.10
_VERSION = re.compile(r"-?[0-9.]+$")


def root_shell(command: str) -> str:
    """What of a command gives whoever may run it as root all of root's rights, for texts; empty where nothing does.

    Args:
        command: as SudoRule has it. Arguments that are left out stand as ``…``, and as ``…*`` where they allow several.
            Without arguments any are allowed, ``""`` allows none (sudoers(5)).
    """
    program, *arguments = command.split() or [""]
    if program.startswith("!"):
        return ""
    if program == "sudoedit":
        return _edits(arguments)
    if program.startswith("^"):
        return program if _ANYTHING.search(program) else ""
    name = program.rpartition("/")[2]
    if program.startswith("/") and not name:
        return program  # every program of the folder
    return program if any(_opens(known, arguments) for known in _known(name)) else ""


def _known(name: str) -> list[str]:
    """The programs of the lists above that a name means, which may have a version or wildcards."""
    every = SCRIPTS | PROMPTS | DO_ANYTHING
    wild = _WILD.search(name)
    begins = _VERSION.sub("", name[: wild.start()] if wild else name)
    found = {one for one in every if fnmatchcase(one, name)} if wild else {name} & every
    return sorted(found | ({begins} & every))


def _opens(name: str, arguments: list[str]) -> bool:
    if name in SCRIPTS:
        return not (arguments and arguments[0].startswith(_KEPT) and _fixed(arguments[0]) and ".." not in arguments[0])
    if name in PROMPTS:
        return (name, *arguments) not in _QUIET and not _other_account(name, arguments)
    if name == "tee":
        return not arguments or any(_reaches(one) for one in arguments)
    if name == "passwd" and not {'""', "root"}.isdisjoint(arguments):
        return True  # without a name, it is root's own
    return not arguments or not all(map(_fixed, arguments))


def _other_account(name: str, arguments: list[str]) -> bool:
    """``su - postgres``: what that account may, and not what root may. The dash alone is left out of the arguments."""
    to = [one for one in arguments if one != '""' and not re.fullmatch(r"-[a-z-]*", one)]
    if to[:1] == ["…"] and len(to) == 2:
        to = to[1:]
    return name == "su" and len(to) == 1 and _fixed(to[0]) and to[0] not in {"root", "…"}


def _edits(arguments: list[str]) -> str:
    """What opens root by sudoedit: files that order the system, and any file where none is named."""
    files = [one for one in arguments if _reaches(one)]
    return " ".join(("sudoedit", *files)) if files or not arguments else ""


def _reaches(path: str) -> bool:
    """Whether a file, or one that its wildcards allow, may be one of the system's. What is left out may be."""
    wild = _WILD.search(path)
    begins = path[: wild.start()] if wild else path
    return (
        "…" in path
        or ".." in path
        or path.startswith(_SYSTEM)
        or bool(wild and any(one.startswith(begins) for one in _SYSTEM))
    )


def _fixed(argument: str) -> bool:
    return not _WILD.search(argument)
