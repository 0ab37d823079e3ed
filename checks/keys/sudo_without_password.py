from __future__ import annotations

from checks.elsewhere import accounts_elsewhere, sentence
from checks.rights import NEEDS_ROOT
from checks.wording import NAMED, listed
from posture.sdk import (
    Accounts,
    Evidence,
    Iterator,
    Severity,
    SudoRule,
    SudoRules,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

# Programs that run others, or write any file, as whoever starts them: as root they are a root shell.
SHELLS = frozenset(
    (
        *("sh", "bash", "dash", "zsh", "ksh", "fish", "su", "env", "sudo", "doas", "chroot", "nsenter", "unshare"),
        *("python", "python3", "perl", "ruby", "node", "php", "lua", "awk", "gawk", "mawk", "find", "xargs", "tar"),
        *("vi", "vim", "nvim", "nano", "emacs", "less", "more", "man", "ed", "tee", "dd", "cp", "mv", "chmod", "chown"),
        *("docker", "podman", "kubectl", "systemd-run", "visudo", "crontab", "at", "rsync", "ssh", "screen", "tmux"),
        *("apt", "apt-get", "dpkg", "rpm", "dnf", "yum", "pip", "pip3", "npm", "git", "make", "gdb", "strace"),
    )
)


@check(
    "keys.sudo-without-password",
    title="An account becomes root without being asked for a password",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "CIS-8.1/5.4", "CIS-8.1/6.8",
        "ISO-27001:2022/A.8.2", "ISO-27001:2022/A.5.18",
        "NIST-CSF-2.0/PR.AA-05",
        "PCI-DSS-4.0.1/7.2.5",
    ),
)  # fmt: skip
def sudo_without_password(rules: SudoRules, accounts: Accounts) -> Iterator[Verdict]:
    """A rule of sudo or doas lets an account other than root run everything as root, and asks for no password.

    Whatever gets hold of the account's session (a stolen key, a program that was broken into) is root at once. Medium:
    ``NOPASSWD: ALL``, and ``NOPASSWD`` for a program that starts others or writes any file (a shell, an editor, find,
    tar, docker): as root that is a root shell. High when everybody (``ALL``) may. Rules with a password, and those for
    programs that do one thing, pass. sudoers is read with its includes and aliases as sudo itself reads it (sudoers(5),
    cvtsudoers), doas.conf(5) as it stands; nothing is run.

    It is wrong where an account is opened by strong keys alone and has no password to ask for, as on cloud images:
    accept the risk with that reason, or give the account a password for sudo. Whether a program of one's own does more
    than it should is not judged.
    """
    if not rules.installed:
        yield not_applicable("There is neither sudo nor doas")
        return
    loose = [rule for rule in rules.rules if _opens(rule)]
    for rule in loose:
        yield _failure(rule, rules)
    gaps = [f"{listed(rules.unreadable)} could not be read ({NEEDS_ROOT})"] if rules.unreadable else []
    if rules.unknown:
        gaps.append(f"these rules were not understood: {listed(rules.unknown)}")
    if elsewhere := accounts_elsewhere(accounts):
        gaps.append(elsewhere)
    if gaps:
        yield not_assessed(sentence(gaps))
    elif not loose:
        yield passed("Who becomes root by sudo is asked for a password, or may only run programs that do one thing")


def _opens(rule: SudoRule) -> bool:
    """Whether it gives root to somebody without a password. A group without members gives it to nobody."""
    if rule.password or rule.as_user not in {"root", "ALL", "#0"}:
        return False
    if rule.who != "ALL" and not any(account != "root" for account in rule.accounts):
        return False
    return rule.everything or bool(_shells(rule))


def _shells(rule: SudoRule) -> tuple[str, ...]:
    """Those of its programs that are as good as a root shell; ``!`` takes one out."""
    programs = (command.split()[0] for command in rule.commands if command.split())
    return tuple(one for one in programs if one.startswith("/") and one.rpartition("/")[2] in SHELLS)


def _failure(rule: SudoRule, rules: SudoRules) -> Verdict:
    who = "Everybody" if rule.who == "ALL" else listed(tuple(one for one in rule.accounts if one != "root"))
    what = "everything" if rule.everything else listed(_shells(rule)) + ", which is as good as a root shell"
    place = f"{rule.path}:{rule.line}" if rule.path and rule.line else rule.path or "sudo's rules"
    written = f"{rule.who} as {rule.as_user}: NOPASSWD: {', '.join(rule.commands)}"
    return fail(
        f"{who} may run {what} as root without a password",
        subject=f"{rule.who} {'everything' if rule.everything else ' '.join(_shells(rule))}",
        severity=Severity.HIGH if rule.who == "ALL" else None,
        evidence=(Evidence(place, written, rules.observed),),
        who=rule.who,
        accounts=tuple(one for one in rule.accounts if one != "root")[:NAMED],
        everything=rule.everything,
        programs=_shells(rule)[:NAMED],
        path=rule.path,
        doas=rule.path.endswith("doas.conf"),
    )
