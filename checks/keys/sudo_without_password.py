from __future__ import annotations

from checks.elsewhere import accounts_elsewhere, sentence
from checks.keys.root_programs import root_shell
from checks.rights import NEEDS_ROOT
from checks.wording import NAMED, listed
from posture.sdk import (
    Accounts,
    Evidence,
    Iterator,
    Password,
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


@check(
    "keys.sudo-without-password",
    title="An account becomes root without being asked for a password",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.18", "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:7.2.5",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def sudo_without_password(rules: SudoRules, accounts: Accounts) -> Iterator[Verdict]:
    """A rule of sudo or doas lets an account other than root run everything as root, and asks for no password.

    Whatever gets hold of the account's session (a stolen key, a program that was broken into) is root at once. Medium:
    ``NOPASSWD: ALL``, and ``NOPASSWD`` for what is as good as a root shell: a whole folder of programs; a shell, a
    language or an editor; a program that starts others, writes any file or gives rights, where the rule leaves its
    arguments free (find, tar, docker, systemctl, usermod); sudoedit and tee on files of the system. High when everybody
    (``ALL``) may. Low where the passwords of all whom the rule names are locked, as on cloud images: they come in by
    keys alone, and sudo has nothing to ask for. Rules with a password, and those for one thing, pass: fixed arguments,
    or a script in a folder of the system's. sudoers is read with its includes and aliases as sudo itself reads it
    (sudoers(5), cvtsudoers), doas.conf(5) as it stands; nothing is run.

    Programs are known by their names. Whether one of your own does more than it should is not judged, nor who may
    change it, nor what fixed arguments do. It is wrong where the program of that name is another one.
    """
    if not rules.installed:
        yield not_applicable("There is neither sudo nor doas")
        return
    loose = [rule for rule in rules.rules if _opens(rule)]
    for rule in loose:
        yield _failure(rule, rules, accounts)
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
    """Those of its commands that are as good as a root shell; ``!`` takes one out."""
    return tuple(dict.fromkeys(found for command in rule.commands if (found := root_shell(command))))


def _severity(rule: SudoRule, locked: bool) -> Severity | None:
    if rule.who == "ALL":
        return Severity.HIGH
    return Severity.LOW if locked else None


def _locked(rule: SudoRule, accounts: Accounts) -> bool:
    """Whether nobody whom the rule names has a password that could be asked for."""
    known = {account.name: account.password for account in accounts.accounts}
    named = [one for one in rule.accounts if one != "root"]
    return bool(named) and all(known.get(one) is Password.LOCKED for one in named)


def _failure(rule: SudoRule, rules: SudoRules, accounts: Accounts) -> Verdict:
    locked = _locked(rule, accounts)
    who = "Everybody" if rule.who == "ALL" else listed(tuple(one for one in rule.accounts if one != "root"))
    what = "everything" if rule.everything else listed(_shells(rule)) + ", which is as good as a root shell"
    place = f"{rule.path}:{rule.line}" if rule.path and rule.line else rule.path or "sudo's rules"
    written = f"{rule.who} as {rule.as_user}: NOPASSWD: {', '.join(rule.commands)}"
    return fail(
        f"{who} may run {what} as root without a password",
        subject=f"{rule.who} {'everything' if rule.everything else ' '.join(_shells(rule))}",
        severity=_severity(rule, locked),
        evidence=(Evidence(place, written, rules.observed),),
        who=rule.who,
        accounts=tuple(one for one in rule.accounts if one != "root")[:NAMED],
        everything=rule.everything,
        programs=_shells(rule)[:NAMED],
        locked=locked,
        path=rule.path,
        doas=rule.path.endswith("doas.conf"),
    )
