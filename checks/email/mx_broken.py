from __future__ import annotations

from checks.wording import count
from posture.sdk import (
    Evidence,
    Exchanger,
    Iterator,
    MailRouting,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)


@check(
    "email.mx-broken",
    title="A mail exchanger of the domain cannot be used",
    clause="3",
    severity=Severity.MEDIUM,
    controls=(
        "iso27001@2022:A.5.14", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:SC-20",
        "nis2@2022:21(2)(e)",
        "nis2-annex@2024:6.7.2.l",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-08",
    ),
)  # fmt: skip
def mx_broken(routing: MailRouting) -> Iterator[Verdict]:
    """An MX record leads to no name, no address, an address instead of a name, or none of the internet.

    Mail is then delayed or comes back; and where the name belongs to a domain that nobody has registered, whoever
    registers it receives the mail. Low where the exchanger is an alias (CNAME), which RFC 2181, 10.3 forbids and some
    senders refuse, and where the records contradict each other (a null MX beside others, an exchanger named twice).
    Only the DNS is asked: whether a server answers there is another check's question.

    It is wrong where the exchanger is meant for a network inside only; such records belong in a zone that is served
    inside only.
    """
    if routing.null_mx or not routing.exchangers:
        why = "A null MX says that the domain takes no mail" if routing.null_mx else "The domain has no mail exchanger"
        yield not_applicable(why)
        return
    for exchanger in routing.exchangers:
        yield _judged(routing, exchanger)
    if routing.problems:
        yield fail(
            f"The MX records contradict each other: {'; '.join(routing.problems)}",
            subject="MX records",
            severity=Severity.LOW,
            evidence=[Evidence("MX records", "; ".join(routing.problems), routing.observed)],
            **_details(routing, Exchanger("", 0), "records"),
        )
    if routing.left_out:
        yield not_assessed(
            f"{count(routing.left_out, 'more exchanger')} than are looked at", subject="further exchangers"
        )


def _judged(routing: MailRouting, one: Exchanger) -> Verdict:
    if one.error:
        return _failure(routing, one, f"Mail cannot go to {one.name}: {one.error}", "error")
    if not one.addresses:
        why = one.unknown or "nobody said anything of it"
        return not_assessed(f"Where {one.name} leads is not known: {why}", subject=one.name)
    if one.alias and not routing.implicit:
        return _failure(routing, one, f"{one.name} is an alias of {one.alias}, which it must not be", "alias")
    return passed(f"{one.name} has {count(len(one.addresses), 'address', 'es')}", subject=one.name)


def _failure(routing: MailRouting, one: Exchanger, summary: str, problem: str) -> Verdict:
    said = f"{_record(routing, one)} ({one.error or f'CNAME {one.alias}'})"
    return fail(
        summary,
        subject=one.name,
        severity=Severity.LOW if problem == "alias" else None,
        evidence=[Evidence("MX record", said, routing.observed)],
        **_details(routing, one, problem),
    )


def _details(routing: MailRouting, one: Exchanger, problem: str) -> dict[str, str | bool | tuple[str, ...]]:
    return {
        "domain": routing.domain,
        "problem": problem,
        "name": one.name,
        "error": one.error,
        "alias": one.alias,
        "implicit": routing.implicit,
        "wrong": _record(routing, one),
        "right": f"{routing.domain}. 3600 IN MX {one.preference} {one.alias}.",
        "said": routing.problems,
        "usable": tuple(_record(routing, other) for other in routing.exchangers if not other.error and not other.alias),
    }


def _record(routing: MailRouting, one: Exchanger) -> str:
    return f"{routing.domain}. 3600 IN MX {one.preference} {one.name}."
