from __future__ import annotations

from checks.packages import comparison
from checks.wording import count
from posture.sdk import (
    Evidence,
    Iterator,
    PendingUpdate,
    PendingUpdates,
    Severity,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

IN_COMMAND = 30  # packages
IN_EVIDENCE = 2000  # lines


@check(
    "packages.held-back",
    title="Packages are held back from updates",
    clause="4.1",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:7.3",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:SI-2", "nist-800-53@5:SI-2(2)",
        "nis2@2022:21(2)(g)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A3",
    ),
)  # fmt: skip
def held_back(pending: PendingUpdates) -> Iterator[Verdict]:
    """Somebody has told the package manager to keep packages for which newer versions wait: one finding a host.

    Held is what ``apt-mark hold``, dnf's versionlock, ``zypper addlock`` or a version in /etc/apk/world keeps. Those
    that miss a security update are told by packages.security-updates, and only counted here: no package is in both.
    The rest is low: nothing is wrong with them yet, but the next security update will pass them by. A held package
    without a newer version passes, as do held packages of other sources, of which no index tells what is newer.

    It can be wrong where the hold is meant and looked after: then accept it with that reason.
    """
    held = tuple(sorted((u for u in pending.updates if u.held), key=lambda u: (u.package, u.architecture)))
    waiting = tuple(update for update in held if not update.security)
    insecure = {update.package for update in held if update.security}
    if waiting:
        yield _failure(pending, waiting, len(insecure))
    elif unsure := comparison.doubt(pending):
        yield not_assessed(unsure, evidence=(comparison.compared_with(pending),))
    else:
        verb = "misses" if len(insecure) == 1 else "miss"
        told = f"; {count(len(insecure), 'held package')} {verb} a security update, told apart" if insecure else ""
        yield passed(f"No held package has another update waiting{told}", evidence=(comparison.compared_with(pending),))


def _failure(pending: PendingUpdates, waiting: tuple[PendingUpdate, ...], insecure: int) -> Verdict:
    names = tuple(dict.fromkeys(update.package for update in waiting))
    verb = "is" if len(names) == 1 else "are"
    also = f"; {insecure} more {'misses' if insecure == 1 else 'miss'} a security update" if insecure else ""
    listed = comparison.bounded([*map(comparison.line, waiting)], IN_EVIDENCE)
    return fail(
        f"{count(len(names), 'package')} {verb} held back by hand though newer versions wait{also}",
        evidence=(
            Evidence("held packages against the distribution's index", listed, pending.observed),
            comparison.compared_with(pending),
        ),
        manager=pending.manager,
        held=names[:IN_COMMAND],
        more=max(0, len(names) - IN_COMMAND),
    )
