"""Names in certificates, where no port was seen."""

from __future__ import annotations

from datetime import UTC, datetime

from posture.engine.derive import _names
from posture.facts.services import Services
from posture.facts.tls_names import TlsNames
from posture.facts.unavailable import Unavailable

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
NONE = TlsNames("198.51.100.2", (), AT)


def test_a_host_that_keeps_silent_has_no_names_to_be_sure_of():
    """No certificate seen is none only where ports were."""
    dark = Services((), "no port answered", AT, "", outside_seen=False, host="web1")
    lit = Services((), "", AT, "", outside_seen=True, host="web1")
    assert isinstance(_names(NONE, dark), Unavailable)
    assert isinstance(_names(NONE, Unavailable("down")), Unavailable)
    assert _names(NONE, lit) == NONE
