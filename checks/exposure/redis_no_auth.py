from __future__ import annotations

from checks.exposure.access import without_login
from posture.sdk import Iterator, Services, Severity, Verdict, check


@check(
    "exposure.redis-no-auth",
    title="Redis answers without a password",
    clause="4.4",
    severity=Severity.CRITICAL,
    controls=(
        "CIS-8.1/4.4", "CIS-8.1/4.8", "CIS-8.1/6.3",
        "ISO-27001:2022/A.8.20", "ISO-27001:2022/A.8.22", "ISO-27001:2022/A.8.5",
        "NIST-CSF-2.0/PR.IR-01", "NIST-CSF-2.0/PR.AA-03",
        "PCI-DSS-4.0.1/1.4.4", "PCI-DSS-4.0.1/2.2.4", "PCI-DSS-4.0.1/8.3.1",
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
