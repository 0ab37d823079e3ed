"""What of a report goes to whom, and sending it: claimed, sent, and written down, one recipient at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from posture.cli.errors import Failure
from posture.cli.options import now
from posture.cli.output import note
from posture.cli.reports import printed
from posture.cli.sealing import sealed
from posture.deliver.message import message
from posture.deliver.outcome import Refused, Taken, TryLater, Unknown, after
from posture.deliver.settings import DeliverySettings
from posture.model.delivery import Delivery, DeliveryKey, DeliveryState
from posture.report.letter import letter, worth_telling
from posture.report.model import Report
from posture.signatures.signing import SigningKey
from posture.store.store import Store


@dataclass(frozen=True, slots=True)
class Outbox:
    """The channels, the record of what went out, the mail server's password, the key that signs what leaves."""

    settings: DeliverySettings
    store: Store
    password: str
    key: SigningKey | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one delivery; `state` is None for one that would be sent, or for a customer without a contact."""

    key: DeliveryKey
    state: DeliveryState | None
    note: str

    def row(self) -> tuple[str, ...]:
        """As a line of a table."""
        state = self.state.value if self.state else "not sent"
        return (self.key.customer, self.key.run, self.key.channel, self.key.recipient, state, self.note)

    def as_json(self) -> dict[str, str | None]:
        """As an object."""
        return {
            "customer": self.key.customer,
            "run": self.key.run,
            "channel": self.key.channel,
            "recipient": self.key.recipient,
            "state": self.state.value if self.state else None,
            "note": self.note,
        }


def due_for(box: Outbox, report: Report) -> list[Told]:
    """What would be sent of this report now."""
    told = [Told(key, None, "would be sent") for key in _due(box, report)]
    return told + _stuck(box, report)


def deliver_reports(box: Outbox, reports: Iterable[Report]) -> Iterator[list[Told]]:
    """Send what is due, report by report; a fault of one keeps no other back."""
    waiting = [(report, _due(box, report)) for report in reports]
    yield from (told for report, _ in waiting if (told := _stuck(box, report)))
    due = {report.view.customer.id: keys for report, keys in waiting if keys}
    for report, contents in printed([report for report, keys in waiting if keys], _formats(box.settings)):
        files = _files(report, contents)
        yield [_delivered(box, report, files, key) for key in due[report.view.customer.id]]


def _due(box: Outbox, report: Report) -> list[DeliveryKey]:
    """The deliveries of this report that are neither made nor another process's, and worth a mail."""
    settings, customer, run = box.settings, report.view.customer, report.run
    mail = [name for name, channel in (("smtp", settings.smtp), ("spool", settings.spool)) if channel]
    keys = [DeliveryKey(customer.id, run, name, address) for name in mail for address in customer.recipients]
    keys = [key for key in keys if _worth(box, report, key)]
    if settings.s3:
        keys.append(DeliveryKey(customer.id, run, "s3", settings.s3.bucket))
    begun = {one.key: one for one in box.store.deliveries(customer.id, run)}
    ended = {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SENDING}
    return [key for key in keys if key not in begun or begun[key].state not in ended]


def _worth(box: Outbox, report: Report, key: DeliveryKey) -> bool:
    last = box.store.last_sent(key.customer, key.channel, key.recipient)
    if last is None or worth_telling(report):
        return True
    days = box.settings.mail.at_least_every_days if box.settings.mail else 0
    return now() - last >= timedelta(days=days)


def _stuck(box: Outbox, report: Report) -> list[Told]:
    """What somebody has to look at, said every time until somebody has."""
    customer = report.view.customer
    stuck = {DeliveryState.FAILED, DeliveryState.SENDING}
    begun = box.store.deliveries(customer.id, report.run)
    told = [Told(one.key, one.state, f"{one.note} (--resend sends it again)") for one in begun if one.state in stuck]
    if not customer.recipients and (box.settings.smtp or box.settings.spool):
        key = DeliveryKey(customer.id, report.run, "mail", "")
        told.append(Told(key, None, "no contact is registered: add `contact:` to the inventory and audit again"))
    return told


def _formats(settings: DeliverySettings) -> list[str]:
    mail = settings.mail.attach if settings.mail and (settings.smtp or settings.spool) else ()
    return list(dict.fromkeys([*mail, *(settings.s3.formats if settings.s3 else ())]))


def _files(report: Report, contents: Mapping[str, bytes | Failure]) -> dict[str, bytes]:
    """The files by format; one that cannot be made is said, and the others are sent."""
    made: dict[str, bytes] = {}
    for kind, content in contents.items():
        if isinstance(content, Failure):
            note(f"posture: {report.view.customer.id}: {content.message}")
        else:
            made[kind] = content
    return made


def _delivered(box: Outbox, report: Report, files: Mapping[str, bytes], key: DeliveryKey) -> Told:
    claimed = box.store.claim_delivery(key, now())
    if claimed is None:
        return Told(key, DeliveryState.WAITING, "another process is at it, or its next try is later")
    try:
        ended: Taken | Refused | TryLater | Unknown = _sent(box, report, files, claimed)
    except (Refused, TryLater, Unknown) as error:
        ended = error
    kept = after(replace(claimed, digest=_digest(files)), ended, now())
    box.store.save_delivery(kept)
    return Told(key, kept.state, kept.note)


def _sent(box: Outbox, report: Report, files: Mapping[str, bytes], claimed: Delivery) -> Taken:
    key, settings = claimed.key, box.settings
    if key.channel == "s3" and settings.s3:
        from posture.deliver.s3 import put  # noqa: PLC0415 - the AWS SDK takes half a second to load

        return put(sealed(report, _named(key, files, settings.s3.formats), box.key), key, settings.s3)
    if settings.mail is None:
        raise Refused("the settings have no table [mail]")
    attached = _named(key, files, settings.mail.attach)
    made = message(letter(report, tuple(attached)), sealed(report, attached, box.key), key, settings.mail)
    if key.channel == "spool" and settings.spool:
        from posture.deliver.spool import lay_down  # noqa: PLC0415 - one channel is used, not all

        return lay_down(made, key, settings.spool.folder)
    if settings.smtp is None:
        raise Refused(f"the settings have no table [{key.channel}]")
    from posture.deliver.smtp import Envelope, send  # noqa: PLC0415 - as above

    envelope = Envelope(settings.mail.sender, key.recipient, made)
    return send(envelope, settings.smtp, box.password, lambda: _leaving(box, claimed))


def _leaving(box: Outbox, claimed: Delivery) -> None:
    """Written down before the first byte: a process that dies now leaves a delivery that nobody sends again."""
    box.store.save_delivery(replace(claimed, state=DeliveryState.SENDING, note="the process ended while it was sent"))


def _named(key: DeliveryKey, files: Mapping[str, bytes], formats: Iterable[str]) -> dict[str, bytes]:
    return {f"{key.customer}.{kind}": files[kind] for kind in formats if kind in files}


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for kind, content in sorted(files.items()):
        whole.update(kind.encode() + b"\0" + hashlib.sha256(content).digest())
    return whole.hexdigest()
