"""Credential report, devices, root, rules for passwords: recorded shapes, since moto has none or others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_answers import Answers, asked
from aws_server import AwsServer, account_api

from posture.collect.aws import credential_report
from posture.collect.aws.errors import Unanswered
from posture.collect.aws.logins import (
    read_account_summary,
    read_credentials,
    read_organization_features,
    read_password_policy,
)
from posture.collect.aws.mfa_devices import kind_of
from posture.facts.aws.gap import Why
from posture.facts.aws.logins import (
    AwsAccessKey,
    AwsAccountSummary,
    AwsLogin,
    AwsMfaDevices,
    AwsMfaKind,
    AwsOrganizationFeatures,
    AwsPasswordPolicy,
    CredentialReport,
)
from posture.facts.unavailable import Unavailable

ARN = "arn:aws:iam::111122223333"
MADE = "2024-05-03T09:00:00+00:00"
GENERATED = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)
NO_KEY = "false,N/A,N/A,N/A,N/A"
KEY = f"true,{MADE},2026-11-01T10:00:00+00:00,eu-central-1,s3"
UNUSED = f"true,{MADE},N/A,N/A,N/A"
OLD_ROOT = (  # as recorded in 2016; later ones say true or false
    f"<root_account>,{ARN}:root,{MADE},not_supported,no_information,not_supported,not_supported,false,{NO_KEY},{NO_KEY},"
    "false,N/A,false,N/A"
)
ROOT = OLD_ROOT.replace(f"{MADE},not_supported", f"{MADE},true")


def user(name: str, *, password: str = "true", mfa: str = "false", keys: str = f"{NO_KEY},{NO_KEY}") -> str:
    used = "2026-10-01T08:00:00+00:00" if password == "true" else "N/A"
    return f"{name},{ARN}:user/{name},{MADE},{password},{used},{MADE},N/A,{mfa},{keys},true,{MADE},false,N/A"


def written(*rows: str, header: str = HEADER) -> Mapping[str, Any]:
    content = "\n".join((header, *rows)).encode()
    return {"Content": content, "ReportFormat": "text/csv", "GeneratedTime": GENERATED}


def answers(report: Any, **more: Any) -> Answers:
    return Answers(
        {
            "iam:GenerateCredentialReport": {"State": "COMPLETE"},
            "iam:GetCredentialReport": report,
            "iam:ListVirtualMFADevices": {"VirtualMFADevices": []},
            **{f"iam:{name}": value for name, value in more.items()},
        }
    )


def read(source: Answers) -> tuple[CredentialReport, AwsMfaDevices]:
    facts = read_credentials(asked(source))
    return facts[CredentialReport], facts[AwsMfaDevices]


def test_every_column_becomes_a_fact():
    """Passwords, second factors, keys with their last use, certificates; when AWS wrote the report."""
    report, _ = read(answers(written(ROOT, user("alex", keys=f"{KEY},{UNUSED}"), user("job", password="false"))))
    alex, job = report.users
    moment = datetime(2024, 5, 3, 9, tzinfo=UTC)
    assert alex == AwsLogin(
        name="alex",
        arn=f"{ARN}:user/alex",
        created=moment,
        console=True,
        mfa=False,
        password_used=datetime(2026, 10, 1, 8, tzinfo=UTC),
        password_changed=moment,
        keys=(
            AwsAccessKey(1, True, moment, datetime(2026, 11, 1, 10, tzinfo=UTC), "eu-central-1", "s3"),
            AwsAccessKey(2, True, moment, None),
        ),
        certificates=1,
    )
    assert (job.console, job.keys, report.generated, report.gaps) == (False, (), GENERATED, ())


@pytest.mark.parametrize(("row", "console"), [(OLD_ROOT, None), (ROOT, True)])
def test_root_has_a_row_of_its_own(row: str, console: bool | None):
    """Root is no user, and what AWS does not support for it is not known."""
    report, _ = read(answers(written(row)))
    assert report.root is not None
    assert (report.root.console, report.root.mfa, report.users) == (console, False, ())


def test_columns_are_found_by_name():
    """AWS adds columns; they may stand anywhere."""
    header = f"additional,{HEADER},more"
    report, _ = read(answers(written(f"x,{user('alex', mfa='TRUE')},y", header=header)))
    assert [(one.name, one.console, one.mfa) for one in report.users] == [("alex", True, True)]


def test_a_report_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    """AWS takes a while, and says so in two ways."""
    pauses: list[float] = []
    monkeypatch.setattr(credential_report.time, "sleep", pauses.append)
    slow = [Answers.refused("ReportInProgress", 404), Answers.refused("ReportNotPresent", 410), written(user("alex"))]
    report, _ = read(answers(slow))
    assert (len(report.users), pauses) == (1, [0.5, 1.0])


def test_a_report_that_never_comes_is_told_and_the_devices_are_there(monkeypatch: pytest.MonkeyPatch):
    """The wait ends; root's virtual device is known all the same."""
    monkeypatch.setattr(credential_report.time, "sleep", lambda _: None)
    device = {"SerialNumber": f"{ARN}:mfa/root-account-mfa-device", "User": {"Arn": f"{ARN}:root"}}
    never = answers(Answers.refused("ReportInProgress", 404), ListVirtualMFADevices={"VirtualMFADevices": [device]})
    report, devices = read(never)
    assert isinstance(report, Unavailable)
    assert "iam:GetCredentialReport" in report.reason
    assert [(one.user, one.kind) for one in devices.devices] == [("<root_account>", AwsMfaKind.VIRTUAL)]


@pytest.mark.parametrize(
    ("report", "left"),
    [
        (written("alex,x", header="user,arn"), None),
        (written(header=""), None),
        ({"GeneratedTime": GENERATED}, None),
        ({"Content": b"\xff\xfe\x00"}, None),
        (Answers.refused(), None),
        (written(user("alex"), "bob"), 1),
        (written(user("alex"), user("bob", mfa="perhaps")), 1),
        (written(user("alex"), user("bob", password="")), 1),
        (written(user("alex"), user("bob", keys=f"{NO_KEY},{KEY.replace('true', 'perhaps')}")), 1),
    ],
)
def test_a_report_that_is_cut_or_garbled_is_told(report: Any, left: int | None):
    """Nobody is taken for safe whose row was not understood."""
    told, _ = read(answers(report))
    if left is None:
        assert isinstance(told, Unavailable)
    else:
        assert (len(told.users), [gap.why for gap in told.gaps]) == (left, [Why.FAULT])


def test_a_report_longer_than_is_read_is_told(monkeypatch: pytest.MonkeyPatch):
    """The users beyond are not taken for nobody."""
    monkeypatch.setattr(credential_report, "MOST_ROWS", 2)
    report, _ = read(answers(written(*(user(f"u{number}") for number in range(3)))))
    assert (len(report.users), [gap.why for gap in report.gaps]) == (2, [Why.LIMIT])


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        (f"{ARN}:mfa/alex", AwsMfaKind.VIRTUAL),
        (f"{ARN}:mfa/division/alex", AwsMfaKind.VIRTUAL),
        (f"{ARN}:u2f/user/alex/laptop-K5LE35LVMZ6XS5ZFAWN5ZTQVPI", AwsMfaKind.SECURITY_KEY),
        ("arn:aws-cn:iam::111122223333:u2f/user/alex/k", AwsMfaKind.SECURITY_KEY),
        (f"{ARN}:sms-mfa/alex", AwsMfaKind.SMS),
        ("GAHT12345678", AwsMfaKind.HARDWARE_CODES),
        (f"{ARN}:quantum/alex", AwsMfaKind.UNKNOWN),
        ("", AwsMfaKind.UNKNOWN),
    ],
)
def test_the_serial_number_tells_the_kind(serial: str, kind: AwsMfaKind):
    """Only a passkey or security key has u2f in it."""
    assert kind_of(serial) is kind


def test_only_users_with_mfa_and_no_virtual_device_are_asked_about():
    """One question for all virtual devices, one for each of the few others; a user deleted since has none."""
    rows = [user("app", mfa="true"), user("key", mfa="true"), user("gone", mfa="true"), user("none")]
    virtual = {"SerialNumber": f"{ARN}:mfa/app", "User": {"UserName": "app", "Arn": f"{ARN}:user/app"}}
    own = {"SerialNumber": f"{ARN}:u2f/user/key/k", "UserName": "key", "EnableDate": GENERATED}

    def of(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        gone = parameters["UserName"] == "gone"
        return Answers.refused("NoSuchEntity", 404) if gone else {"MFADevices": [own], "IsTruncated": False}

    source = answers(written(*rows), ListVirtualMFADevices={"VirtualMFADevices": [virtual]}, ListMFADevices=of)
    _, devices = read(source)
    assert {(one.user, one.kind) for one in devices.devices} == {
        ("app", AwsMfaKind.VIRTUAL),
        ("key", AwsMfaKind.SECURITY_KEY),
    }
    assert (source.count("iam:ListMFADevices"), devices.gaps) == (2, ())


def test_a_refused_question_about_one_user_is_about_him():
    """The others' devices are known."""
    source = answers(written(user("alex", mfa="true")))
    _, devices = read(source)
    assert [(gap.action, gap.about) for gap in devices.gaps] == [("iam:ListMFADevices", "alex")]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountPasswordPresent": 1}, (True, False, True)),
        ({"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 2}, (False, True, None)),
        ({"Users": 3}, (None, None, None)),
    ],
)
def test_what_the_summary_says_of_root(told: Mapping[str, int], expected: tuple[bool | None, ...]):
    """What it leaves out is not taken for no."""
    fact = read_account_summary(asked(Answers({"iam:GetAccountSummary": {"SummaryMap": told}})))[AwsAccountSummary]
    assert (fact.root_mfa, fact.root_keys, fact.root_password) == expected


def test_an_answer_without_a_summary_is_none():
    """It would say that root has no key."""
    with pytest.raises(Unanswered, match="GetAccountSummary"):
        read_account_summary(asked(Answers({"iam:GetAccountSummary": {}})))


def test_rules_for_passwords(aws_server: AwsServer):
    """None are AWS's own, and those that are there are read."""
    number = "100000000102"
    none = read_password_policy(asked(account_api(number)))[AwsPasswordPolicy]
    assert (none.exists, none.length) == (False, 8)
    aws_server.client("iam", number).update_account_password_policy(
        MinimumPasswordLength=16, PasswordReusePrevention=24, RequireSymbols=True, MaxPasswordAge=90
    )
    some = read_password_policy(asked(account_api(number)))[AwsPasswordPolicy]
    assert (some.exists, some.length, some.remembered, some.symbols, some.days) == (True, 16, 24, True, 90)
    aws_server.faults(denied=["iam:GetAccountPasswordPolicy"])
    with pytest.raises(Unanswered):
        read_password_policy(asked(account_api(number)))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"OrganizationId": "o-1", "EnabledFeatures": ["RootCredentialsManagement"]}, ("RootCredentialsManagement",)),
        (Answers.refused("AccountNotManagementOrDelegatedAdministratorException", 400), ()),
        (Answers.refused("OrganizationNotFoundException", 404), ()),
    ],
)
def test_an_organization_that_manages_root_credentials(answer: Mapping[str, Any], expected: tuple[str, ...]):
    """An account that is no manager has none, which is no fault."""
    source = Answers({"iam:ListOrganizationsFeatures": answer})
    assert read_organization_features(asked(source))[AwsOrganizationFeatures].enabled == expected


def test_users_of_a_server(aws_server: AwsServer):
    """On a server: who has a password, a device, a key."""
    number = "100000000103"
    iam = aws_server.client("iam", number)
    for name in ("app", "code", "job"):
        iam.create_user(UserName=name)
    iam.create_login_profile(UserName="app", Password="Aa1!" + "x" * 12)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="app")["VirtualMFADevice"]["SerialNumber"]
    for name, serial in (("app", made), ("code", "GAHT00000001")):
        iam.enable_mfa_device(
            UserName=name, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321"
        )
    iam.create_access_key(UserName="job")
    facts = read_credentials(asked(account_api(number)))
    logins = {one.name: (one.console, one.mfa, len(one.keys)) for one in facts[CredentialReport].users}
    assert logins == {"app": (True, True, 0), "code": (False, True, 0), "job": (False, False, 1)}
    assert {(one.user, one.kind) for one in facts[AwsMfaDevices].devices} == {
        ("app", AwsMfaKind.VIRTUAL),
        ("code", AwsMfaKind.HARDWARE_CODES),
    }
