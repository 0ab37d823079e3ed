from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from checks.packages.needed_sources import missing, needed, of_other_releases
from checks.rights import NEEDS_ROOT
from posture.sdk import (
    Evidence,
    Iterator,
    OsRelease,
    Severity,
    UpdateSource,
    UpdateSources,
    Verdict,
    check,
    fail,
    not_assessed,
    passed,
)

LISTS_GOOD_FOR = timedelta(days=7)
ARCHIVE_SIGNS_WITHIN = timedelta(days=30)  # Ubuntu's security archive does daily while the release is supported
LONG_ENDED = timedelta(days=365)  # then the release has ended, which is a finding of its own
LOCAL = ("file:", "cdrom:", "copy:", "hd:", "dir:", "/")
PLAIN = ("http:", "ftp:")
IN_COMMAND = 10  # sources


@check(
    "packages.update-sources",
    title="Updates come from nowhere, from unverified or from old sources",
    clause="4.1",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:2.2", "cis@8.1:7.3",
        "iso27001@2022:A.8.8", "iso27001@2022:A.8.9",
        "nist-csf@2.0:PR.PS-02",
        "nist-800-53@5:CM-8", "nist-800-53@5:SI-2",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.6.1",
        "pci-dss@4.0.1:6.3.3",
        "soc2@2017:CC8.1",
        "bsi-c5@2020:OPS-18",
        "bsi-grundschutz@2023:OPS.1.1.3.A15",
    ),
)  # fmt: skip
def update_sources(sources: UpdateSources, system: OsRelease) -> Iterator[Verdict]:
    """Updates come from the wrong place, unverified, or late. A finding for each kind of problem.

    - security-source (high): the security archive of the running release is not among the enabled sources: Debian's and
      Ubuntu's -security, BaseOS and AppStream of Red Hat's family, Fedora's and SUSE's updates, Alpine's branch;
    - other-release (medium): an Alpine host that installs from another branch than its own;
    - signatures (high over plain HTTP or FTP, else medium): sources whose packages are installed without a verified
      signature; local ones (file:, cdrom:) are left out;
    - settings (medium, low for the date alone): unsigned or outdated lists are accepted from every source;
    - lists (low): the host got no list for a week, whether it asked or not, so it knows of no newer update;
    - mirror (medium): it did, but what it got is past its own date, or was signed long ago: the mirror stands still.

    Nothing is fetched: the host's configuration and the headers of its lists are read. It can be wrong where a mirror
    of your own has another name and path than the distribution's; where dnf or apk fetch lists only when they are used;
    and, for mirror, in the year after a release of Ubuntu ended. Derivatives, whose archives are not known here, are
    assessed for the rest only.
    """
    problems = list(_problems(sources, system))
    yield from problems
    gap = _gap(sources, system)
    if gap:
        yield not_assessed(gap, evidence=(_listed(sources),))
    elif not problems:
        enabled = _enabled(sources)
        when = f", lists of {sources.refreshed:%Y-%m-%d}" if sources.refreshed else ""
        count = f"{len(enabled)} source{'' if len(enabled) == 1 else 's'}"
        yield passed(f"{count}, verified, with security updates of {system.name}{when}", evidence=(_listed(sources),))


def _problems(sources: UpdateSources, system: OsRelease) -> Iterator[Verdict]:
    enabled = _enabled(sources)
    want = needed(system)
    others = of_other_releases(want, enabled)
    if others:
        named = ", ".join(dict.fromkeys(source.codename for source in others))
        yield _failure(
            sources, "other-release", f"{system.name} installs from another release: {named}", others,
            expected=want.words[0], severity=Severity.MEDIUM,
        )  # fmt: skip
    elif want.words and not sources.unreadable and (absent := missing(want, enabled)):
        named = f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing"
        yield _failure(
            sources, "security-source", f"No enabled source brings security updates: {named}", enabled,
            expected=absent[0], severity=Severity.HIGH,
        )  # fmt: skip
    yield from _signatures(sources, enabled)
    yield from _settings(sources)
    yield from _age(sources, enabled)


def _signatures(sources: UpdateSources, enabled: tuple[UpdateSource, ...]) -> Iterator[Verdict]:
    open_ = tuple(s for s in enabled if s.verified is False and not s.location.startswith(LOCAL))
    if open_:
        plain = any(source.location.lower().startswith(PLAIN) for source in open_)
        count = f"{len(open_)} source{'' if len(open_) == 1 else 's'}"
        how = ", over a connection that anybody on the way can change" if plain else ""
        yield _failure(
            sources, "signatures", f"Packages of {count} are installed without checking signatures{how}", open_,
            severity=Severity.HIGH if plain else Severity.MEDIUM,
        )  # fmt: skip


def _settings(sources: UpdateSources) -> Iterator[Verdict]:
    if sources.weakened:
        only_date = all("Check-Valid-Until" in setting for setting in sources.weakened)
        what = "Lists past their date are accepted" if only_date else "Unsigned lists or packages are accepted"
        yield _failure(
            sources, "settings", f"{what} from every source: {', '.join(sources.weakened[:3])}", (),
            severity=Severity.LOW if only_date else Severity.MEDIUM,
        )  # fmt: skip


def _age(sources: UpdateSources, enabled: tuple[UpdateSource, ...]) -> Iterator[Verdict]:
    if sources.refreshed and sources.observed - sources.refreshed > LISTS_GOOD_FOR:
        days = (sources.observed - sources.refreshed).days
        yield _failure(
            sources, "lists", f"The newest list of packages on the host was fetched {days} days ago", enabled,
            days=days, severity=Severity.LOW,
        )  # fmt: skip
    elif still := tuple(source for source in enabled if _stands_still(source, sources)):
        signed = max((source.signed for source in still if source.signed), default=None)
        since = f", signed last on {signed:%Y-%m-%d}" if signed else ""
        yield _failure(
            sources, "mirror", f"The mirror of {', '.join(source.name for source in still[:3])} stands still{since}",
            still, days=(sources.observed - signed).days if signed else 0, severity=Severity.MEDIUM,
        )  # fmt: skip


def _stands_still(source: UpdateSource, sources: UpdateSources) -> bool:
    """Past the date that the archive gave itself; Ubuntu's gives none, but signs its security archive daily."""
    if source.valid_until:
        return source.valid_until < sources.observed
    if source.signed is None or source.origin != "Ubuntu" or sources.subscription:
        return False
    return source.suite.endswith("-security") and ARCHIVE_SIGNS_WITHIN < sources.observed - source.signed < LONG_ENDED


def _gap(sources: UpdateSources, system: OsRelease) -> str:
    """What keeps the sources from being judged whole, empty when nothing does."""
    if sources.unreadable:
        return f"Some of the configuration could not be read, {sources.unreadable[0]} first: {NEEDS_ROOT}"
    if not needed(system).words:
        return f"Which archives {system.name} gets its security updates from is not known here"
    if sources.manager == "dpkg" and sources.refreshed is None:
        return "The host has no lists of packages, so how old they would be is not known: run apt-get update"
    return ""


def _enabled(sources: UpdateSources) -> tuple[UpdateSource, ...]:
    return tuple(source for source in sources.sources if source.enabled)


def _failure(  # noqa: PLR0913  # what a finding is made of
    sources: UpdateSources,
    problem: str,
    summary: str,
    about: Iterable[UpdateSource],
    *,
    severity: Severity,
    expected: str = "",
    days: int = 0,
) -> Verdict:
    named = tuple(about)
    return fail(
        summary,
        subject=problem,
        severity=severity,
        evidence=(_listed(sources),),
        problem=problem,
        manager=sources.manager,
        names=tuple(dict.fromkeys(source.name for source in named))[:IN_COMMAND],
        files=tuple(dict.fromkeys(source.path for source in named if source.path))[:IN_COMMAND],
        locations=tuple(dict.fromkeys(source.location for source in named if source.location))[:IN_COMMAND],
        expected=expected,
        days=days,
        settings=tuple(setting.partition(" ")[0] for setting in sources.weakened),
    )


def _listed(sources: UpdateSources) -> Evidence:
    lines = [_line(source) for source in sources.sources[:200]]
    lines += [f"not readable: {path}" for path in sources.unreadable[:20]]
    lines += list(sources.weakened)
    when = f"{sources.refreshed:%Y-%m-%d %H:%M} UTC" if sources.refreshed else "not known"
    return Evidence(
        f"sources of {sources.manager or 'updates'}, lists last fetched: {when}",
        "\n".join(lines) or "none configured",
        sources.observed,
    )


def _line(source: UpdateSource) -> str:
    notes = [] if source.enabled else ["disabled"]
    notes += ["signatures not checked"] if source.verified is False else []
    notes += [f"signed {source.signed:%Y-%m-%d}"] if source.signed else []
    notes += [f"valid until {source.valid_until:%Y-%m-%d}"] if source.valid_until else []
    more = f" ({', '.join(notes)})" if notes else ""
    return f"{source.name} {source.location} {source.path}{more}"
