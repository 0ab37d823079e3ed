"""What the TLS policies of Elastic Load Balancing accept, by their names.

Sources: Elastic Load Balancing, "Security policies for your Application Load Balancer", "... Network Load Balancer",
"Predefined SSL security policies for Classic Load Balancers".
"""

from __future__ import annotations

import re

OLD = ("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1")
_NAME = re.compile(r"ELBSecurityPolicy-(?P<rest>.+)")
_FROM = re.compile(r"TLS13-1-(?P<minor>[0-3])(-.+)?")  # the lowest version is in the name, with whatever follows
_BOTH = OLD[2:]
_BY_NAME: dict[str, tuple[str, ...]] = {
    "2011-08": OLD[1:], "2014-01": OLD[1:], "2014-10": _BOTH, "2015-02": _BOTH, "2015-03": _BOTH, "2015-05": _BOTH,
    "2016-08": _BOTH, "TLS-1-0-2015-04": _BOTH, "FS-2018-06": _BOTH, "TLS-1-1-2017-01": OLD[3:],
    "FS-1-1-2019-08": OLD[3:], "TLS-1-2-2017-01": (), "TLS-1-2-Ext-2018-06": (), "FS-1-2-2019-08": (),
    "FS-1-2-Res-2019-08": (), "FS-1-2-Res-2020-10": (),
}  # fmt: skip
_OF_CLASSIC = {"SSLv2": OLD[0], "SSLv3": OLD[1], "TLSv1": OLD[2], "TLSv1.1": OLD[3]}


def outdated(policy: str) -> tuple[str, ...] | None:
    """The outdated versions that a policy of AWS accepts; None where its name is not known."""
    name = _NAME.fullmatch(policy)
    if name is None:
        return None
    newer = _FROM.fullmatch(name["rest"])
    return OLD[2 + int(newer["minor"]) :] if newer else _BY_NAME.get(name["rest"])


def outdated_of(versions: tuple[str, ...]) -> tuple[str, ...]:
    """The outdated ones among the versions of a classic load balancer's custom policy (``TLSv1``)."""
    return tuple(told for name, told in _OF_CLASSIC.items() if name in versions)
