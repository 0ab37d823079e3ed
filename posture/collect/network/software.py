"""Which program a greeting names, in the words of nmap's version detection."""

from __future__ import annotations

import re

_VERSION = r"(?:[ /_-]v?(\d[\w.+-]{0,20}))?"
_NAMED = tuple(
    (re.compile(pattern.replace("#", _VERSION), re.IGNORECASE), product)
    for pattern, product in (
        (r"\bSSH-[\d.]+-OpenSSH#", "OpenSSH"),
        (r"\bSSH-[\d.]+-dropbear#", "Dropbear sshd"),
        (r"SMTP Postfix\b#", "Postfix smtpd"),
        (r"\bExim#", "Exim smtpd"),
        (r"\bSendmail#", "Sendmail"),
        (r"\bOpenSMTPD\b#", "OpenSMTPD"),
        (r"\bMicrosoft ESMTP MAIL Service(?:, Version: (\d[\d.]{0,20}))?", "Microsoft ESMTP"),
        (r"\bCyrus IMAP#", "Cyrus imapd"),
        (r"\bCyrus POP3#", "Cyrus pop3d"),
        (r"\bCourier-IMAP\b", "Courier Imapd"),
        (r"\bDovecot\b", "Dovecot"),
        (r"\bvsFTPd#", "vsftpd"),
        (r"\bProFTPD#", "ProFTPD"),
        (r"\bPure-FTPd\b", "Pure-FTPd"),
        (r"\bFileZilla Server#", "FileZilla ftpd"),
        (r"\bMicrosoft FTP Service\b", "Microsoft ftpd"),
        (r"\bInterNetNews\b(?: NNRP)?(?: server)?(?: INN)?#", "InterNetNews"),
    )
)


def named_in(greeting: bytes) -> tuple[str, str]:
    """Product and version that a greeting tells of; both empty where it names none that is known here."""
    text = greeting[:1024].decode("ascii", "replace")
    for pattern, product in _NAMED:
        if found := pattern.search(text):
            return product, (found.group(1) or "") if pattern.groups else ""
    return "", ""
