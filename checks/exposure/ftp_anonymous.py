from __future__ import annotations

from checks.exposure.access import without_login
from posture.sdk import Iterator, Services, Severity, Verdict, check


@check(
    "exposure.ftp-anonymous",
    title="FTP lets anyone in",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "CIS-8.1/4.6", "CIS-8.1/3.10", "CIS-8.1/6.3",
        "ISO-27001:2022/A.8.20", "ISO-27001:2022/A.8.24", "ISO-27001:2022/A.8.5",
        "NIST-CSF-2.0/PR.DS-02", "NIST-CSF-2.0/PR.AA-03",
        "PCI-DSS-4.0.1/2.2.5", "PCI-DSS-4.0.1/2.2.7",
    ),
)  # fmt: skip
def ftp_anonymous(services: Services) -> Iterator[Verdict]:
    """An FTP server that can be reached accepts the user ``anonymous``.

    Whoever connects can fetch every file the server offers; where anonymous users may also write, strangers use such
    servers to pass on files. It passes when the server demands an account. FTP with accounts still sends passwords in
    clear unless TLS is on: exposure.plain-login judges that.

    It is wrong where a public download area is what is wanted: accept the risk with that reason, or offer the files
    over HTTPS. Files were not listed or fetched.
    """
    return without_login(services, ("ftp",), "FTP", "fetch the files it offers", Severity.HIGH)
