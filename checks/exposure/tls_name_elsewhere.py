from __future__ import annotations

from collections.abc import Sequence

from posture.sdk import (
    Evidence,
    Iterator,
    Leads,
    Severity,
    TlsName,
    TlsNames,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

_SHOWN = 3  # names in one sentence


@check(
    "exposure.tls-name-elsewhere",
    title="Names in a certificate lead to machines that were not looked at, or nowhere",
    clause="4.4",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:4.6",
        "iso27001@2022:A.8.9", "iso27001@2022:A.8.20",
        "nist-csf@2.0:ID.AM-08", "nist-csf@2.0:PR.PS-01",
        "nist-800-53@5:CM-7",
        "nis2@2022:21(2)(e)",
        "soc2@2017:CC6.8",
        "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:SYS.1.1.A6",
    ),
)  # fmt: skip
def tls_name_elsewhere(names: TlsNames) -> Iterator[Verdict]:
    """The names in the host's certificates tell what else belongs to its owner; the DNS tells where they lead.

    The DNS alone is asked, through the auditor's resolver, for at most 50 names; the addresses are not contacted. A
    name whose CNAME points to one that does not exist is of medium severity: whoever gets hold of that one, an
    abandoned account at a hosting service or an expired domain, answers in the first one's place. A name that does not
    exist itself is low. So are names that lead to other addresses inside the agreed networks: they may be looked at,
    and are not in the inventory. Names that lead anywhere else are told for information, those aside that lead to this
    host as well: that is mostly its address of the other family.

    It can be wrong where a name is meant for an internal DNS only, and where the DNS gives other answers to others.
    That a certificate holds a name does not prove that it belongs to the same owner: servers of many customers share
    one. Wildcards and names of self-signed certificates are not asked, nor is anything where a machine looks at
    itself.
    """
    if names.not_asked:
        yield not_applicable(f"Nothing was asked: {names.not_asked}")
        return
    told = tuple(_told(names))
    yield from told
    if not told and names.names:
        yield passed(f"{_counted(names.names)} in its certificates: none leads to a machine that is not looked at")
    elif not told:
        yield not_applicable("No certificate of this host names anything that the DNS could be asked for")


def _told(names: TlsNames) -> Iterator[Verdict]:
    nowhere = [one for one in names.names if one.leads is Leads.NOWHERE]
    for one in nowhere:
        if one.alias:
            yield _dangling(names, one)
    yield from _gone(names, [one for one in nowhere if not one.alias])
    elsewhere = [one for one in names.names if one.leads is Leads.ELSEWHERE]
    yield from _unlisted(names, [one for one in elsewhere if one.agreed])
    yield from _outside(names, [one for one in elsewhere if not one.agreed])
    unknown = [one for one in names.names if one.leads is Leads.UNKNOWN]
    if unknown:
        reason = f"Where {_listed(unknown)} lead{_s(unknown)} is not known: {unknown[0].reason or 'no answer'}"
        yield not_assessed(reason, subject=f"{names.address} names without an answer")
    if names.left:
        yield not_assessed(
            f"{names.left} more names in its certificates were not asked: they are too many for one look"
        )


def _dangling(names: TlsNames, one: TlsName) -> Verdict:
    return _fail(
        names,
        [one],
        f"{one.name} points to {one.alias}, which does not exist: whoever registers that answers in its place",
        f"{names.address} {one.name}",
        Severity.MEDIUM,
        "dangling",
    )


def _gone(names: TlsNames, gone: Sequence[TlsName]) -> Iterator[Verdict]:
    if gone:
        do = "does" if len(gone) == 1 else "do"
        summary = f"{_listed(gone)} in a certificate {do} not exist in the DNS"
        yield _fail(names, gone, summary, f"{names.address} names that do not exist", Severity.LOW, "gone")


def _unlisted(names: TlsNames, inside: Sequence[TlsName]) -> Iterator[Verdict]:
    if inside:
        summary = f"{_listed(inside)} lead{_s(inside)} to addresses in the agreed networks that nobody looks at"
        yield _fail(names, inside, summary, f"{names.address} names in the networks", Severity.LOW, "unlisted")


def _outside(names: TlsNames, outside: Sequence[TlsName]) -> Iterator[Verdict]:
    if outside:
        summary = f"{_listed(outside)} lead{_s(outside)} to other machines, which were not looked at"
        yield _fail(names, outside, summary, f"{names.address} names outside", Severity.INFO, "outside")


def _fail(  # noqa: PLR0913, PLR0917  one finding's parts
    names: TlsNames, told: Sequence[TlsName], summary: str, subject: str, severity: Severity, problem: str
) -> Verdict:
    return fail(
        summary,
        subject=subject,
        severity=severity,
        evidence=tuple(
            Evidence("The DNS", f"{one.name} (in the certificate on {_ports(one)}): {_place(one)}", names.observed)
            for one in told
        ),
        problem=problem,
        address=names.address,
        port=next((port for one in told for port in one.ports), 443),
        names=tuple(one.name for one in told),
        places=tuple(f"{one.name}: {_place(one)}" for one in told),
        addresses=tuple(dict.fromkeys(address for one in told for address in (one.agreed or one.others))),
        alias=told[0].alias,
    )


def _ports(one: TlsName) -> str:
    return f"port {', '.join(map(str, one.ports))}" if one.ports else "this host"


def _place(one: TlsName) -> str:
    if one.leads is Leads.NOWHERE:
        return f"CNAME to {one.alias}, which does not exist (NXDOMAIN)" if one.alias else "does not exist (NXDOMAIN)"
    return ", ".join(one.addresses)


def _listed(names: Sequence[TlsName]) -> str:
    """``www.bakery.example, shop.bakery.example and 3 more names``."""
    shown, left = [one.name for one in names[:_SHOWN]], len(names) - _SHOWN
    if left > 0:
        return f"{', '.join(shown)} and {left} more name{'' if left == 1 else 's'}"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _counted(names: Sequence[TlsName]) -> str:
    return f"{len(names)} name{'' if len(names) == 1 else 's'}"


def _s(names: Sequence[TlsName]) -> str:
    return "s" if len(names) == 1 else ""
