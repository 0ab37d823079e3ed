"""PAM's files: read by the real collector in a staged machine, resolved as Linux-PAM does, and no secret sent."""

from __future__ import annotations

import pytest
from typical_pam import AT, DEBIAN, GOOGLE, OTHER, RHEL, section, stack

from posture.collect.host.pam import pam_stack
from posture.collect.host.sections import Section
from posture.facts.pam import PamStack
from posture.facts.unavailable import Unavailable

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
MOUNT = "mount --bind $0/etc/pam.d /etc/pam.d\n"


def modules(found: PamStack) -> list[tuple[str, int]]:
    return [(entry.module, entry.level) for entry in found.entries]


def test_included_files_stand_in_their_places() -> None:
    """@include on the same level, a substack one deeper behind a line of its own."""
    assert modules(stack(DEBIAN)) == [("pam_unix", 0), ("pam_deny", 0), ("pam_permit", 0), ("pam_cap", 0)]
    assert modules(stack(RHEL))[:2] == [("", 0), ("pam_env", 1)]
    assert stack(DEBIAN).entries[0].path == "/etc/pam.d/common-auth"
    assert stack(DEBIAN).gaps == ()


@pytest.mark.parametrize(
    ("control", "pairs"),
    [
        ("sufficient", {"success": "done", "new_authtok_reqd": "done", "default": "ignore"}),
        ("REQUISITE", {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "die"}),
        ("[success=2 default=ignore]", {"success": "2", "default": "ignore"}),
        ("[ success = ok  user_unknown = ignore ]", {"success": "ok", "user_unknown": "ignore", "default": "bad"}),
        ("[default=die success=01]", {"success": "1", "default": "die"}),
        ("[default=ok default=die]", {"default": "ok"}),
        ("[success=0]", {"default": "bad"}),
        ("[sucess=ok]", {"default": "bad"}),
        ("[]", {"default": "bad"}),
        ("requird", {"default": "bad"}),
    ],
)
def test_controls_are_understood_as_linux_pam_does(control, pairs) -> None:
    """What is not named is bad, and so is all of a control with a mistake in it (pam_misc.c)."""
    (entry,) = stack(f"auth {control} /usr/lib/security/pam_unix.so nullok\n").entries
    assert (dict(entry.control), entry.module, entry.options) == (pairs, "pam_unix", ("nullok",))


def test_a_service_without_lines_of_the_type_takes_those_of_other() -> None:
    assert modules(stack({"sshd": "account required pam_unix.so\n", "other": OTHER})) == [("pam_deny", 0)]


@pytest.mark.parametrize(
    ("files", "more", "gap"),
    [
        ({"sshd": "@include sshd\n"}, (), "sshd includes itself"),
        ({"sshd": "auth include a\n", "a": "auth substack sshd\n"}, (), "sshd includes itself"),
        ({"sshd": "@include gone\n"}, ("MF\tgone",), "gone is included, and was not found"),
        ({"sshd": "@include shut\n"}, ("X\t/etc/pam.d/shut",), "/etc/pam.d/shut could not be read"),
        ({"sshd": "auth required\n"}, (), "/etc/pam.d/sshd:1 cannot be understood"),
        ({"sshd": GOOGLE + "\n"}, ("L\t9:?",), "/etc/pam.d/sshd:9 cannot be understood"),
        ({"sshd": GOOGLE + "\n"}, ("T\tfiles",), "more files are included than are read"),
        ({"sshd": f"{GOOGLE}\n" * 400}, (), "more than 300 lines"),
        ({"sshd": "", "other": ""}, (), "no line of the type auth"),
        ({f"{n}" if n else "sshd": f"auth include {n + 1}\n" for n in range(20)}, (), "included too deeply"),
    ],
)
def test_what_is_not_known_whole_is_said(files, more, gap) -> None:
    found = pam_stack(section(files, *more), AT)
    assert isinstance(found, PamStack)
    assert any(gap in one for one in found.gaps), found.gaps


def test_a_section_that_ended_early_is_no_whole_stack() -> None:
    """Cut off, out of time, empty, or noise."""
    cut = Section(b"F\tsshd\t/etc/pam.d/sshd\nL\t1:auth required pam_unix.so\n", 124, truncated=False)
    found = pam_stack(cut, AT)
    assert isinstance(found, PamStack)
    assert "out of time" in found.gaps[0]
    assert isinstance(pam_stack(Section(b"", 1, truncated=False), AT), Unavailable)
    noise = b"L\t1:x\nF\t\nL\t" + b"9" * 40 + b":auth\nEN\tx\nD\nZ\n\xff\tZ\nZ\t\n" + b"F\tsshd\tx\nL\t1:auth [a\n"
    assert isinstance(pam_stack(Section(noise, 0, truncated=False), AT), PamStack)


@pytest.fixture
def host(machine):
    """Anna and Bert; the machine's PAM files are the test's."""
    machine.only = ("system", "accounts", "pam")
    machine.passwd += ["anna:x:1000:1000::/home/anna:/bin/sh", "bert:x:1001:1001::/home/bert:/bin/sh"]
    machine.write("etc/pam.d/other", OTHER)
    machine.before = MOUNT
    return machine


def test_the_collector_sends_what_is_reached_and_no_secret(host) -> None:
    """Options of unknown modules stay on the host, and files that nothing includes."""
    host.write(
        "etc/pam.d/sshd",
        "# auth required pam_comment.so\nauth\trequired pam_mysql.so user=x passwd=hunter2\n"
        "-Auth  [success=1 \\\n  default=ignore]  pam_succeed_if.so user ingroup staff # why\n"
        f"{GOOGLE} nullok secret=${{HOME}}/.totp passwd=hunter2 hunter2\n"
        "@include more\naccount required pam_access.so\n",
    )
    host.write("etc/pam.d/more", "auth sufficient pam_yubico.so id=1 key=hunter2 authfile=/etc/yubi\n")
    host.write("etc/pam.d/sudo", "auth required pam_elsewhere.so\n")
    output = host.output()
    assert b"hunter2" not in output
    assert b"elsewhere" not in output
    found = host.collect()[PamStack]
    assert [(entry.module, entry.options, entry.path, entry.line) for entry in found.entries] == [
        ("pam_mysql", (), "/etc/pam.d/sshd", 2),
        ("pam_succeed_if", ("user", "ingroup", "staff"), "/etc/pam.d/sshd", 3),
        ("pam_google_authenticator", ("nullok", "secret=${HOME}/.totp"), "/etc/pam.d/sshd", 5),
        ("pam_yubico", ("authfile=/etc/yubi",), "/etc/pam.d/more", 1),
    ]
    assert dict(found.entries[1].control) == {"success": "1", "default": "ignore"}
    assert found.gaps == ()


@pytest.mark.parametrize("prefix", [(), AS_NOBODY], ids=["root", "nobody"])
def test_who_is_enrolled_is_seen_as_far_as_rights_go(host, prefix) -> None:
    """Root looks with the rights of each account; without root a closed home tells nothing."""
    host.write("etc/pam.d/sshd", f"{GOOGLE} nullok\nauth required pam_oath.so usersfile=${{HOME}}/../users\n")
    host.write("home/anna/.google_authenticator", "SECRETSECRET\n", 0o600)
    (host.root / "home/bert").mkdir()
    (host.root / "home/anna").chmod(0o700)
    host.before = MOUNT + "chown -R 1000:1000 /home/anna; chown -R 1001:1001 /home/bert\n"
    output = host.output(*prefix)
    assert b"SECRETSECRET" not in output
    found = host.collect(*prefix)[PamStack]
    known = {name: found.enrolled(name, "pam_google_authenticator", "") for name in ("anna", "bert", "kim")}
    assert known == {"anna": None if prefix else True, "bert": False, "kim": None}
    assert found.enrolled("anna", "pam_oath", "${HOME}/../users") is None


def test_central_files_give_names_only(host) -> None:
    host.write(
        "etc/pam.d/sshd",
        "auth required pam_oath.so usersfile=/run/users.oath\nauth required pam_u2f.so authfile=/run/u2f\n",
    )
    host.before = MOUNT + (
        "printf '# x\\nHOTP/T30 anna - 3132333435\\n' >/run/users.oath; chmod 600 /run/users.oath\n"
        "printf 'bert:keyhandle,publickey\\n' >/run/u2f; chmod 600 /run/u2f\n"
    )
    output = host.output()
    assert b"3132333435" not in output
    assert b"keyhandle" not in output
    for prefix in ((), AS_NOBODY):
        found = host.collect(*prefix)[PamStack]
        oath = [found.enrolled(name, "pam_oath", "/run/users.oath") for name in ("anna", "bert")]
        u2f = [found.enrolled(name, "pam_u2f", "/run/u2f") for name in ("anna", "bert")]
        assert (oath, u2f) == (([None, None], [None, None]) if prefix else ([True, False], [False, True]))


def test_duo_tells_how_it_fails_and_never_its_keys(host) -> None:
    host.write("etc/pam.d/sshd", "auth required pam_duo.so conf=/run/duo.conf\n")
    host.before = (
        MOUNT + "printf 'ikey = DIXX\\nskey = topsecret\\nfailmode = secure\\ngroups = staff\\n' >/run/duo.conf\n"
    )
    output = host.output()
    assert b"topsecret" not in output
    assert b"DIXX" not in output
    assert dict(host.collect()[PamStack].settings) == {"pam_duo.failmode": "secure", "pam_duo.groups": "yes"}


def test_a_file_that_opens_to_root_only_is_a_gap_for_others(host) -> None:
    host.write("etc/pam.d/sshd", "@include inner\n")
    host.write("etc/pam.d/inner", f"{GOOGLE}\n", 0o600)
    assert host.collect()[PamStack].gaps == ()
    assert host.collect(*AS_NOBODY)[PamStack].gaps == ("/etc/pam.d/inner could not be read",)


def test_files_that_include_each_other_end(host) -> None:
    host.write("etc/pam.d/sshd", "auth include a\n")
    host.write("etc/pam.d/a", "auth include sshd\nauth required pam_unix.so\n")
    assert host.collect()[PamStack].gaps == ("sshd includes itself",)


def test_big_files_and_many_are_bounded(host) -> None:
    host.write("etc/pam.d/sshd", "".join(f"auth include f{n}\n" for n in range(60)))
    for n in range(60):
        host.write(f"etc/pam.d/f{n}", "#" * 70000 if n == 1 else f"{GOOGLE}\n")
    output = host.output()
    assert len(output) < 200_000
    gaps = " ".join(host.collect()[PamStack].gaps)
    assert "larger than a file of PAM is" in gaps
    assert "more files are included than are read" in gaps
