from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from checks.keys.rotation import where_to_replace
from checks.wording import count, listed
from posture.sdk import (
    AllowedLeak,
    Evidence,
    Iterator,
    LeakedSecret,
    RepositoryLeaks,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

PLACES = 5  # of one secret told as evidence
EXCUSES = 100  # told as evidence


@check(
    "keys.secret-in-repository",
    title="A repository gives away a secret",
    clause="4.3",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:5.2", "cis@8.1:16.12",
        "iso27001@2022:A.5.17", "iso27001@2022:A.8.24",
        "nist-csf@2.0:ID.RA-01", "nist-csf@2.0:PR.AA-01",
        "nist-800-53@5:IA-5", "nist-800-53@5:IA-5(7)",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:9.2.c",
        "pci-dss@4.0.1:8.6.2",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:CRY-04", "bsi-c5@2020:IDM-08",
        "bsi-grundschutz@2023:CON.1.A4",
    ),
)  # fmt: skip
def secret_in_repository(leaks: RepositoryLeaks) -> Iterator[Verdict]:
    """A password, key or token stands in a repository: in any commit of any branch, tag or stash, or in a message.

    Whoever may read the repository, now or in a copy from years ago, has the secret. Removing it in a later commit
    changes nothing, so it counts as long as any commit has it. How grave it is depends on what it opens; one that has
    ended by itself (an expired token) is told as information. One finding a secret, however many files have it.

    Read are all contents up to 4 MiB, by forms of tokens that their makers document, with their checksums, and by the
    layout of files that hold credentials; guesses by randomness alone are not made. Placeholders, documented examples
    and test-mode keys are no findings. A found secret is never used to see whether it still works. The owner of the
    repository may excuse one with a reason and an end, in ``.posture-secrets.toml`` of its newest commit; what is
    excused, why and until when is told as information, and is no pass.

    It is wrong where a secret was made up for a test and looks real, or has been replaced long ago: excuse it there, or
    accept the risk. Secrets without a known form, or packed in archives and images, are not seen.
    """
    by_value: dict[tuple[str, str], list[LeakedSecret]] = defaultdict(list)
    for secret in leaks.secrets:
        by_value[secret.rule, secret.fingerprint].append(secret)
    for places in by_value.values():
        yield _failure(places, leaks)
    if leaks.allowed:
        yield _excused(leaks)
    if leaks.gaps:
        yield not_assessed(f"The repository was not read whole: {'; '.join(leaks.gaps)}")
    elif not by_value and not leaks.allowed:
        yield passed(
            f"No secret of a known form in {leaks.commits:,} commits with {leaks.blobs:,} contents",
            evidence=(Evidence("git, whole history", f"{leaks.blobs:,} contents read", leaks.observed),),
        )


def _failure(places: Sequence[LeakedSecret], leaks: RepositoryLeaks) -> Verdict:
    first = min(places, key=lambda secret: (not secret.current, secret.author_date or leaks.observed, secret.path))
    current = any(secret.current for secret in places)
    paths = tuple(dict.fromkeys(secret.path or "a content that no commit has any more" for secret in places))
    when = "stands in" if current else "stood in an earlier commit of"
    ended = f", which ended on {first.expired:%Y-%m-%d}," if first.expired else ""
    return fail(
        f"{first.kind}{ended} {when} {listed(paths, 3)}",
        subject=f"{first.rule} {first.fingerprint}",
        severity=max(secret.severity for secret in places),
        evidence=tuple(_evidence(secret, leaks) for secret in places[:PLACES]),
        rule=first.rule,
        kind=first.kind,
        path=first.path,
        commit=first.commit,
        current=current,
        note=first.note,
        expired=bool(first.expired),
        fingerprint=first.fingerprint,
        replace=where_to_replace(first.rule),
        apart=where_to_replace(first.rule),
        excused=0,
    )


def _evidence(secret: LeakedSecret, leaks: RepositoryLeaks) -> Evidence:
    place = f"{secret.path}:{secret.line}" if secret.line else secret.path
    since = f"since {secret.author_date:%Y-%m-%d}, " if secret.author_date else ""
    commit = f"{since}commit {secret.commit[:12]}" if secret.commit else "in no commit any more"
    parts = (
        f"begins with {secret.start}" if secret.start else "",
        secret.fingerprint, secret.proof, secret.note, commit, "" if secret.current else "removed later",
    )  # fmt: skip
    return Evidence(place or "git", "; ".join(part for part in parts if part), leaks.observed)


def _excused(leaks: RepositoryLeaks) -> Verdict:
    """Nobody but the repository's writers has decided this: it is told, with their reasons, and never a plain pass."""
    places = tuple(dict.fromkeys(f"{one.path or 'a content that no commit has any more'}" for one in leaks.allowed))
    return fail(
        f"{count(len(leaks.allowed), 'secret')} in {listed(places, 3)} excused by the repository's allow list",
        subject="allow list",
        severity=Severity.INFO,
        evidence=tuple(_excuse(one, leaks) for one in leaks.allowed[:EXCUSES]),
        rule="", kind="", path="", commit="", note="", fingerprint="", replace="", apart="", current=True,
        expired=False, excused=len(leaks.allowed),
    )  # fmt: skip


def _excuse(one: AllowedLeak, leaks: RepositoryLeaks) -> Evidence:
    until = f"until {one.until:%Y-%m-%d}" if one.until else ""
    told = "; ".join(part for part in (one.fingerprint, f"reason: {one.reason}", until) if part)
    return Evidence(one.path or "git", told, leaks.observed)
