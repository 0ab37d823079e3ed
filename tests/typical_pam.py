"""PAM's stacks for sshd as distributions ship them, and as people change them, read by the real parser."""

from __future__ import annotations

from datetime import UTC, datetime

from posture.collect.host.pam import pam_stack
from posture.collect.host.sections import Section
from posture.sdk import PamEnrolment, PamStack

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
DEBIAN_AUTH = """
auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
auth optional pam_cap.so
"""
RHEL_AUTH = """
auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so nullok
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
"""
FAILLOCK_AUTH = """
auth required pam_env.so
auth required pam_faillock.so preauth silent
auth sufficient pam_unix.so nullok
auth required pam_faillock.so authfail
auth required pam_deny.so
"""
OTHER = "auth required pam_deny.so\n"
DEBIAN = {"sshd": "@include common-auth\naccount required pam_nologin.so\n", "common-auth": DEBIAN_AUTH, "other": OTHER}
UBUNTU = {**DEBIAN, "common-auth": DEBIAN_AUTH.replace("[success=1 ", "[success=2 ").replace(
    "auth requisite", "auth [success=1 default=ignore] pam_sss.so use_first_pass\nauth requisite")}  # fmt: skip
RHEL = {
    "sshd": "auth substack password-auth\nauth include postlogin\n",
    "password-auth": RHEL_AUTH,
    "postlogin": "session optional pam_umask.so silent\n",
    "other": OTHER,
}
RHEL_LOCKS = {**RHEL, "password-auth": FAILLOCK_AUTH}
ALPINE = {
    "sshd": "auth include base-auth\naccount include base-account\n",
    "base-auth": "auth required pam_env.so\nauth required pam_nologin.so successok\nauth required pam_unix.so nullok\n",
    "other": OTHER,
}
GOOGLE = "auth required pam_google_authenticator.so"


def section(files: dict[str, str], *more: str, folder: str = "/etc/pam.d") -> Section:
    """The files of PAM as the collector sends them: lines of other types left out, further lines before the end."""
    lines = []
    for name, text in files.items():
        lines.append(f"F\t{name}\t{folder}/{name}")
        numbered = [(n, one) for n, one in enumerate(text.splitlines(), 1) if one.startswith(("auth", "@include"))]
        lines += [f"L\t{n}:{one}" for n, one in numbered]
    return Section("\n".join((*lines, *more, "Z\tend", "")).encode(), 0, truncated=False)


def stack(files: dict[str, str] | str, *more: str, enrolled: dict[str, bool | None] | None = None) -> PamStack:
    """A stack; of a text, the file sshd. `enrolled` is who is enrolled with pam_google_authenticator."""
    given = {"sshd": files, "common-auth": DEBIAN_AUTH, "other": OTHER} if isinstance(files, str) else files
    known = {True: "yes", False: "no", None: "unknown"}
    told = [f"EN\t{name}\tpam_google_authenticator\t\t{known[one]}" for name, one in (enrolled or {}).items()]
    found = pam_stack(section(given, *told, *more, "KT\tno"), AT)
    assert isinstance(found, PamStack)
    return found


def enrolment(name: str, module: str = "pam_google_authenticator", *, enrolled: bool | None = True) -> PamEnrolment:
    return PamEnrolment(name, module, "", enrolled)
