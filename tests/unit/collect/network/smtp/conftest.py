"""A dialogue with a server on another machine, as a look at a host or a domain has it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mail_lab
import pytest

from posture.collect.network.identity import Identity
from posture.collect.network.smtp.dialogue import Wanted, speak
from posture.collect.network.target import Target
from posture.collect.scope import never_revoked
from posture.facts.email.servers import MailServer

AUDITOR = Identity("Coma Cloud", "security@auditor.example")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def dialogue(make_gate) -> Callable[..., MailServer]:
    """What is known of a server after it was spoken to as the exchanger of bakery.example."""

    def have(address: str, port: int, identity: Identity = AUDITOR, revoked=never_revoked, **wanted) -> MailServer:
        gate = make_gate("127.0.0.0/8", "198.51.100.0/24", revoked=revoked)
        target = Target(gate, address, now, now() + timedelta(minutes=2), (), identity)
        asked = Wanted(port, **{"domains": ("bakery.example",), "exchanger_of": "bakery.example"} | wanted)
        return speak(target, asked, MailServer(address, port))[0]

    return have


@pytest.fixture(scope="module")
def mail_room() -> Iterator[mail_lab.MailRoom]:
    folder = Path(tempfile.mkdtemp(prefix="posture-mail-"))
    folder.chmod(0o755)  # servers that gave up root go through it
    try:
        with mail_lab.mail_room(folder) as room:
            yield room
    finally:
        shutil.rmtree(folder)
