"""Stacks, lists of methods, keys and accounts: when two factors are demanded, of whom, and what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typical_pam import ALPINE, DEBIAN, GOOGLE, RHEL, RHEL_LOCKS, UBUNTU, stack
from typical_ssh import authorities

from checks.mfa.pam_modules import CODE, PASSWORD, UNKNOWN, ways_through
from checks.mfa.ssh_password_login import ssh_password_login
from checks.mfa.ssh_second_factor import ssh_second_factor
from posture.sdk import Account, Outcome, Password, Principals, Severity, Unavailable

FAIL, PASS, UNSURE = Outcome.FAIL, Outcome.PASS, Outcome.NOT_ASSESSED
BOTH = {"authenticationmethods": "publickey,keyboard-interactive:pam", "kbdinteractiveauthentication": "yes"}
DIALOGUE = {"passwordauthentication": "no", "kbdinteractiveauthentication": "yes"}
KEYS_ONLY = {"passwordauthentication": "no", "kbdinteractiveauthentication": "no"}
WITH_PASSWORD = f"@include common-auth\n{GOOGLE}\n"
OATH = "pam_oath.so usersfile=/etc/users.oath"
ALEX = Account("alex", 1000, "/bin/sh", "/home/alex", True, True, Password.SET, groups=("alex", "sudo"))
SK = {"type": "sk-ssh-ed25519@openssh.com"}


def skipping(module: str) -> str:
    """A stack in which the code is not asked of whom the module lets through."""
    return f"auth [success=1 default=ignore] {module}\n{GOOGLE}\nauth required pam_unix.so\n"


@pytest.fixture
def judge(server, accounts, account, keys, key, only):
    """The verdict on alex: a context, the stack, the options of his keys (None: no key)."""

    def verdict(context, pam, *lines, alex=None, certificates=None, **changes):
        own = [
            replace(key(account="alex", uid=1000, path="/home/alex/.ssh/authorized_keys", line=n), **line)
            for n, line in enumerate(lines, 1)
        ]
        people = accounts(alex or account(groups=("alex", "sudo")))
        facts = (server(context), people, keys(*own, **changes), certificates or authorities(), pam)
        return only(ssh_second_factor, *facts)

    return verdict


def required(pam, account=ALEX):
    """The least that is proven on the ways through a stack, each case once."""
    found = ways_through(pam, account)
    return found if isinstance(found, str) else {frozenset(ways) for _, ways in found}


@pytest.mark.parametrize(
    "files", [DEBIAN, UBUNTU, RHEL, RHEL_LOCKS, ALPINE], ids=["debian", "ubuntu", "rhel", "locks", "alpine"]
)
def test_what_distributions_ship_asks_for_a_password(files) -> None:
    assert required(stack(files)) == {frozenset({frozenset({PASSWORD})})}


@pytest.mark.parametrize(
    ("auth", "enrolled", "wanted"),
    [
        (WITH_PASSWORD, None, {(PASSWORD, CODE)}),
        (f"{GOOGLE}\n@include common-auth\n", True, {(PASSWORD, CODE)}),
        (f"@include common-auth\n{GOOGLE} nullok\n", True, {(PASSWORD, CODE)}),
        (f"@include common-auth\n{GOOGLE} nullok\n", False, {(PASSWORD,)}),
        (f"{GOOGLE}\n", True, {(CODE,)}),
        ("auth sufficient pam_unix.so\n" + GOOGLE, True, {(PASSWORD,), (CODE,)}),
        ("auth sufficient pam_google_authenticator.so\nauth required pam_unix.so\n", True, {(PASSWORD,), (CODE,)}),
        ("auth required pam_unix.so\nauth optional pam_google_authenticator.so\n", True, {(PASSWORD,)}),
        ("auth sufficient pam_rootok.so\n" + WITH_PASSWORD, True, {()}),
        ("auth required pam_permit.so\n", None, {()}),
        (skipping("pam_succeed_if.so user ingroup sudo"),
         True, {(PASSWORD,)}),
        (skipping("pam_succeed_if.so user ingroup nomfa"),
         True, {(PASSWORD, CODE)}),
        (skipping("pam_succeed_if.so quiet uid >= 2000"),
         True, {(PASSWORD, CODE)}),
    ],
)  # fmt: skip
def test_what_a_stack_demands_of_alex(auth, enrolled, wanted) -> None:
    """By order, control, enrolment and exemption."""
    assert required(stack(auth, enrolled={"alex": enrolled})) == {frozenset(map(frozenset, wanted))}


@pytest.mark.parametrize(
    "auth",
    [
        f"@include common-auth\n{GOOGLE} nullok\n",
        f"@include common-auth\nauth [success=ok user_unknown=ignore default=die] {OATH}\n",
        skipping("pam_access.so accessfile=/etc/security/lan.conf"),
        skipping("pam_succeed_if.so rhost = 192.0.2.7"),
        "@include common-auth\nauth required pam_radius_auth.so\n",
        "@include common-auth\nauth required pam_duo.so\n",
    ],
)
def test_what_is_not_seen_leaves_several_cases(auth) -> None:
    """One with and one without a second thing that is proven: never a pass, never a failure."""
    groups = ("D\tpam_duo.groups\tyes",) if "duo" in auth else ()
    cases = required(stack(auth, *groups))
    assert any(frozenset({PASSWORD}) in case for case in cases)
    assert any(frozenset({PASSWORD}) not in case for case in cases)


@pytest.mark.parametrize(
    ("options", "auth", "outcome"),
    [
        (BOTH, f"{GOOGLE}\n", PASS),
        (BOTH, WITH_PASSWORD, PASS),
        (BOTH, "@include common-auth\n", PASS),  # a key and a password
        ({}, WITH_PASSWORD, FAIL),  # the key is enough: PAM is not asked
        ({**BOTH, "authenticationmethods": "any"}, WITH_PASSWORD, FAIL),
        ({"authenticationmethods": "publickey"}, WITH_PASSWORD, FAIL),
        ({"authenticationmethods": "publickey,publickey"}, WITH_PASSWORD, FAIL),
        ({"authenticationmethods": "publickey,password"}, "@include common-auth\n", PASS),
        ({"authenticationmethods": "publickey,password publickey"}, "@include common-auth\n", FAIL),
        ({**BOTH, "kbdinteractiveauthentication": "no"}, WITH_PASSWORD, PASS),  # nobody gets in
        ({**BOTH, "authenticationmethods": "keyboard-interactive"}, WITH_PASSWORD, PASS),
        ({**BOTH, "authenticationmethods": "keyboard-interactive"}, f"{GOOGLE}\n", FAIL),
        ({**BOTH, "authenticationmethods": "password,keyboard-interactive"}, "@include common-auth\n", FAIL),
        ({**BOTH, "usepam": "no"}, WITH_PASSWORD, PASS),  # and nobody gets in
        (BOTH, "auth required pam_radius_auth.so\n", UNSURE),
        (BOTH, "auth required pam_permit.so\n", FAIL),
        ({**BOTH, "pamservicename": "other-sshd"}, WITH_PASSWORD, UNSURE),
        ({**BOTH, "authenticationmethods": "hostbased", "hostbasedauthentication": "yes"}, WITH_PASSWORD, FAIL),
    ],
)
def test_the_lists_of_methods_decide(options, auth, outcome, judge, context) -> None:
    """Every list needs two classes of factors, whatever modules PAM has that nobody asks; alex has one key of two."""
    verdict = judge(context(**options), stack(auth, enrolled={"alex": True}), {}, {"fingerprint": "SHA256:two"})
    assert verdict.outcome is outcome, verdict.summary


@pytest.mark.parametrize(
    ("lines", "options", "outcome"),
    [
        (({},), {}, FAIL),
        ((SK,), {}, FAIL),
        ((SK,), {"pubkeyauthoptions": "touch-required"}, FAIL),
        ((SK,), {"pubkeyauthoptions": "touch-required verify-required"}, PASS),
        (({**SK, "options": (("verify-required", ""),)},), {}, PASS),
        (({**SK, "options": (("verify-required", ""),)}, {}), {}, FAIL),
        (({"options": (("verify-required", ""),)},), {}, FAIL),
        (({**SK, "options": (("verify-required", ""),)}, {}), {"pubkeyacceptedalgorithms": "sk-*"}, PASS),
        (({"dead": "unknown option"},), {}, PASS),
        ((), {}, PASS),
        ((), {"trustedusercakeys": "/etc/ssh/ca.pub"}, FAIL),
        (({"options": (("command", "rrsync"), ("restrict", ""))},), {}, PASS),
        (({"options": (("command", "rrsync"),)}, {}), {}, FAIL),
        (({"options": (("from", "198.51.100.7"),)},), {}, FAIL),
    ],
)
def test_every_usable_key_has_to_ask_for_a_pin(lines, options, outcome, judge, context) -> None:
    """A key that was left over opens the account; one tied to a command is a job's."""
    verdict = judge(context(**KEYS_ONLY, **options), stack(DEBIAN), *lines)
    assert verdict.outcome is outcome, verdict.summary


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"read": ()}, UNSURE),
        ({"unreadable": ("/home/alex/.ssh/authorized_keys",)}, UNSURE),
        ({"unreadable": ("/home/kim/.ssh/authorized_keys",)}, PASS),
        ({"command": "/usr/bin/keys"}, UNSURE),
    ],
)
def test_keys_that_were_not_seen_are_no_pass(changes, outcome, judge, context) -> None:
    assert judge(context(**KEYS_ONLY), stack(DEBIAN), **changes).outcome is outcome


def test_keys_that_were_not_seen_matter_only_where_a_key_is_enough(judge, context) -> None:
    """With a code for every list it is all the same which keys there are."""
    assert judge(context(**BOTH), stack(f"{GOOGLE}\n"), {}, command="/usr/bin/keys").outcome is PASS


@pytest.mark.parametrize(
    ("names", "outcome"),
    [((("admins", ""),), FAIL), ((), PASS)],
)
def test_certificates_count_for_whom_they_name(names, outcome, judge, context) -> None:
    known = authorities(principals=(Principals("alex", "/etc/ssh/principals/alex", names),))
    some = context(**KEYS_ONLY, trustedusercakeys="/etc/ssh/ca.pub", authorizedprincipalsfile="/etc/ssh/principals/%u")
    assert judge(some, stack(DEBIAN), certificates=known).outcome is outcome
    gone = Unavailable("nothing was read")
    assert judge(some, stack(DEBIAN), certificates=gone).outcome is UNSURE


@pytest.mark.parametrize(
    ("enrolled", "outcome"),
    [(True, PASS), (False, FAIL), (None, UNSURE)],
)
def test_nullok_is_judged_by_enrolment(enrolled, outcome, judge, context) -> None:
    """Who is enrolled is asked; who is not gets in with the key alone, and the text says by which line."""
    pam = stack(f"auth required pam_permit.so\n{GOOGLE} nullok\n", enrolled={"alex": enrolled})
    verdict = judge(context(**BOTH), pam, {})
    assert verdict.outcome is outcome
    if enrolled is not True:
        assert "pam_google_authenticator (/etc/pam.d/sshd:2)" in verdict.summary


def test_who_is_exempt_is_said_with_the_line(judge, context) -> None:
    skip = (
        f"auth [success=1 default=ignore] pam_succeed_if.so user ingroup sudo\n{GOOGLE}\nauth required pam_permit.so\n"
    )
    verdict = judge(
        context(**DIALOGUE, authenticationmethods="keyboard-interactive"), stack(skip, enrolled={"alex": True})
    )
    assert verdict.outcome is FAIL
    assert "user ingroup sudo" in verdict.summary
    assert "/etc/pam.d/sshd:1" in verdict.summary


@pytest.mark.parametrize(
    ("methods", "keytab", "outcome"),
    [("any", "no", PASS), ("any", "yes", UNSURE), ("gssapi-with-mic", "yes", FAIL), ("gssapi-with-mic", "no", PASS)],
)
def test_a_ticket_is_one_factor_where_sshd_can_take_one(methods, keytab, outcome, judge, context) -> None:
    pam = replace(stack(DEBIAN), keytab={"yes": True, "no": False}[keytab])
    some = context(**KEYS_ONLY, gssapiauthentication="yes", authenticationmethods=methods)
    assert judge(some, pam).outcome is outcome


@pytest.mark.parametrize(
    ("admin", "origin", "line", "severity"),
    [
        (True, {}, {}, None),
        (False, {}, {}, Severity.LOW),
        (True, {"origin": "10.0.0.0/8", "address": "10.0.0.1"}, {}, Severity.LOW),
        (True, {}, {"options": (("from", "198.51.100.7"),)}, Severity.LOW),
    ],
)
def test_administrators_open_to_the_internet_are_medium(admin, origin, line, severity, judge, context, account) -> None:
    """Others, and what only chosen addresses reach, are low."""
    alex = account(admin=admin, groups=("alex",))
    verdict = judge(replace(context(**KEYS_ONLY), **origin), stack(DEBIAN), line, alex=alex)
    assert (verdict.outcome, verdict.severity) == (FAIL, severity)
    assert ssh_second_factor.info.severity is Severity.MEDIUM


def test_a_match_line_that_spares_the_office_is_told(context, server, accounts, account, keys, key, only) -> None:
    """Two factors from the internet, one from the office: low, with the addresses."""
    office = replace(context(**KEYS_ONLY), origin="10.0.0.0/8", address="10.0.0.1")
    own = key(account="alex", uid=1000)
    facts = (server(context(**BOTH), office), accounts(account()), keys(own), authorities(), stack(f"{GOOGLE}\n"))
    verdict = only(ssh_second_factor, *facts)
    assert (verdict.outcome, verdict.severity) == (FAIL, Severity.LOW)
    assert "from 10.0.0.0/8 with a key alone" in verdict.summary


@pytest.mark.parametrize(
    ("password", "outcome"),
    [(Password.SET, FAIL), (Password.LOCKED, PASS), (Password.UNKNOWN, UNSURE), (Password.EMPTY, PASS)],
)
def test_a_password_must_exist(password, outcome, judge, context, account) -> None:
    assert judge(context(), stack(DEBIAN), alex=account(password=password)).outcome is outcome


def test_a_key_with_an_empty_password_is_a_key_alone(judge, context, account) -> None:
    some = context(authenticationmethods="publickey,password", permitemptypasswords="yes")
    verdict = judge(some, stack(DEBIAN), {}, alex=account(password=Password.EMPTY))
    assert (verdict.outcome, "with a key alone" in verdict.summary) == (FAIL, True)


def test_root_gets_in_by_pam_only_with_permit_root_login(server, accounts, root, keys, key, context, only) -> None:
    """prohibit-password refuses the dialogue too (auth.c): a list with both lets nobody in."""
    for permit, outcome in (("prohibit-password", PASS), ("yes", PASS), ("no", PASS)):
        facts = (server(context("root", permitrootlogin=permit, **BOTH)), accounts(root()), keys(key()), authorities())
        verdict = only(ssh_second_factor, *facts, stack(f"{GOOGLE}\n"))
        assert verdict.outcome is outcome
        assert ("nobody can log in" in verdict.summary) == (permit != "yes")


def test_a_stack_that_is_not_known_whole_is_no_pass(judge, context) -> None:
    """A file that could not be read, or a collector that knows no PAM yet."""
    part = replace(stack(f"{GOOGLE}\n"), gaps=("/etc/pam.d/extra could not be read",))
    for pam in (part, Unavailable("an older collector")):
        only_pam = {**DIALOGUE, "authenticationmethods": "keyboard-interactive"}
        verdict = judge(context(**only_pam), pam)
        assert verdict.outcome is UNSURE
        assert "PAM's configuration is not known" in verdict.summary
        assert judge(context(**BOTH), pam, {}).outcome is UNSURE


@pytest.mark.parametrize(
    ("auth", "enrolled", "outcome"),
    [
        ("@include common-auth\n", None, FAIL),
        (WITH_PASSWORD, None, PASS),
        (f"{GOOGLE}\n", True, PASS),
        (f"@include common-auth\n{GOOGLE} nullok\n", True, PASS),
        (f"@include common-auth\n{GOOGLE} nullok\n", False, FAIL),
        (f"@include common-auth\n{GOOGLE} nullok\n", None, UNSURE),
        ("@include common-auth\nauth required pam_radius_auth.so\n", None, UNSURE),
        ("auth sufficient pam_unix.so\nauth required pam_radius_auth.so\n", None, FAIL),
    ],
)
@pytest.mark.parametrize("options", [{}, DIALOGUE, {**DIALOGUE, "passwordauthentication": "yes"}])
def test_a_password_alone_is_held_against_pams_dialogue(
    auth, enrolled, outcome, options, server, context, accounts, account, only
) -> None:
    """A dialogue that demands a code is no login by password; one that is not known is not assessed."""
    pam = stack(auth, enrolled={"alex": enrolled})
    verdict = only(ssh_password_login, server(context(**options)), accounts(account()), pam)
    assert verdict.outcome is outcome, verdict.summary


def test_the_same_password_twice_is_one_factor(server, context, accounts, account, only) -> None:
    """password,keyboard-interactive asks the same stack twice."""
    some = context(**{**BOTH, "authenticationmethods": "password,keyboard-interactive"})
    facts = (server(some), accounts(account()))
    assert only(ssh_password_login, *facts, stack(DEBIAN)).outcome is FAIL
    assert only(ssh_password_login, *facts, stack(WITH_PASSWORD)).outcome is PASS
    assert only(ssh_password_login, *facts).outcome is UNSURE


def test_unknown_modules_prove_what_nobody_knows() -> None:
    cases = required(stack("auth required pam_unix.so\nauth required pam_mystery.so\n"))
    assert frozenset({frozenset({PASSWORD, UNKNOWN})}) in cases
    assert frozenset({frozenset({PASSWORD})}) in cases


def test_too_many_unknown_modules_are_not_guessed_at() -> None:
    text = "".join(f"auth optional pam_mystery{n}.so\n" for n in range(9)) + "auth required pam_unix.so\n"
    assert "too many modules" in required(stack(text))
