"""Mail services for many customers, by the names of their exchangers: what they do is not the customer's to mend."""

from __future__ import annotations

_SHARED = (
    "google.com", "googlemail.com", "smtp.goog", "outlook.com", "protection.outlook.com", "mx.microsoft",
    "icloud.com", "yahoodns.net", "zoho.com", "zoho.eu", "zohomail.com", "fastmail.com", "messagingengine.com",
    "protonmail.ch", "proton.me", "mailbox.org", "posteo.de", "tutanota.de", "tuta.com", "migadu.com",
    "mail.gandi.net", "mail.ovh.net", "ionos.de", "ionos.com", "kundenserver.de", "1and1.com", "strato.de",
    "rzone.de", "hostedemail.com", "mailstore1.secureserver.net", "smtp.secureserver.net", "emailsrvr.com", "one.com",
    "infomaniak.ch", "hostinger.com", "titan.email", "privateemail.com", "registrar-servers.com", "improvmx.com",
    "forwardemail.net", "mx.cloudflare.net", "awsapps.com", "mailgun.org", "sendgrid.net", "mandrillapp.com",
    "pphosted.com", "ppe-hosted.com", "mimecast.com", "messagelabs.com", "barracudanetworks.com", "iphmx.com",
    "hornetsecurity.com", "antispameurope.com", "mailspamprotection.com", "trendmicro.com", "trendmicro.eu",
    "sophos.com", "fortimailcloud.com", "antispamcloud.com", "spamexperts.com", "yandex.net", "mail.ru", "qq.com",
)  # fmt: skip


def shared_service(name: str) -> str:
    """The service that an exchanger of this name belongs to; empty where it is none of those known here."""
    known = name.rstrip(".").lower()
    if known.startswith("inbound-smtp.") and known.endswith(".amazonaws.com"):  # other names there are customers' hosts
        return "amazonaws.com"
    return next((one for one in _SHARED if known == one or known.endswith(f".{one}")), "")
