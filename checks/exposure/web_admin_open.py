from __future__ import annotations

from dataclasses import dataclass

from checks.exposure.access import capped, side, unreachable
from checks.exposure.websites import application_details, rest_of_applications, shown
from posture.sdk import (
    Application,
    Iterator,
    Login,
    Reach,
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


@dataclass(frozen=True, slots=True)
class _Interface:
    """An interface for administrators: its name for people, and what a stranger can do without a login."""

    label: str
    consequence: str
    severity: Severity = Severity.HIGH
    never_public: bool = False  # whether it is a finding that strangers reach its login


INTERFACES = {
    "jupyter": _Interface("Jupyter", "run any program on this server", Severity.CRITICAL),
    "hadoop-yarn": _Interface("Hadoop YARN", "run programs on the cluster", Severity.CRITICAL),
    "vault": _Interface("Vault", "initialise it, as nobody has yet, and hold its keys", Severity.CRITICAL),
    "phpmyadmin": _Interface("phpMyAdmin", "read and change the database", Severity.CRITICAL, never_public=True),
    "adminer": _Interface("Adminer", "read and change the database", Severity.CRITICAL, never_public=True),
    "solr": _Interface("Solr", "read, change and erase its indexes, and change its configuration"),
    "druid": _Interface("Druid", "read its data and load more into it"),
    "spark": _Interface("Spark", "see its jobs, and often submit their own"),
    "hadoop-hdfs": _Interface("Hadoop HDFS", "list and read the files in it"),
    "minio": _Interface("MinIO", "list its buckets"),
    "jenkins": _Interface("Jenkins", "read its jobs, and what these print"),
    "airflow": _Interface("Airflow", "read its workflows, and start or stop them"),
    "kibana": _Interface("Kibana", "read everything that Elasticsearch holds"),
    "opensearch-dashboards": _Interface("OpenSearch Dashboards", "read everything that OpenSearch holds"),
    "grafana": _Interface("Grafana", "read dashboards, and ask the data sources behind them"),
    "spring-actuator": _Interface("Spring Boot Actuator", "read the program's settings, often with passwords"),
    "traefik": _Interface("Traefik's dashboard", "read which sites and servers are behind it"),
    "prometheus": _Interface("Prometheus", "read its settings and what it measures", Severity.MEDIUM),
    "alertmanager": _Interface("Alertmanager", "read alerts, and silence them", Severity.MEDIUM),
    "node-exporter": _Interface("Node Exporter", "read what this server is and does", Severity.MEDIUM),
    "haproxy-stats": _Interface("HAProxy's statistics", "read which servers are behind it", Severity.MEDIUM),
    "server-status": _Interface("Apache's server status", "read who asks this site for what", Severity.MEDIUM),
    "cups": _Interface("CUPS", "see printers and jobs, and print", Severity.MEDIUM),
    "nginx-status": _Interface("nginx's status page", "read how busy this server is", Severity.LOW),
}
_LOCAL_BY_DEFAULT = ("server-status", "nginx-status", "cups")  # as packages set them up, they answer their own machine


@check(
    "exposure.web-admin-open",
    title="An administration interface on the web is open",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:6.3",
        "iso27001@2022:A.8.3", "iso27001@2022:A.8.5", "iso27001@2022:A.8.20",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.AA-05", "nist-csf@2.0:PR.IR-01",
        "nist-800-53@5:AC-3", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2", "nist-800-53@5:SC-7",
        "nis2@2022:21(2)(e)", "nis2@2022:21(2)(i)",
        "nis2-annex@2024:6.7.2.c",
        "pci-dss@4.0.1:2.2.4", "pci-dss@4.0.1:8.3.1",
        "soc2@2017:CC6.1", "soc2@2017:CC6.6",
        "bsi-c5@2020:IDM-09", "bsi-c5@2020:OPS-23",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def web_admin_open(services: Services, web: WebSites) -> Iterator[Verdict]:
    """A program's interface for administrators shows data or control to a stranger, without a login.

    Jupyter, Jenkins, Airflow, Grafana, Kibana, OpenSearch Dashboards, Prometheus and its exporters, Solr, Hadoop,
    Spark, Druid, MinIO, Vault, Spring Boot Actuator, Traefik, HAProxy, CUPS, phpMyAdmin, Adminer and the status pages
    of Apache and nginx are recognised by what they answer, each asked with a few read-only requests. No password is
    tried. It passes when the interface asks for a login. phpMyAdmin and Adminer are a finding of medium severity even
    then: whoever guesses a database password there has the data.

    It can be wrong where an interface is open on purpose (a public dashboard), where it lies below a path that was not
    tried or has a site name of its own, and when the host was seen from its own machine only: a firewall in front may
    stop everybody else. The finding then says so. The status pages and CUPS are not assessed from there, as they
    usually answer their own machine and nobody else.
    """
    said = [_said(service, application, web) for service, application in services.serving(*INTERFACES)]
    yield from said
    yield from rest_of_applications(services, web, "an administration interface", said)


def _said(service: Service, application: Application, web: WebSites) -> Verdict:
    if not service.reach.exposed:
        return unreachable(service, INTERFACES[application.name].label)
    return _judged(service, application, web)


def _judged(service: Service, application: Application, web: WebSites) -> Verdict:
    interface = INTERFACES[application.name]
    evidence = (*service.evidence, *shown(application.transcript))
    under = f" ({application.host})" if application.host else ""
    where = f"{interface.label} on port {service.port}{under}"
    subject = " ".join(filter(None, (service.subject, application.name, application.host)))
    no_login = application.login is Login.NOT_NEEDED
    if no_login and service.reach is Reach.SAME_MACHINE and application.name in _LOCAL_BY_DEFAULT:
        return not_assessed(
            f"{where} answers its own machine, as it is set up to; whether it answers others was not tried",
            subject=subject,
            evidence=evidence,
        )
    asks = application.login in {Login.REQUIRED, Login.REFUSED}
    if no_login or (asks and interface.never_public):
        what = f"needs no login: anyone who connects can {interface.consequence}"
        reached = "can be reached by anyone; one guessed password opens it"
        return fail(
            f"{where} {what if no_login else reached} ({side(service)})",
            subject=subject,
            severity=capped(service, interface.severity) if no_login else Severity.MEDIUM,
            evidence=evidence,
            label=interface.label,
            consequence=interface.consequence,
            no_login=no_login,
            **application_details(service, application, web),
        )
    if asks:
        return passed(f"{where} asks for a login", subject=subject, evidence=evidence)
    reason = application.login_reason or "its answer said nothing about it"
    return not_assessed(
        f"{where} may be reachable, and whether it asks for a login is not known: {reason}",
        subject=subject,
        evidence=evidence,
    )
