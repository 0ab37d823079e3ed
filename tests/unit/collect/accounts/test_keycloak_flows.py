"""Flows of Keycloak: which let somebody in without a second factor, by the rules of its administration guide."""

from __future__ import annotations

import pytest

from posture.collect.accounts.keycloak_flow import required_by


def step(level: int, requirement: str, what: str) -> dict[str, object]:
    """An execution; a subflow where the name has a capital."""
    flow = what[0].isupper()
    return {"level": level, "requirement": requirement, "displayName": what} | (
        {"authenticationFlow": True} if flow else {"providerId": what}
    )


COOKIE, FORMS = step(0, "ALTERNATIVE", "auth-cookie"), step(0, "ALTERNATIVE", "Forms")
PASSWORD = step(1, "REQUIRED", "auth-username-password-form")


@pytest.mark.parametrize(
    ("executions", "required"),
    [
        ([COOKIE, FORMS, PASSWORD], False),
        ([COOKIE, FORMS, PASSWORD, step(1, "REQUIRED", "auth-otp-form")], True),
        ([COOKIE, FORMS, PASSWORD, step(1, "DISABLED", "auth-otp-form")], False),
        ([COOKIE, FORMS, PASSWORD, step(1, "ALTERNATIVE", "auth-otp-form")], False),
        (
            [COOKIE, FORMS, PASSWORD, step(1, "CONDITIONAL", "Otp"), step(2, "REQUIRED", "conditional-user-configured"),
             step(2, "REQUIRED", "auth-otp-form")],
            False,
        ),
        (
            [COOKIE, FORMS, PASSWORD, step(1, "CONDITIONAL", "Otp"), step(2, "REQUIRED", "conditional-user-role"),
             step(2, "REQUIRED", "auth-otp-form")],
            None,
        ),
        (
            [COOKIE, FORMS, PASSWORD, step(1, "CONDITIONAL", "Otp"), step(2, "DISABLED", "conditional-user-configured"),
             step(2, "REQUIRED", "auth-otp-form")],
            True,
        ),
        (
            [COOKIE, FORMS, PASSWORD, step(1, "REQUIRED", "Second"), step(2, "ALTERNATIVE", "auth-otp-form"),
             step(2, "ALTERNATIVE", "webauthn-authenticator")],
            True,
        ),
        (
            [COOKIE, FORMS, PASSWORD, step(1, "REQUIRED", "Second"), step(2, "ALTERNATIVE", "auth-otp-form"),
             step(2, "ALTERNATIVE", "auth-password-form")],
            False,
        ),
        ([COOKIE, step(0, "ALTERNATIVE", "auth-spnego"), FORMS, PASSWORD, step(1, "REQUIRED", "auth-otp-form")], False),
        ([COOKIE, FORMS, step(1, "REQUIRED", "webauthn-authenticator-passwordless")], True),
        ([COOKIE, FORMS, PASSWORD, step(1, "REQUIRED", "a-provider-of-ones-own")], None),
        ([COOKIE, step(0, "ALTERNATIVE", "identity-provider-redirector")], None),
        ([], None),
        ("nonsense", None),
        ([step(3, "REQUIRED", "auth-otp-form")], None),
    ],
)  # fmt: skip
def test_a_flow(executions, required):
    """Required with a known factor; open where a way is left out, unknown where it cannot be told."""
    assert required_by(executions) is required
