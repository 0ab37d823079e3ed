from __future__ import annotations

from checks.exposure.access import without_login
from posture.sdk import Iterator, Services, Severity, Verdict, check


@check(
    "exposure.ftp-anonymous",
    title="FTP lets anyone in",
    clause="4.4",
    severity=Severity.HIGH,
    controls=(
        "cis@8.1:3.10", "cis@8.1:4.6", "cis@8.1:6.3",
        "iso27001@2022:A.8.5", "iso27001@2022:A.8.20", "iso27001@2022:A.8.24",
        "nist-csf@2.0:PR.AA-03", "nist-csf@2.0:PR.DS-02",
        "nist-800-53@5:AC-3", "nist-800-53@5:AC-17(2)", "nist-800-53@5:CM-7", "nist-800-53@5:IA-2",
        "nist-800-53@5:SC-8",
        "nis2@2022:21(2)(h)", "nis2@2022:21(2)(i)",
        "pci-dss@4.0.1:2.2.5", "pci-dss@4.0.1:2.2.7",
        "soc2@2017:CC6.1", "soc2@2017:CC6.7",
        "bsi-c5@2020:CRY-02", "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A9", "bsi-grundschutz@2023:SYS.1.3.A8",
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
