from __future__ import annotations

from checks.rights import NEEDS_ROOT
from posture.sdk import (
    Account,
    Accounts,
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

LEAST_ROUNDS = 16  # of bcrypt: what ssh-keygen itself has used since OpenSSH 6.5 (ssh-keygen(1), -a)
LAST_SYSTEM_UID = 999  # login.defs(5), SYS_UID_MAX


@check(
    "keys.private-key-unencrypted",
    title="A private SSH key lies open on the server",
    clause="4.3",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:5.2",
        "iso27001@2022:A.5.17",
        "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(7)",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.3.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def private_key_unencrypted(private: PrivateKeys, accounts: Accounts) -> Iterator[Verdict]:
    """A private SSH key of a person or a service is not protected by a passphrase, or by a weak one only.

    Whoever gets into the account, or a copy of its backup, has all that the key opens elsewhere. Medium for keys of
    administrators' accounts, low for all others: a service has nobody to type a passphrase, and its key is to be
    limited where it is authorized. Low, too: a passphrase that is tried out fast, for the key is encrypted the old way
    (PEM with MD5) or with fewer than 16 rounds. Counted are keys in the formats of OpenSSH and PuTTY, and others in a
    folder ``.ssh`` or with a name ``id_*``. Host keys (``ssh_host_*``) and keys of TLS servers are open by
    design and not counted, nor are keys in hardware (``sk-*``), whose file opens nothing by itself. Only the files'
    heads are read, never the keys.

    It is wrong for keys that open nothing any more. Other people's right to read a key is judged by
    keys.private-key-readable; where a key is authorized, e.g. on another host, is not judged here.
    """
    own = [key for key in private.keys if key.of_ssh]
    known = {account.name: account for account in accounts.accounts}
    verdicts = [verdict for key in own if (verdict := _judged(key, known.get(key.owner), private))]
    yield from verdicts
    unclear = [key for key in own if key.encrypted is None]
    gaps = []
    if unclear:
        gaps.append(f"whether {_some(unclear)} has a passphrase is not known")
    if private.unreadable:
        count = "1 place" if private.unreadable == 1 else f"{private.unreadable} places"
        gaps.append(f"{count} could not be looked at ({NEEDS_ROOT})")
    if not private.complete:
        gaps.append("the search was ended by its limit")
    if gaps:
        yield not_assessed(f"{_count(own)} found, but {' and '.join(gaps)}")
    elif not own:
        yield not_applicable("No private SSH key of a person or a service was found")
    elif not verdicts:
        kept = "is" if len(own) == 1 else "are"
        seen = Evidence("search for private keys", ", ".join(key.path for key in own[:10]), private.observed)
        yield passed(f"{_count(own)} found, which {kept} protected", evidence=(seen,))


def _some(keys: list[PrivateKey]) -> str:
    return keys[0].path if len(keys) == 1 else f"each of {len(keys)} keys"


def _count(keys: list[PrivateKey]) -> str:
    return "1 private SSH key" if len(keys) == 1 else f"{len(keys)} private SSH keys"


def _judged(key: PrivateKey, owner: Account | None, private: PrivateKeys) -> Verdict | None:
    """The verdict on one key, None when its passphrase protects it or nothing is known."""
    if key.encrypted is False:
        admin = key.owner == "root" or (owner is not None and owner.admin)
        text = f"The private key {key.path} of {key.owner} has no passphrase"
        return _failure(key, owner, private, text, Severity.MEDIUM if admin else Severity.LOW)
    if key.encrypted and (why := _weakly(key)):
        text = f"The passphrase of the private key {key.path} is tried out fast: {why}"
        return _failure(key, owner, private, text, Severity.LOW)
    return None


def _weakly(key: PrivateKey) -> str:
    """Why a passphrase protects less than it could, empty when it does not."""
    if key.kdf.lower() == "md5":
        return "it is turned into a key by one round of MD5"
    if key.kdf.lower() == "bcrypt" and 0 < key.rounds < LEAST_ROUNDS:
        return f"it is turned into a key by {key.rounds} rounds; {LEAST_ROUNDS} are usual"
    return ""


def _failure(key: PrivateKey, owner: Account | None, private: PrivateKeys, text: str, severity: Severity) -> Verdict:
    service = owner is not None and (not owner.can_login or 0 < owner.uid <= LAST_SYSTEM_UID)
    kind = " ".join(part for part in (key.format, key.type, key.fingerprint) if part)
    protected = "no passphrase" if not key.encrypted else f"{key.cipher} {key.kdf} {key.rounds} rounds".strip()
    return fail(
        text,
        subject=key.path,
        severity=severity,
        evidence=(Evidence(key.path, f"{key.mode:04o} {key.owner}, {kind}, {protected}", private.observed),),
        problem="open" if not key.encrypted else "weak",
        path=key.path,
        owner=key.owner,
        service=service,
        putty=key.format == "putty",
        fingerprint=key.fingerprint,
    )
