"""The mail beside a report, byte by byte."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.deliver.message import message
from posture.deliver.settings import MailSettings
from posture.model.delivery import DeliveryKey
from posture.model.letter import Letter

KEY = DeliveryKey("bakery", "20261122-0001", "smtp", "it@bakery.example")
MAIL = MailSettings(sender="security@provider.example", sender_name="Provider, Security")
SAID = Letter(
    "Action needed: 2 things", "Sehr geehrte Bäckerei,\n.dot\nFrom here", "<p>Bäckerei</p>", "de",
    datetime(2026, 11, 22, 2, 14, tzinfo=UTC),
)  # fmt: skip
FILES = {"bakery.pdf": b"%PDF-1.7\r\n\x00\xff", "bakery.csv": "\ufeffid,name\r\n".encode()}
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted")


def test_the_same_report_makes_the_same_message():
    """A message that was sent before the process died and is made again is known by its bytes and its Message-ID."""
    assert message(SAID, FILES, KEY, MAIL) == message(SAID, FILES, KEY, MAIL)
    other = DeliveryKey("bakery", "20261122-0001", "smtp", "cto@bakery.example")
    read = [message_from_bytes(message(SAID, FILES, key, MAIL), policy=SMTP)["Message-ID"] for key in (KEY, other)]
    assert read[0] != read[1]
    assert read[0].endswith("@provider.example>")


def test_a_signature_of_dkim_would_survive_the_way():
    """Nothing in it is changed on the way by a server without 8BITMIME, and no header that is signed stands twice."""
    wire = message(SAID, FILES, KEY, MAIL)
    assert wire.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", wire)
    assert max(map(len, wire.split(b"\r\n"))) <= 78
    read = message_from_bytes(wire, policy=SMTP)
    assert [len(read.get_all(name)) for name in ONCE] == [1] * len(ONCE)
    assert "Bcc" not in read


def test_text_html_and_files_come_out_as_they_went_in():
    """The reader gets what was attached, under its name, and the same words in both forms."""
    read = message_from_bytes(message(SAID, FILES, KEY, MAIL), policy=SMTP)
    assert read.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n") == SAID.plain
    assert read.get_body(("html",)).get_content().strip() == SAID.html
    assert {part.get_filename(): part.get_payload(decode=True) for part in read.iter_attachments()} == FILES
    assert read["From"].addresses[0].display_name == "Provider, Security"
    assert read["Content-Language"] == "de"


@given(text=st.text(max_size=300), name=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_no_text_adds_a_header_or_a_part(text: str, name: str):
    """A customer's name in the subject is a stranger's word: no second recipient, no other sender."""
    printable = "".join(sign for sign in text if sign.isprintable())
    said = Letter(printable, printable, printable, "en", SAID.moment)
    read = message_from_bytes(message(said, FILES, KEY, MAIL), policy=SMTP)
    assert read["To"] == "it@bakery.example"
    assert len(read.get_all("From")) == 1
    assert len(list(read.walk())) == 6
    assert not name or read["Subject"] is not None


def test_a_line_break_in_a_subject_is_refused_not_sent():
    """Header injection (CWE-93) stops here even where a caller forgot to escape."""
    with pytest.raises(ValueError, match="linefeed"):
        message(Letter("a\r\nBcc: x@evil.example", "", "", "en", SAID.moment), {}, KEY, MAIL)
