from __future__ import annotations

from checks.keys.fleet import evidence_of, files_of, limited, some, unseen
from posture.sdk import (
    FleetKey,
    FleetKeys,
    Iterator,
    KeyPlace,
    KeyRole,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    passed,
)

CLUSTER = "/etc/pve/priv/"  # Proxmox VE: the files that its nodes share (pmxcfs(8))
OPENS = (KeyRole.AUTHORIZED, KeyRole.AUTHORITY)


@check(
    "keys.private-key-opens-host",
    title="A private key on one server opens another",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:5.4", "cis@8.1:6.8",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.22",
        "nist-csf@2.0:PR.AA-05",
        "nist-800-53@5:AC-6",
        "nis2@2022:21(2)(i)",
        "nis2-annex@2024:11.2.2",
        "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.3",
        "bsi-c5@2020:IDM-06",
        "bsi-grundschutz@2023:ORP.4.A6",
    ),
)  # fmt: skip
def private_key_opens_host(fleet: FleetKeys) -> Iterator[Verdict]:
    """A private key that lies on one host is authorized on another, or for another account of the same host.

    Whoever breaks into the first has the second as well: this is how one stolen web server becomes all servers. High
    where the key is not encrypted and opens root or an administrator (or signs certificates that do), medium where it
    opens other accounts, or is tied to a command or to addresses (``command=``, ``from=``); low where the key is
    encrypted. Tied to both, as a backup's key should be, it passes; for an administrator's account that is worth a
    note, and so are ``restrict`` and ``from=`` without a command for others. Medium, too: keys of a Proxmox cluster, by
    which its nodes work as one. Where it could not be told whether the key is encrypted, it is taken not to be. Root's
    own key that opens an account of the same host gives nothing more and does not count. Keys are compared by their
    public halves; no key is ever used.

    It is wrong where a firewall keeps the first host from the second (the key would still work from elsewhere), and for
    the nodes of a Proxmox cluster (``/etc/pve/priv``), which need their key: accept that risk. A private key whose
    public half is not told by the file is not compared.
    """
    found = 0
    for key in fleet.keys:
        for lying in key.having(KeyRole.PRIVATE):
            opened = tuple(place for role in OPENS for place in key.having(role) if _gains(lying, place))
            if opened:
                found += 1
                yield _failure(key, lying, opened, fleet)
    if gap := unseen(fleet, KeyRole.PRIVATE, *OPENS):
        yield gap
    elif not any(key.having(KeyRole.PRIVATE) for key in fleet.keys):
        yield not_applicable("No private key was found on the hosts")
    elif not found:
        yield passed(
            "No private key that lies on a host opens an account of another, but for one command from one place"
        )


def _gains(lying: KeyPlace, opened: KeyPlace) -> bool:
    """Whether who has the private key gets anywhere with it that he is not already."""
    if _tied(opened) and not opened.admin:
        return False
    if lying.resource != opened.resource:
        return True
    return lying.account not in {"root", opened.account}


def _tied(opened: KeyPlace) -> bool:
    """Whether the line lets the key do one thing only, and from one place only."""
    return {"command", "from"} <= set(opened.options)


def _severity(lying: KeyPlace, opened: tuple[KeyPlace, ...]) -> Severity | None:
    """That of the gravest place; None is the check's own."""
    if all(_held(place) for place in opened):
        return Severity.INFO
    if lying.encrypted is True:
        return Severity.LOW
    grave = any(place.admin and not limited(place) and not _of_cluster(lying, place) for place in opened)
    return None if grave else Severity.MEDIUM


def _held(opened: KeyPlace) -> bool:
    return _tied(opened) or (not opened.admin and {"restrict", "from"} <= set(opened.options))


def _of_cluster(lying: KeyPlace, opened: KeyPlace) -> bool:
    return any(place.place.startswith(CLUSTER) for place in (lying, opened))


def _target(place: KeyPlace) -> str:
    return f"{place.account or 'any account'}@{place.resource}"


def _failure(key: FleetKey, lying: KeyPlace, opened: tuple[KeyPlace, ...], fleet: FleetKeys) -> Verdict:
    targets = tuple(dict.fromkeys(map(_target, opened)))
    state = {True: "encrypted", False: "not encrypted", None: "perhaps not encrypted"}[lying.encrypted]
    return fail(
        f"The private key {lying.place} on {lying.resource} ({state}) opens {some(targets)}",
        subject=f"{lying.resource} {lying.place}",
        severity=_severity(lying, opened),
        evidence=evidence_of(key, (lying, *opened), fleet),
        host=lying.resource,
        path=lying.place,
        owner=lying.account or "root",
        state=state,
        targets=targets,
        hosts=tuple(dict.fromkeys(place.resource for place in opened)),
        files=files_of(opened),
        fingerprint=key.fingerprint,
    )
