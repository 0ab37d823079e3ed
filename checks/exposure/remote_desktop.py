from __future__ import annotations

from checks.exposure.access import absent, details, doubtful, judged, side, unreachable, untried
from posture.sdk import Iterator, Login, Reach, Service, Services, Severity, Verdict, check, fail, passed

# Protocol in nmap's words -> (engine, its name for people).
DESKTOPS = {
    "X11": ("x11", "X11"),
    "vnc": ("vnc", "VNC"),
    "vnc-1": ("vnc", "VNC"),
    "vnc-2": ("vnc", "VNC"),
    "vnc-3": ("vnc", "VNC"),
    "ms-wbt-server": ("rdp", "Remote Desktop (RDP)"),
}
_CONSEQUENCE = "see the screen, type and click"


@check(
    "exposure.remote-desktop",
    title="A remote desktop is open, or badly protected",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.6", "cis@8.1:6.4",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-17", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.d",
        "pci-dss@4.0.1:1.4.4", "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.6",
        "bsi-c5@2020:COS-01",
        "bsi-grundschutz@2023:OPS.1.2.5.A3",
    ),
)  # fmt: skip
def remote_desktop(services: Services) -> Iterator[Verdict]:
    """A screen of the host can be reached over the network, and what protects it is missing or weak.

    X11 or VNC that needs no login is critical. Remote Desktop that does not require Network Level Authentication is of
    high severity: strangers come as far as the login screen, where guessing starts and flaws such as BlueKeep
    (CVE-2019-0708) were open to everyone. VNC with a password and no encryption is of medium severity: the session can
    be read on the way. It passes when Network Level Authentication is required, when VNC asks for a password inside
    TLS, and when X11 refuses clients without a cookie: these are safeguards, though a VPN is better.

    What is sent: X11's connection set-up without a cookie; VNC's version, to see the list of security types; three
    connection requests of Remote Desktop. No password is tried and nothing on the screen is read.

    It is wrong when a VPN is the only way to the port. Seen from its own machine only, a firewall in front may stop
    everybody else; the finding then says so. Other remote control programs (TeamViewer, AnyDesk) are not recognised.
    """
    found = tuple(s for s in services.named(*DESKTOPS) if s.protocol == "tcp")
    for service in found:
        yield _judged(service)
    doubts = tuple(doubtful(services, DESKTOPS, "a remote desktop"))
    yield from doubts
    if not found and not doubts:
        yield absent(services, "remote desktop")


def _judged(service: Service) -> Verdict:
    engine, label = DESKTOPS[service.name]
    if not service.reach.exposed:
        return unreachable(service, label)
    if service.reach is Reach.LISTENS:
        return untried(service, label)
    weak = service.weakness.split()
    if service.login is Login.NOT_NEEDED:
        return judged(service, label, _CONSEQUENCE, Severity.CRITICAL, engine=engine, label=label, problem="no-login")
    if "no-nla" in weak:
        what = "lets strangers come as far as the login screen: Network Level Authentication is not required"
        return _weak(service, what, Severity.HIGH, "no-nla")
    if "plain-login" in weak:
        return _weak(service, "asks for a password and does not encrypt the session", Severity.MEDIUM, "clear")
    if service.login is Login.REQUIRED and service.login_reason:
        where = f"{label} on port {service.port} asks for a login: {service.login_reason}"
        return passed(where, subject=service.subject, evidence=service.evidence)
    return judged(service, label, _CONSEQUENCE, Severity.CRITICAL)


def _weak(service: Service, what: str, severity: Severity, problem: str) -> Verdict:
    engine, label = DESKTOPS[service.name]
    return fail(
        f"{label} on port {service.port} {what} ({side(service)})",
        subject=service.subject,
        severity=severity,
        evidence=service.evidence,
        engine=engine,
        label=label,
        problem=problem,
        **details(service),
    )
