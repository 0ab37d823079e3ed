from __future__ import annotations

from checks.rights import NEEDS_ROOT
from posture.sdk import (
    Evidence,
    Iterator,
    PrivateKey,
    PrivateKeys,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

MOST_NAMED = 10  # accounts in one sentence
READ_BY_GROUP, READ_BY_ALL = 0o040, 0o004

# Where distributions give root's keys to a service group by design: host keys (ssh_keys), TLS keys (ssl-cert).
GROUP_BY_DESIGN = ("/etc/ssh/ssh_host_", "/etc/ssl/private/", "/etc/pki/tls/private/")

HOST_KEYS_GROUP = "ssh_keys"


@check(
    "keys.private-key-readable",
    title="Other users of the machine can read a private key",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:5.2",
        "iso27001@2022:A.5.17",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(7)",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def private_key_readable(private: PrivateKeys) -> Iterator[Verdict]:
    """Others than its owner and root can read a private key file.

    High when everybody can and it is not known to be encrypted; medium when it is, or when only some accounts can: the
    members of the file's group. A permission that nobody has a use of passes: the group has no other member, or a
    folder above keeps others out. Where that could not be found out, the file's own permissions decide. Keys that
    belong to root and that distributions share with a service's group alone (``ssh_host_*`` with group ssh_keys,
    ``/etc/ssl/private`` with group ssl-cert) pass. Only the files' headers are read, never the keys.

    It is wrong where the members of the group are the service that the key is for. Keys elsewhere than in the places
    searched are not seen, nor are access control lists (setfacl).
    """
    loose = [key for key in private.keys if _loose(key)]
    for key in loose:
        yield _failure(key, private)
    if gap := _gap(private):
        yield not_assessed(f"{_found(private)}, but {gap}")
    elif loose:
        return
    elif private.keys:
        yield passed(f"{_found(private)}, which only those meant to can read", evidence=(_searched(private),))
    else:
        yield not_applicable(f"No private key was found in {_places(private)}")


def _loose(key: PrivateKey) -> bool:
    if key.readers == ():
        return False
    if _everyone(key):
        return True
    shared = key.path.startswith(GROUP_BY_DESIGN) or (key.of_host and key.group == HOST_KEYS_GROUP)
    by_design = key.owner == "root" and shared
    return bool(key.readers or key.mode & READ_BY_GROUP) and not by_design


def _everyone(key: PrivateKey) -> bool:
    """Whether every account can read it: by what was found out, and by the file's permissions where that is not known.

    Permissions for everybody below a folder that only some accounts can enter give the key to these alone.
    """
    return bool(key.mode & READ_BY_ALL) if key.readers is None else "*" in key.readers


def _gap(private: PrivateKeys) -> str:
    """What kept the search from being whole, empty when nothing did."""
    gaps = []
    if private.unreadable:
        folders = "1 folder" if private.unreadable == 1 else f"{private.unreadable} folders"
        gaps.append(f"{folders} could not be opened ({NEEDS_ROOT})")
    if not private.complete:
        gaps.append("the search was ended by its limit")
    return " and ".join(gaps)


def _found(private: PrivateKeys) -> str:
    if not private.keys:
        return f"No private key was found in {_places(private)}"
    keys = "1 private key" if len(private.keys) == 1 else f"{len(private.keys)} private keys"
    return f"{keys} found in {_places(private)}"


def _places(private: PrivateKeys) -> str:
    more = f" and {len(private.places) - 5} more" if len(private.places) > 5 else ""
    return (", ".join(private.places[:5]) or "the places searched") + more


def _searched(private: PrivateKeys) -> Evidence:
    return Evidence("search for private keys", _found(private), private.observed)


def _failure(key: PrivateKey, private: PrivateKeys) -> Verdict:
    everyone = _everyone(key)
    readers = () if everyone else (key.readers or ())[:MOST_NAMED]
    whom = "Every user of the machine" if everyone else ", ".join(readers) or "Everyone in the file's group"
    encrypted = {True: "encrypted", False: "not encrypted", None: "encryption unknown"}[key.encrypted]
    kind = " ".join(part for part in (key.format, key.type, "private key") if part)
    known = "" if key.readers is None else f", can be read by {', '.join(key.readers[:MOST_NAMED]).replace('*', 'all')}"
    seen = f"{key.mode:04o} {key.owner}, {kind}, {encrypted}{known}"
    return fail(
        f"{whom} can read the private key {key.path} ({encrypted})",
        subject=key.path,
        severity=None if everyone and not key.encrypted else Severity.MEDIUM,
        evidence=(Evidence(f"file permissions of {key.path}", seen, private.observed),),
        path=key.path,
        owner=key.owner,
        mode=f"{key.mode:04o}",
        everyone=everyone,
        readers=readers,
        encrypted=key.encrypted is True,
        host_key=key.of_host,
    )
