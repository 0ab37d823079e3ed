from __future__ import annotations

from checks.aws import unseen
from checks.aws_logins import as_of, might, powers_of_users
from checks.wording import count
from posture.sdk import (
    AwsLogin,
    AwsMfaDevice,
    AwsMfaDevices,
    AwsMfaKind,
    AwsPowers,
    CredentialReport,
    Evidence,
    Iterator,
    Level,
    PrincipalPower,
    Severity,
    Verdict,
    check,
    fail,
    not_applicable,
    not_assessed,
    passed,
)

_WORDS = {
    AwsMfaKind.VIRTUAL: "codes of an app",
    AwsMfaKind.HARDWARE_CODES: "codes of a device",
    AwsMfaKind.SMS: "codes by text message",
}


@check(
    "mfa.aws-admin-mfa-phishable",
    title="An administrator of the AWS account signs in with codes that a false page can take",
    clause="4.2",
    severity=Severity.LOW,
    controls=(
        "cis@8.1:6.5",
        "iso27001@2022:A.8.5",
        "nist-csf@2.0:PR.AA-03",
        "nist-800-53@5:IA-2(1)", "nist-800-53@5:IA-2(2)",
        "nis2@2022:21(2)(j)",
        "nis2-annex@2024:11.7.1",
        "pci-dss@4.0.1:8.4.1",
        "soc2@2017:CC6.1",
        "bsi-c5@2020:IDM-09",
        "bsi-grundschutz@2023:ORP.4.A21",
    ),
)  # fmt: skip
def aws_admin_mfa_phishable(report: CredentialReport, devices: AwsMfaDevices, powers: AwsPowers) -> Iterator[Verdict]:
    """A user who rules the account, or can come to rule it, has a second factor that is a code to be typed in.

    Codes of an app, of a device or of a text message are typed into whatever page asks for them, a false one too;
    passkeys and security keys answer AWS's page alone. Judged are users with a password and a second factor; those
    without one are another finding. One device with codes is enough, for any of a user's devices lets him in.

    It is wrong where codes are needed because a program asks for them (the API takes no passkey): accept it then.
    """
    rulers = {name: power for name, power in powers_of_users(powers).items() if power.level is not Level.LIMITED}
    admins = [login for login in report.users if login.console and login.name in rulers]
    left = (*report.gaps, *powers.gaps)  # a user whose virtual device was not listed was asked about alone
    judged = good = 0
    for login in admins:
        own = [device for device in devices.devices if device.user == login.name]
        if not login.mfa and not own:
            continue
        judged += 1
        verdict = _judged(login, own, devices, rulers[login.name])
        good += verdict is None
        if verdict:
            yield verdict
    yield from unseen(left)
    if left or judged > good:
        return
    if judged:
        yield passed(f"{count(judged, 'administrator')} sign in with a passkey or security key, {as_of(report)}")
    else:
        yield not_applicable(f"No user who rules the account has a password and a second factor, {as_of(report)}")


def _judged(
    login: AwsLogin, own: list[AwsMfaDevice], devices: AwsMfaDevices, power: PrincipalPower
) -> Verdict | None:  # fmt: skip
    """The failure, or why it is not known; None where all his devices are good ones."""
    typed = [device for device in own if device.kind in _WORDS]
    if typed:
        kinds = " and ".join(dict.fromkeys(_WORDS[device.kind] for device in typed))
        seen = "\n".join(f"{device.kind.value} {device.serial}" for device in typed)
        return fail(
            f"{login.name}, who {might(power.level)}, signs in with {kinds}",
            subject=login.name,
            evidence=[Evidence("IAM MFA devices", seen, devices.observed)],
            user=login.name,
            kinds=kinds,
            serials=tuple(device.serial for device in typed),
        )
    if own and all(device.kind is AwsMfaKind.SECURITY_KEY for device in own):
        return None
    gaps = [str(gap) for gap in devices.gaps if gap.about == login.name]
    why = gaps[0] if gaps else "AWS did not tell a device of a kind that is known"
    return not_assessed(f"Which second factor {login.name} has is not known: {why}", subject=login.name)
