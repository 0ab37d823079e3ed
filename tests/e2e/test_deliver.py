"""posture deliver: reports of a real database to real contacts, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import fleet
import pytest
from aiosmtpd.controller import Controller
from web_lab import free_port

from posture.model.delivery import DeliveryKey, DeliveryState
from posture.store import open_store

SETTINGS = '[mail]\nsender = "security@provider.example"\nattach = ["csv"]\n'


class Mailbox:
    """A mail server's post."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.answer = "250 taken"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.mails.append((envelope.rcpt_tos, envelope.content))
        return self.answer


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    (tmp_path / "delivery.toml").write_text(f'{SETTINGS}[smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n')
    yield box
    controller.stop()


@pytest.fixture(autouse=True)
def audited(tmp_path: Path) -> None:
    """Two customers with a contact, one of them with two, and one with none."""
    contacts = (("it@c0.example", ("cto@c0.example",)), ("it@c1.example", ()), ("", ()))
    customers = [
        replace(one, contact=contact, contacts=more)
        for one, (contact, more) in zip(fleet.customers(3, 2), contacts, strict=True)
    ]
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        fleet.audit(store, customers, run="run-1")


def test_each_report_goes_to_its_own_customers_contacts_and_once(posture, mailbox: Mailbox) -> None:
    """Nobody gets another's report, nobody gets it twice, and whoever cannot be reached is named."""
    first = posture("deliver")
    assert first.returncode == 3, first.stderr
    assert "no contact is registered" in first.stdout
    assert sorted(to for (to,), _ in mailbox.mails) == ["cto@c0.example", "it@c0.example", "it@c1.example"]
    for (recipient,), content in mailbox.mails:
        mine = recipient.partition("@")[2].partition(".")[0]
        read = message_from_bytes(content, policy=SMTP)
        (attached,) = read.iter_attachments()
        assert (read["To"], attached.get_filename()) == (recipient, f"{mine}.csv")
        other = {"c0": "c1", "c1": "c0"}[mine]
        said = content.decode() + attached.get_payload(decode=True).decode("utf-8-sig")
        assert mine in said
        assert not any(theirs in said for theirs in (f"{other}.example", f"{other}-h", f"Customer {other[1:]}"))
    again = posture("deliver", "c0", "c1")
    assert (again.returncode, len(mailbox.mails)) == (0, 3)
    assert "every report has been sent" in again.stdout


def test_a_server_without_room_is_asked_again_later(posture, mailbox: Mailbox, tmp_path: Path) -> None:
    """The report is not lost, and the command that runs too early says when it will be tried."""
    mailbox.answer = "452 4.3.1 no room"
    done = posture("deliver", "c1", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = json.loads(done.stdout)
    assert (line["state"], "no room" in line["note"]) == ("waiting", True)
    mailbox.answer = "250 taken"
    posture("deliver", "c1")
    assert mailbox.mails == []
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        (kept,) = store.deliveries("c1")
        store.save_delivery(replace(kept, next_try=kept.at))
    posture("deliver", "c1")
    assert [to for to, _ in mailbox.mails] == [["it@c1.example"]]


def test_what_may_have_arrived_is_sent_again_only_when_somebody_says_so(posture, mailbox: Mailbox, tmp_path) -> None:
    """A process that was killed between the message and the answer."""
    key = DeliveryKey("c1", "run-1", "smtp", "it@c1.example")
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        claimed = store.claim_delivery(key, fleet.NOON)
        store.save_delivery(replace(claimed, state=DeliveryState.SENDING))
    for _ in range(2):
        said = posture("deliver", "c1")
        assert (said.returncode, "sending" in said.stdout) == (3, True)
    assert mailbox.mails == []
    assert posture("deliver", "--resend").returncode == 2
    assert posture("deliver", "c1", "--resend").returncode == 0
    assert len(mailbox.mails) == 1


def test_a_dry_run_sends_nothing_and_keeps_nothing(posture, mailbox: Mailbox, tmp_path: Path) -> None:
    """It names channel, recipient and run."""
    said = posture("deliver", "--dry-run")
    assert said.returncode == 0, said.stderr
    assert "it@c1.example" in said.stdout
    assert mailbox.mails == []
    with open_store(f"sqlite:///{tmp_path}/posture.db") as store:
        assert store.deliveries() == ()


def test_settings_that_are_wrong_are_told_by_field_and_never_repeated(posture, tmp_path: Path) -> None:
    """What was written where a reference belongs may be the password itself."""
    (tmp_path / "delivery.toml").write_text(f'{SETTINGS}[smtp]\nhost = "a.example"\npassword = "hunter2"\n')
    said = posture("deliver")
    assert said.returncode == 2
    assert "smtp.password" in said.stderr
    assert "hunter2" not in said.stderr + said.stdout
    (tmp_path / "delivery.toml").unlink()
    assert "docs/delivery.md" in posture("deliver").stderr


def test_what_is_attached_can_be_verified_from_the_mail_alone(posture, mailbox: Mailbox, tmp_path: Path) -> None:
    """Saved beside each other, the attachments tell that they are the provider's."""
    made = posture("signing", "new", "sign.key")
    (tmp_path / "allowed_signers").write_text(made.stdout)
    assert posture("deliver", "c1", "--sign-key", "file:sign.key").returncode == 0
    ((_, content),) = mailbox.mails
    saved = tmp_path / "saved"
    saved.mkdir()
    for part in message_from_bytes(content, policy=SMTP).iter_attachments():
        (saved / part.get_filename()).write_bytes(part.get_payload(decode=True))
    assert {file.name for file in saved.iterdir()} == {"c1.csv", "c1.sha256", "c1.sha256.sig"}
    told = posture("verify", "saved/c1.csv", "--signer", "allowed_signers")
    assert told.returncode == 0, told.stdout
