from __future__ import annotations

from checks.exposure.kinds import Kind, by_kind
from posture.sdk import Iterator, Services, Severity, Verdict, WebSites, check

PROTOCOLS = {
    "kafka": Kind("kafka", "Kafka", "see its topics, and read and write where no access list forbids it"),
    "mqtt": Kind("mqtt", "MQTT", "take part as a client", Severity.HIGH),
    "amqp": Kind("amqp", "The message broker (AMQP)", "log in as nobody and use it as a client", Severity.HIGH),
}
APPLICATIONS = {
    "rabbitmq-management": Kind("rabbitmq", "RabbitMQ's management", "see and change its queues, users and messages"),
}


@check(
    "exposure.message-broker-open",
    title="A message broker answers without a login",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "cis@8.1:4.4", "cis@8.1:4.8", "cis@8.1:6.3",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.22",
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
def message_broker_open(services: Services, web: WebSites) -> Iterator[Verdict]:
    """A Kafka, MQTT or AMQP broker, or RabbitMQ's management, lets a client in that has no account.

    Kafka is asked for its metadata, which a listener with SASL refuses; it is critical, as such a client has rights. An
    MQTT broker gets a CONNECT without a user name, an AMQP broker a login with the mechanism ANONYMOUS where it offers
    one; both are high. Nothing is subscribed to, read or published. It passes when a login is asked for, when only the
    broker's own machine can connect, or when Kafka's access lists leave a client without a name no rights.

    It can be wrong when an MQTT or AMQP broker lets such clients connect and then denies them every topic and queue:
    that would only be seen by subscribing. Seen from its own machine only, a firewall in front may stop everybody else;
    the finding then says so.
    """
    return by_kind(services, web, PROTOCOLS, APPLICATIONS, "a message broker")
