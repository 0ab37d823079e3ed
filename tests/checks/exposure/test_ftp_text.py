from pathlib import Path

import pytest

from checks.exposure.ftp_anonymous import ftp_anonymous
from posture.model.finding import System
from posture.report import remediation
from posture.sdk import Process

FTP = Process(5, "vsftpd", unit="vsftpd.service", package="vsftpd", package_version="3.0.3-13")


@pytest.mark.parametrize(
    ("process", "says", "never"),
    [
        (FTP, "systemctl restart vsftpd.service", "was not seen"),
        (Process(5, "vsftpd"), "anonymous_enable=NO", "program answers was not seen"),
        (Process(5, "vsftpd"), "restart it the way it was started", "systemctl restart"),
        (Process(5, "xinetd", unit="xinetd.service"), "The next connection uses it", "systemctl restart"),
        (Process(5, "in.ftpd", unit="ftp.service"), "systemctl restart ftp.service", "was not seen"),
        (None, "Which FTP program answers was not seen", "systemctl restart"),
    ],
)
def test_the_text_knows_what_the_finding_knows(process, says, never, service, services, only) -> None:
    """The program that was seen is named and mended, whether or not a service was seen that runs it."""
    verdict = only(ftp_anonymous, services(service(name="ftp", port=21, process=process)))
    source = (Path(__file__).parents[3] / "checks/exposure/ftp_anonymous.md").read_text(encoding="utf-8")
    text = remediation.load(source, "ftp_anonymous.md")
    system = System("debian", "12", "", "systemd")
    done = remediation.render(text, details=verdict.details, system=system, subject="", resource="web1")
    assert says in done.fix_md
    assert never not in done.fix_md
