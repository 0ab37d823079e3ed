"""What two groups of ports turned out to be, put together."""

from datetime import UTC, datetime

from posture.collect.network.examine import Examined
from posture.facts.email.servers import MailServer, MailServers
from posture.facts.network import OpenPort
from posture.facts.ssh_offers import SshOffers
from posture.facts.tls import TlsEndpoints
from posture.facts.web import WebSites

AT = datetime(2026, 3, 2, tzinfo=UTC)


def _group(port: int) -> Examined:
    left = ((port, "late"),)
    tls = TlsEndpoints((), left, AT, without=(port,))
    web, ssh = WebSites((), left, AT), SshOffers((), left, AT)
    mail = MailServers(AT, (MailServer("198.51.100.2", port),))
    return Examined((OpenPort("198.51.100.2", port),), tls, web, ssh, mail)


def test_nothing_of_either_group_is_lost() -> None:
    """Ports that were not looked at, and those that offer no TLS, come from both."""
    both = _group(143).with_more(_group(25))
    assert [port.port for port in both.open] == [25, 143]
    assert both.tls.without == (143, 25)
    assert [server.port for server in both.mail.servers] == [143, 25]
    left = ((143, "late"), (25, "late"))
    assert (both.tls.not_looked_at, both.web.not_looked_at, both.ssh.not_looked_at) == (left, left, left)
