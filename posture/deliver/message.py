"""A report as a mail message, ready for a server that signs it (DKIM): the same report gives the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from posture.deliver.settings import MailSettings
from posture.model.delivery import DeliveryKey
from posture.model.letter import Letter

_TYPES = {
    ".pdf": ("application", "pdf"),
    ".json": ("application", "json"),
    ".csv": ("text", "csv"),
    ".html": ("text", "html"),
    ".sha256": ("text", "plain"),
}


def message(letter: Letter, files: Mapping[str, bytes], key: DeliveryKey, settings: MailSettings) -> bytes:
    """The message as it goes over the wire: CRLF, 7-bit, every header once (RFC 5322, 3.6; RFC 6376, 5.3 and 5.4).

    The Message-ID is made of the key, so that whoever gets it twice after all can tell (RFC 5322, 3.6.4).

    Args:
        letter: subject and text.
        files: what is attached, by its name.
        key: whom it is for.
        settings: from whom.
    """
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit", max_line_length=76))
    made["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    made["To"] = Address(addr_spec=key.recipient)
    if settings.reply_to:
        made["Reply-To"] = Address(addr_spec=settings.reply_to)
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(letter.moment)
    made["Message-ID"] = f"<{_identity(key)}@{settings.sender.partition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    made.set_content(letter.plain, cte="quoted-printable")
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for name, content in files.items():
        kind = _TYPES.get(f".{name.rpartition('.')[2]}", ("application", "octet-stream"))
        made.add_attachment(content, *kind, filename=name, cte="base64")
    made["Content-Language"] = letter.language  # of the whole: headers Content-* set before would be a part's
    _name_boundaries(made, _identity(key))
    return bytes(made)


def _identity(key: DeliveryKey) -> str:
    text = repr((key.customer, key.run, key.channel, key.recipient))
    return "posture." + hashlib.sha256(text.encode()).hexdigest()[:32]


def _name_boundaries(made: EmailMessage, identity: str) -> None:
    """Fixed boundaries instead of random ones; base64 and quoted-printable hold no line that begins like one."""
    for number, part in enumerate(part for part in made.walk() if part.is_multipart()):
        part.set_boundary(f"=_{identity}.{number}")
