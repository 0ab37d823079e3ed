from __future__ import annotations

from checks.exposure.access import capped, side, unreachable
from checks.exposure.websites import application_details, rest_of_applications, shown
from posture.sdk import (
    Application,
    Iterator,
    Login,
    Service,
    Services,
    Severity,
    Verdict,
    WebSites,
    check,
    fail,
    not_assessed,
    passed,
)

# Application -> (its name for people, what a stranger can do, severity).
PROGRAMS = {
    "docker": ("The Docker API", "start containers, and through them take over this server", Severity.CRITICAL),
    "kubelet": ("The kubelet's API", "read and run commands in every pod of this node", Severity.CRITICAL),
    "kubernetes": ("The Kubernetes API", "read what runs in this cluster", Severity.CRITICAL),
    "portainer": (
        "Portainer", "become its administrator, as nobody is yet, and start containers", Severity.CRITICAL,
    ),
    "docker-registry": ("The container registry", "list and fetch its images, and often replace them", Severity.HIGH),
}  # fmt: skip


@check(
    "exposure.container-api-open",
    title="An interface that runs containers answers without a login",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:6.3",
        "iso27001@2022:A.8.2", "iso27001@2022:A.8.5", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.4", "pci-dss@4.0.1:8.3.1",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def container_api_open(services: Services, web: WebSites) -> Iterator[Verdict]:
    """The API of Docker, a kubelet, Kubernetes, Portainer or a container registry gives a stranger an answer.

    Read-only requests are sent: `/version` and one container of `/containers/json` (Docker), `/pods` (kubelet),
    `/api/v1/namespaces` (Kubernetes; that `/version` can be read is by design and proves nothing), `/v2/_catalog`
    (registry), and whether Portainer has an administrator yet. It passes when they are answered with a request for a
    login or a client certificate. Nothing is started, fetched or changed, and no password is tried.

    It can be wrong when the host was seen from its own machine only: a firewall in front may stop everybody else. The
    finding then says so. A registry may be open on purpose, if its images are meant for the public.
    """
    said = [_said(service, application, web) for service, application in services.serving(*PROGRAMS)]
    yield from said
    yield from rest_of_applications(services, web, "a container interface", said)


def _said(service: Service, application: Application, web: WebSites) -> Verdict:
    if not service.reach.exposed:
        return unreachable(service, PROGRAMS[application.name][0])
    return _judged(service, application, web)


def _judged(service: Service, application: Application, web: WebSites) -> Verdict:
    label, consequence, severity = PROGRAMS[application.name]
    evidence = (*service.evidence, *shown(application.transcript))
    where = f"{label} on port {service.port}"
    if application.login is Login.NOT_NEEDED:
        return fail(
            f"{where} needs no login: anyone who connects can {consequence} ({side(service)})",
            subject=service.subject,
            severity=capped(service, severity),
            evidence=evidence,
            label=label,
            consequence=consequence,
            **application_details(service, application, web),
        )
    if application.login is Login.UNKNOWN:
        reason = application.login_reason or "its answer said nothing about it"
        return not_assessed(
            f"{where} may be reachable, and whether it asks for a login is not known: {reason}",
            subject=service.subject,
            evidence=evidence,
        )
    return passed(f"{where} asks for a login", subject=service.subject, evidence=evidence)
