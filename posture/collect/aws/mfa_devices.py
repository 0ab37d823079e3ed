"""Which second factors the users of an AWS account and root have.

Source: IAM User Guide, "IAM identifiers" and "MFA in IAM": a virtual device has a serial number ``…:mfa/NAME``, a
security key or passkey ``…:u2f/…``, a code by text message ``…:sms-mfa/…``; a device that shows codes has its own
number, which is no ARN. ListVirtualMFADevices has root's, ListMFADevices has not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from posture.collect.aws.api import Call
from posture.collect.aws.asked import Asked
from posture.collect.aws.credential_report import ROOT
from posture.facts.aws.gap import Gap
from posture.facts.aws.logins import AwsLogin, AwsMfaDevice, AwsMfaDevices, AwsMfaKind
from posture.model.text import visible

_VIRTUAL = Call("iam", "ListVirtualMFADevices", {"AssignmentStatus": "Assigned"})
_ARN = re.compile(r"arn:[^:]*:iam::[0-9]*:([a-z0-9-]+)/")
_KINDS = {"mfa": AwsMfaKind.VIRTUAL, "u2f": AwsMfaKind.SECURITY_KEY, "sms-mfa": AwsMfaKind.SMS}
_ROOTS = re.compile(r"arn:[^:]*:iam::[0-9]*:mfa/root-account-mfa-device")


def mfa_devices(asked: Asked, users: Sequence[AwsLogin]) -> AwsMfaDevices:
    """All virtual devices, and the devices of those among `users` who have a second factor and no virtual one."""
    virtual = asked.api.listing(_VIRTUAL, "VirtualMFADevices")
    devices = [_device(one, _owner(one)) for one in virtual.items if _owner(one)]
    known = {device.user for device in devices}
    others = [user.name for user in users if user.mfa and user.name not in known]
    answers, gaps = asked.api.each(lambda name: _of(asked, name), others)
    every = (*devices, *(device for found, _ in answers for device in found))
    return AwsMfaDevices(every, (*virtual.gaps, *gaps, *(gap for _, some in answers for gap in some)), asked.at)


def _of(asked: Asked, user: str) -> tuple[list[AwsMfaDevice], tuple[Gap, ...]]:
    """A user's devices; none where he was deleted since the report was written."""
    call = Call("iam", "ListMFADevices", {"UserName": user}, about=user, absent=("NoSuchEntity",))
    items: Iterable[Mapping[str, Any]]
    items, gaps = asked.api.listing(call, "MFADevices")
    return [_device(one, user) for one in items], gaps


def _owner(one: Mapping[str, Any]) -> str:
    user = one.get("User") or {}
    if _ROOTS.fullmatch(str(one.get("SerialNumber"))) or str(user.get("Arn", "")).endswith(":root"):
        return ROOT
    return visible(str(user.get("UserName") or ""), 200)


def _device(one: Mapping[str, Any], user: str) -> AwsMfaDevice:
    serial, enrolled = str(one.get("SerialNumber") or ""), one.get("EnableDate")
    moment = enrolled.astimezone(UTC) if isinstance(enrolled, datetime) else None
    return AwsMfaDevice(user, kind_of(serial), visible(serial, 300), moment)


def kind_of(serial: str) -> AwsMfaKind:
    """What a device with this serial number is."""
    if found := _ARN.match(serial):
        return _KINDS.get(found[1], AwsMfaKind.UNKNOWN)
    return AwsMfaKind.HARDWARE_CODES if serial else AwsMfaKind.UNKNOWN
