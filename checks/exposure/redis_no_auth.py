from __future__ import annotations

from checks.exposure.access import without_login
from posture.sdk import Iterator, Services, Severity, Verdict, check


@check(
    "exposure.redis-no-auth",
    title="Redis answers without a password",
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
        "bsi-grundschutz@2023:APP.4.3.A3", "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.1.A19",
    ),
)  # fmt: skip
def redis_no_auth(services: Services) -> Iterator[Verdict]:
    """A Redis (or Valkey, KeyDB) that can be reached answers commands without a password.

    Whoever connects can read, change and erase what is stored, and can often make the server write files of their
    choice. It passes when Redis asks for a password, listens on loopback only, did not answer from outside, or refused
    our address: Redis' protected mode (redis.io/docs, "Security") refuses every address but its own machine's while no
    password is set.

    Protected mode answers its own machine, so there Redis is asked for that setting. It can be wrong when Redis was
    seen from its own machine only: a firewall in front may stop everybody else. The finding then says so.
    """
    return without_login(services, ("redis",), "Redis", "read, change and erase its data", Severity.CRITICAL)
