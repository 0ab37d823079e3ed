from __future__ import annotations

from checks.keys.opens import values
from checks.mfa.sshd import no_server
from posture.sdk import (
    AuthorizedKeys,
    Evidence,
    Iterator,
    Severity,
    SshServer,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

SETTINGS = (
    ("authorizedkeyscommand", "AuthorizedKeysCommand", "keys"),
    ("authorizedprincipalscommand", "AuthorizedPrincipalsCommand", "names of certificates"),
)


@check(
    "keys.authorized-keys-command",
    title="Keys come from a program that runs as root",
    clause="4.3",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:5.4",
        "iso27001@2022:A.8.2",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def authorized_keys_command(server: SshServer, keys: AuthorizedKeys) -> Iterator[Verdict]:
    """A program tells sshd the keys of an account, or the names that its certificates may bear.

    Low when the program runs as root (AuthorizedKeysCommandUser, AuthorizedPrincipalsCommandUser): it handles what
    strangers send before they have logged in, and sshd_config(5) recommends an account of its own with no other role.
    Otherwise not assessed: who may log in is decided by that program, which the audit never runs. Passes where sshd
    asks no program.

    It is wrong where the program must be root to read its keys; then accept the risk with that reason.
    """
    if verdict := no_server(server):
        yield verdict
        return
    if not server.contexts:
        yield not_assessed(
            "sshd did not say whether it asks a program for keys: run `sshd -T` as root on the host to see"
        )
        return
    told = [verdict for name, label, what in SETTINGS for verdict in _judged(server, name, label, what)]
    yield from told
    if not told and keys.command not in {"", "none"}:
        yield not_assessed(f"keys also come from the command {keys.command}, which is not run by the audit")
    elif not told:
        gap = server.failed or server.unasked
        text = "sshd asks no program for keys"
        yield not_assessed(f"{text}, as far as it was asked") if gap else passed(text)


def _judged(server: SshServer, name: str, label: str, what: str) -> Iterator[Verdict]:
    """A verdict for each program that one setting names."""
    found: dict[str, dict[str, None]] = {}
    for context in server.contexts:
        for command in values(context, name):
            program = command.split()[0] if command.split() else command
            found.setdefault(program, {}).update(dict.fromkeys(values(context, f"{name}user")))
    for program, names in found.items():
        users = tuple(names)
        subject = f"{label} {program}"
        seen = Evidence("sshd -T", f"{label.lower()} {program}; user {', '.join(users) or 'not told'}", server.observed)
        if "root" in users:
            text = f"sshd asks {program} for {what}, and it runs as root; the {what} themselves were not seen"
            yield fail(
                text,
                subject=subject,
                severity=Severity.LOW,
                evidence=(seen,),
                program=program,
                setting=f"{label}User",
                unit=server.unit if server.unit.endswith(".service") else "",
            )
        else:
            text = f"The {what} that {program} gives sshd were not seen: the audit runs no program of the host's"
            yield not_assessed(text, subject=subject, evidence=(seen,))
