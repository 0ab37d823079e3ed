"""Offline proofs: what a token's own form shows of it. Nobody is asked, and no credential is ever used."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from posture.collect.leaks.core import checksums
from posture.collect.leaks.core.decode import aws_account, base64_bytes, json_object, macaroon, number
from posture.collect.leaks.core.private_key import private_key_kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from re import Match

    Prove = Callable[[bytes, Match[bytes]], "Proof | None"]


class Proof(NamedTuple):
    """What a value's form shows. `value` replaces it where the same secret is written in several ways."""

    shows: str = ""
    note: str = ""
    ends: int | None = None
    weight: str = ""
    value: bytes = b""


_CHECKSUM = "its checksum is right"


def _checked(valid: Callable[[bytes], bool]) -> Prove:
    def prove(value: bytes, match: Match[bytes]) -> Proof | None:
        del match
        return Proof(_CHECKSUM) if valid(value) else None

    return prove


def _github(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    if not checksums.github(value):
        return None
    notes = {
        b"ghp_": "personal access token (classic): all repositories of its owner, within its scopes",
        b"gho_": "OAuth access token",
        b"ghu_": "user token of a GitHub App",
        b"ghs_": "installation token of a GitHub App: ends after an hour",
        b"ghr_": "refresh token: makes new access tokens",
    }
    return Proof(_CHECKSUM, notes.get(value[:4], ""), weight="medium" if value[:4] == b"ghs_" else "")


def _gitlab(value: bytes, match: Match[bytes]) -> Proof | None:
    """Routable tokens have a checksum; the older ones have none."""
    del match
    if b"." not in value:
        return Proof()
    if not checksums.gitlab_routable(value):
        return None
    payload = base64_bytes(value.partition(b"-")[2].partition(b".")[0])
    fields = dict(line.split(b":", 1) for line in (payload or b"").split(b"\n") if line[1:2] == b":")
    owner = " and ".join(
        "{} {}".format(name, fields[key].decode("ascii", "replace"))
        for key, name in ((b"o", "organisation"), (b"u", "user"))
        if re.fullmatch(rb"[0-9a-z]{1,13}", fields.get(key, b""))
    )
    return Proof(_CHECKSUM, f"of {owner} (numbers in base 36)" if owner else "")


def _aws(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    lasting = "a lasting key" if value[:4] == b"AKIA" else "ends by itself" if value[:4] == b"ASIA" else ""
    account = aws_account(value)
    return Proof(f"decodes to AWS account {account}" if account else "", lasting)


def _jwt(value: bytes, match: Match[bytes]) -> Proof | None:
    """RFC 7519. A signature is what makes it a credential; ``alg: none`` has none and so anyone can make it."""
    del match
    parts = value.split(b".")
    header, claims = json_object(base64_bytes(parts[0])), json_object(base64_bytes(parts[1]))
    if header is None or claims is None or not ("alg" in header or "enc" in header):
        return None
    unsigned = str(header.get("alg")).lower() == "none"
    if not unsigned and len(parts[2]) < 20:
        return None
    if claims.get("role") == "anon" and "supabase" in str(claims.get("iss", "")):
        return None  # made to be public
    said = [f"{name} {_word(claims[name])}" for name in ("iss", "role", "sub", "aud") if _word(claims.get(name))]
    powerful = claims.get("role") in ("service_role", "admin") or claims.get("admin") is True
    shows = "decodes; unsigned (alg none): whoever accepts it accepts any" if unsigned else "decodes"
    return Proof(shows, ", ".join(said), number(claims.get("exp")), "critical" if powerful else "")


def _pypi(value: bytes, match: Match[bytes]) -> Proof | None:
    """A macaroon: the index as location, caveats as JSON, an object (old) or a list whose first number is the kind."""
    del match
    read = macaroon(value[len(b"pypi-") :])
    if read is None:
        return None
    location, caveats = read
    scopes, ends = [], None
    for caveat in caveats:
        try:
            parsed = json.loads(caveat.decode("utf-8"))
        except (ValueError, RecursionError):
            continue
        scope, end = _pypi_caveat(parsed)
        scopes += [scope] if scope else []
        ends = end if ends is None else ends if end is None else min(ends, end)
    whole = not scopes or scopes == ["user"]
    note = "every project of its owner" if whole else "only {}".format(" and ".join(scopes))
    return Proof(f"decodes to a macaroon of {_word(location)}", note, ends, "critical" if whole else "")


def _pypi_caveat(parsed: Any) -> tuple[str, int | None]:
    """The scope a caveat leaves and its end: old ``{"permissions": ...}``, new ``[0, end, begin]``, ``[1, names]``."""
    if isinstance(parsed, dict):
        permissions = parsed.get("permissions")
        names = permissions.get("projects") if isinstance(permissions, dict) else None
        scope = "project " + ", ".join(map(_word, names)) if isinstance(names, list) and names else ""
        return scope, number(parsed.get("exp"))
    if isinstance(parsed, list) and len(parsed) >= 2:
        if parsed[0] == 0:
            return "", number(parsed[1])
        if parsed[0] in (1, 2) and isinstance(parsed[1], list) and parsed[1]:
            return ("project " if parsed[0] == 1 else "project id ") + ", ".join(map(_word, parsed[1])), None
        if parsed[0] == 3:
            return "user", None
    return "", None


def _decodes_to(size: int) -> Prove:
    def prove(value: bytes, match: Match[bytes]) -> Proof | None:
        del match
        decoded = base64_bytes(value)
        return Proof(f"decodes to {size} bytes") if decoded is not None and len(decoded) == size else None

    return prove


def _discord_bot(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    decoded = base64_bytes(value.partition(b".")[0])
    if decoded is None or not re.fullmatch(rb"[0-9]{17,20}", decoded):
        return None
    return Proof("decodes to the account {}".format(decoded.decode("ascii")))


def _docker_auth(value: bytes, match: Match[bytes]) -> Proof | None:
    """The user is not told: some registries take a token there, beside a password that means nothing."""
    del match
    user, colon, password = (base64_bytes(value) or b"").partition(b":")
    if not colon or not user or len(password) < 3 or not all(0x20 <= byte < 0x7F for byte in user + password):
        return None
    return Proof("decodes to a user and a password")


def _glc(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    carried = json_object(base64_bytes(value[len(b"glc_") :]))
    if carried is None or not {"o", "n", "k"} <= set(carried):
        return None
    region = carried["m"].get("r") if isinstance(carried.get("m"), dict) else None
    where = "organisation {}".format(_word(carried["o"])) + (f", region {_word(region)}" if region else "")
    return Proof("decodes to a Grafana Cloud policy token", where)


def _sntrys(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    carried = json_object(base64_bytes(value[len(b"sntrys_") :].partition(b"_")[0]))
    if carried is None or "org" not in carried:
        return None
    return Proof("decodes to a Sentry organisation token", "organisation {}".format(_word(carried["org"])))


def _onepassword(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    carried = json_object(base64_bytes(value[len(b"ops_") :]))
    if carried is None or not {"secretKey", "signInAddress"} & set(carried):
        return None
    return Proof("decodes to a service account of 1Password", _word(carried.get("signInAddress")))


def _private_key(value: bytes, match: Match[bytes]) -> Proof | None:
    del match
    canonical = value.replace(b"\\r", b"").replace(b"\\n", b"\n").replace(b"\\/", b"/").replace(b"\r", b"")
    canonical = re.sub(rb"\n[ \t]+", b"\n", canonical)
    kind = private_key_kind(canonical)
    return Proof("an unencrypted private key", kind, value=canonical) if kind else None


_ACCOUNT = re.compile(rb'"type\\?"\s*:\s*\\?"service_account')
_PROJECT = re.compile(rb'"project_id\\?"\s*:\s*\\?"([a-z0-9.:-]{1,60})')


def _google(value: bytes, match: Match[bytes]) -> Proof | None:
    """The other members of the JSON object stand within two KiB of its key, before or after it."""
    first, last = match.span("value")
    beside = match.string[max(0, first - 2048) : first] + match.string[last : last + 2048]
    key = _private_key(value, match) if _ACCOUNT.search(beside) else None
    if key is None:
        return None
    project = _PROJECT.search(beside)
    return key._replace(note=f"project {project.group(1).decode('ascii')}" if project else key.note)


def _with_before(expression: bytes, reach: int) -> Prove:
    """A token whose anchor is in its middle: what stands before is fetched, where it is as it must be."""
    before = re.compile(rb"(?:.*(?:[^A-Za-z0-9_~.-]|bot)|)(" + expression + rb")\Z", re.DOTALL)

    def prove(value: bytes, match: Match[bytes]) -> Proof | None:
        at = match.start("value")
        found = before.match(match.string, max(0, at - reach), at)
        return Proof(value=found.group(1) + value) if found else None

    return prove


def _mixed(value: bytes, match: Match[bytes]) -> Proof | None:
    """Letters and digits, as machines make them; words alone are somebody's prose or code."""
    del match
    digits, letters = re.search(rb"[0-9]", value), re.search(rb"[A-Za-z]", value)
    return Proof() if digits and (letters or len(value) >= 24) else None


def _password(value: bytes, match: Match[bytes]) -> Proof | None:
    """What people choose as a password, and no word of a program: names and constants are such."""
    del match
    word = re.fullmatch(rb"[a-z]+(?:[_.-][a-z]+)*|[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:[A-Z]+[a-z]*)+", value)
    return None if word else Proof()


_LOCAL = re.compile(rb"(?i)(?:localhost|127\.[0-9.]+|\[::1\]|0\.0\.0\.0|host\.docker\.internal)(?::|\Z)")
_NOWHERE = re.compile(
    rb"(?i)(?:[\w.-]*\.)?(?:example(?:\.(?:com|net|org|edu))?|[\w-]+\.(?:test|invalid|example)|host(?:name)?|server|domain\.com|company\.com|(?:foo|bar|baz)\.(?:com|org|net)|your.*)(?::|\Z)"
)
# Passwords that manuals print.
_MANUALS = (b"tiger", b"tiger^5HHH", b"hunter2", b"passw0rd", b"guest", b"xyzzy", b"proxypass")
_FOR_ALL = (b"anoncvs", b"anonymous", b"anoncvs@", b"anonymous@")  # what servers open to everybody ask for


def _url(value: bytes, match: Match[bytes]) -> Proof | None:
    host = match.group("host")
    known = value in _MANUALS or value.rpartition(b":")[2].lower() in _FOR_ALL
    if known or _NOWHERE.match(host) or (value.isdigit() and len(value) < 6):
        return None
    return Proof(note="of this machine only", weight="low") if _LOCAL.match(host) else Proof()


def _word(value: Any) -> str:
    """A claim as it may be shown: short, printable."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:60])


PROOFS: dict[str, Prove] = {
    "github": _github,
    "npm": _checked(checksums.github),
    "gitlab": _gitlab,
    "grafana": _checked(checksums.grafana),
    "atlassian": _checked(checksums.atlassian),
    "age": _checked(checksums.bech32),
    "aws": _aws,
    "jwt": _jwt,
    "pypi": _pypi,
    "base64-64": _decodes_to(64),
    "base64-32": _decodes_to(32),
    "discord-bot": _discord_bot,
    "docker-auth": _docker_auth,
    "grafana-cloud": _glc,
    "sentry": _sntrys,
    "onepassword": _onepassword,
    "private-key": _private_key,
    "google": _google,
    "telegram": _with_before(rb"[0-9]{8,10}", 14),
    "terraform": _with_before(rb"[A-Za-z0-9]{14}", 16),
    "mailchimp": _with_before(rb"[a-f0-9]{32}", 34),
    "entra": _with_before(rb"[A-Za-z0-9_~.-]{3}", 5),
    "openai-old": _with_before(rb"sk-[A-Za-z0-9]{20}", 25),
    "mixed": _mixed,
    "password": _password,
    "url": _url,
}
"""Name to function: a value and the match it was confirmed by, to what it shows; None: it is no such secret."""
