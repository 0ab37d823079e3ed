from __future__ import annotations

from dataclasses import dataclass

from checks.aws import unseen
from checks.exposure.aws_tls_policies import outdated, outdated_of
from checks.wording import count, listed
from posture.sdk import (
    Evidence,
    Iterator,
    Listener,
    LoadBalancer,
    LoadBalancers,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

_TLS = frozenset({"HTTPS", "TLS", "SSL"})


@check(
    "exposure.aws-load-balancer-tls",
    title="A load balancer accepts outdated TLS, or plain HTTP",
    clause="4.4",
    severity=Severity.MEDIUM,
    controls=(
        "cis@8.1:3.10",
        "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)",
        "pci-dss@4.0.1:2.2.7", "pci-dss@4.0.1:4.2.1",
        "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02",
    ),
)  # fmt: skip
def aws_load_balancer_tls(balancers: LoadBalancers) -> Iterator[Verdict]:
    """A listener of a load balancer accepts TLS 1.0 or 1.1 (or SSL 3.0), or passes on what comes over plain HTTP.

    What a TLS policy accepts is known by its name, of a classic load balancer's own policy by what it switches on (RFC
    8996, RFC 7568). A listener for HTTP is in order where what no rule takes is sent on to HTTPS or refused. Outdated
    TLS is medium, high with SSL, low inside the VPC; plain HTTP is low, and told of load balancers on the internet
    alone. Judged is the configuration; no packet is sent.

    Listeners for TCP pass on what servers say: their TLS is judged there. It can be wrong where a rule before the last
    passes plain HTTP on (then it is not seen), and where the servers behind send visitors on to HTTPS themselves, the
    only way a classic load balancer has.
    """
    found = False
    for balancer in balancers.balancers:
        for verdict in _judged(balancer, balancers):
            found = True
            yield verdict
    yield from unseen(balancers.gaps)
    if found or balancers.gaps:
        return
    where = listed(balancers.regions)
    if balancers.balancers:
        yield passed(f"{count(len(balancers.balancers), 'load balancer')}: none accepts outdated TLS or plain HTTP")
    else:
        yield not_applicable(f"There is no load balancer ({where})")


@dataclass(frozen=True, slots=True)
class _Weak:
    """The listeners of a load balancer that are not in order."""

    old: list[tuple[Listener, tuple[str, ...]]]
    plain: list[Listener]
    unknown: list[Listener]

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(sorted({version for _, some in self.old for version in some}))


def _weak(balancer: LoadBalancer) -> _Weak:
    weak = _Weak([], [], [])
    for listener in balancer.listeners:
        if listener.protocol in _TLS:
            old = outdated_of(listener.versions) if listener.versions else outdated(listener.policy)
            if old:
                weak.old.append((listener, old))
            elif old is None and balancer.complete:
                weak.unknown.append(listener)
        elif listener.protocol == "HTTP" and balancer.internet and not (listener.redirects or listener.refuses):
            weak.plain.append(listener)
    return weak


def _judged(balancer: LoadBalancer, every: LoadBalancers) -> Iterator[Verdict]:
    weak = _weak(balancer)
    if weak.old or weak.plain:
        yield _failure(balancer, weak, every)
    elif weak.unknown:
        names = listed({one.policy or "none" for one in weak.unknown})
        yield not_assessed(f"What load balancer {balancer.name} accepts is not known: TLS policy {names}")


def _failure(balancer: LoadBalancer, weak: _Weak, every: LoadBalancers) -> Verdict:
    ports = tuple(str(listener.port) for listener, _ in weak.old)
    plain = tuple(str(listener.port) for listener in weak.plain)
    said = [f"{listed(weak.versions)} at port {listed(ports)}"] if ports else []
    said += [f"plain HTTP at port {listed(plain)}"] if plain else []
    return fail(
        f"Load balancer {balancer.name} in {balancer.region} accepts {' and '.join(said)}",
        subject=f"{balancer.region} {balancer.kind} {balancer.name}",
        severity=_severity(balancer, weak),
        evidence=[Evidence("AWS API", _observed(balancer), every.observed)],
        manager="elb" if balancer.kind == "classic" else "elbv2",
        balancer=balancer.name,
        region=balancer.region,
        versions=weak.versions,
        ports=ports,
        plain=plain,
        https=any(one.protocol == "HTTPS" for one in balancer.listeners),
    )


def _severity(balancer: LoadBalancer, weak: _Weak) -> Severity:
    if not weak.old or not balancer.internet:
        return Severity.LOW
    return Severity.HIGH if any(version.startswith("SSL") for version in weak.versions) else Severity.MEDIUM


def _observed(balancer: LoadBalancer) -> str:
    place = "internet-facing" if balancer.internet else "internal"
    lines = [
        f"{one.port} {one.protocol} {one.policy or ' '.join(one.versions)}{' redirects' if one.redirects else ''}"
        for one in balancer.listeners
    ]
    return "\n".join([f"{balancer.region} {balancer.kind} {balancer.name}, {place}, as configured:", *lines])
