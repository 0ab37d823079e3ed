from __future__ import annotations

from checks.packages.known_flaws import ENDED, known, name_of
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Flaw,
    FlawedSoftware,
    Iterator,
    ServerFlaws,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

IN_TEXT = 10  # flaws
IN_EVIDENCE = 50
CAVEAT = "judged by its version alone, which is less certain: distributions mend flaws without changing the version"


@check(
    "packages.server-version-outdated",
    title="A server tells a version with known flaws",
    clause="4.1",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:7.3",
        "iso27001@2022:A.8.8",
        "nist-csf@2.0:ID.RA-01", "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:RA-5", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC7.1",
        "bsi-c5@2020:OPS-22",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def server_version_outdated(servers: ServerFlaws) -> Iterator[Verdict]:
    """The version that a server tells the network is one in which its makers have mended flaws since, or have ended.

    Only servers that were not seen from inside are judged; of the others the package is known, and the distribution's
    own word on it is the better one. A finding is medium at most, high where attackers are known to use a flaw: a
    version alone is weak evidence.

    It can be wrong where a distribution has mended the flaw without changing the version. A version or greeting that
    names a distribution is therefore not judged at all, only told. It can also be wrong where a server tells a version
    that is not its own, and for flaws in parts that are switched off.
    """
    by_place: dict[str, list[FlawedSoftware]] = {}
    for software in (software for software in servers.flawed if software.flaws):
        by_place.setdefault(software.place, []).append(software)
    for place, found in by_place.items():
        yield _failure(servers, place, found)
    if unsure := _doubt(servers):
        yield not_assessed(unsure)
    elif by_place:
        return
    elif servers.judged:
        yield passed(f"No known flaw in the version that {count(servers.judged, 'server')} told the network")
    else:
        seen = f": the packages of {len(servers.inside)} were seen from inside" if servers.inside else ""
        yield not_applicable(f"No server tells a version that is to be judged from outside{seen}")


def _failure(servers: ServerFlaws, place: str, found: list[FlawedSoftware]) -> Verdict:
    flaws = [flaw for software in found for flaw in software.flaws]
    exploited = tuple(dict.fromkeys(name for flaw in flaws if flaw.exploited for name in flaw.cves or (flaw.id,)))
    own = [flaw for flaw in flaws if not flaw.id.startswith(ENDED)]
    ended = tuple(flaw.summary for flaw in flaws if flaw.id.startswith(ENDED))
    return fail(
        f"{'; '.join(_told(software) for software in found)} ({CAVEAT})",
        subject=place,
        severity=_severity(flaws),
        evidence=(_evidence(servers, found),),
        port=_port(place),
        programs=tuple(f"{software.name} {software.version}" for software in found),
        fixed=tuple(f"{software.name} {software.fixed}" for software in found if software.fixed),
        flaws=tuple(dict.fromkeys(name_of(flaw) for flaw in own))[:IN_TEXT],
        count=len(own),
        exploited=exploited[:IN_TEXT],
        ended=ended,
    )


def _port(place: str) -> int:
    """The port of a service's subject, ``198.51.100.2:80/tcp``; 0 where none stands in it."""
    number = place.rpartition(":")[2].partition("/")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 5 else 0


def _severity(flaws: list[Flaw]) -> Severity:
    """Never above medium on the word of a version, but for what attackers use; unknown severities count as medium."""
    if any(flaw.exploited for flaw in flaws):
        return Severity.HIGH
    worst = max(Severity.MEDIUM if flaw.severity is None else flaw.severity for flaw in flaws)
    return min(Severity.MEDIUM, worst)


def _told(software: FlawedSoftware) -> str:
    flaws = known(software)
    parts = [f"has {count(flaws, 'known flaw')}"] if flaws else []
    parts += ["is of a branch that its makers have ended"] if flaws < len(software.flaws) else []
    fixed = f", mended in {software.fixed}" if flaws and software.fixed else ""
    return f"{software.name} {software.version} {' and '.join(parts)}{fixed}"


def _evidence(servers: ServerFlaws, found: list[FlawedSoftware]) -> Evidence:
    lines = []
    for software in found:
        for flaw in software.flaws[:IN_EVIDENCE]:
            severity = flaw.severity.word if flaw.severity is not None else "severity unknown"
            mark = f"known exploited since {flaw.exploited}" if flaw.exploited else severity
            fixed = f", fixed in {flaw.fixed}" if flaw.fixed else ""
            lines.append(f"{software.name} {software.version}: {name_of(flaw)} ({mark}{fixed}) {flaw.summary}".rstrip())
    as_of = f" of {servers.data_date.date()}" if servers.data_date else ""
    return Evidence(
        f"version told to the network, against upstream's advisories{as_of}", "\n".join(lines), servers.observed
    )


def _doubt(servers: ServerFlaws) -> str:
    """Why "no flaw is known" cannot be said of all servers, empty when it can."""
    parts = []
    if servers.distribution:
        parts.append(
            f"{listed(servers.distribution)}: built by a distribution, which mends flaws without changing the version; "
            "give access to the inside to have it judged"
        )
    if servers.not_comparable:
        parts.append(f"{listed(servers.not_comparable)}: the version cannot be compared")
    if servers.no_data:
        parts.append(f"{listed(servers.no_data)}: no data at hand knows it")
    if servers.stale and servers.judged:
        parts.append(f"no known flaw as of {servers.data_date.date() if servers.data_date else 'now'}: {servers.stale}")
    return "; ".join(parts)
