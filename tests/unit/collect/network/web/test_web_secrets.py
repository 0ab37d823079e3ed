"""Secrets in files that a web server gives away: what is kept proves the file and tells none of them."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from posture.collect.network.web.answer import Answer, Request
from posture.collect.network.web.files import GIT_CONFIG, GIT_HEAD, LEAKS, proven, repository

AT = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
ENV, DUMP = (next(leak for leak in LEAKS if leak.path == path) for path in ("/.env", "/backup.sql"))
KEY = "MIIBS3CRETgIBAAJBAKj34Gkx\nS3CRETTail2X=\nS3CRETTail3X==\n"


def answered(request: Request, status: int, body: str) -> Answer:
    return Answer(request, status, (), body.encode(), False, AT)


def found(looking, *bodies: str):
    """What comes of an inquiry that is answered with these files."""
    request = next(looking)
    try:
        for body in bodies:
            request = looking.send(answered(request, 200, body))
    except StopIteration as end:
        return end.value
    raise AssertionError(f"it goes on to ask for {request.path}")


MISSING = answered(Request("/x"), 404, "")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f'APP_KEY=x\nJWT="-----BEGIN PRIVATE KEY-----\n{KEY}-----END PRIVATE KEY-----"\nAB=1\n', "APP_KEY, JWT, AB"),
        (f"APP_KEY=x\nJWT=-----BEGIN RSA PRIVATE KEY-----\n{KEY}", "APP_KEY, JWT"),
        (f"APP_KEY=x\nAB=1\nCERT=\n{KEY}", "APP_KEY, AB"),
        ("APP_KEY='a\nS3CRET=x\n'\nAB=1\n", "APP_KEY, AB"),
        ("export APP_KEY = x\nmail.host=y\n", "APP_KEY, mail.host"),
    ],
)  # fmt: skip
def test_names_of_settings_are_names(text, names):
    """The lines of a key or of a value that goes on are none."""
    file = found(proven(ENV, MISSING), text)
    assert f"names of its settings: {names}; values not shown" in file.transcript.received
    assert "S3CRET" not in repr(file)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("INSERT INTO users SET name='bob', password='S3CRET';\n", "INSERT INTO users"),
        ("x\nINSERT INTO `users` VALUES (1,'S3CRET');\n", "INSERT INTO `users`"),
        ("DROP TABLE IF EXISTS `a`;\n", "DROP TABLE IF EXISTS `a`"),
        ("-- MySQL dump 10.13 --password=S3CRET\n", "-- MySQL dump"),
        ("-- PostgreSQL database dump\n", "-- PostgreSQL database dump"),
        ("/*!50001 CREATE USER x IDENTIFIED BY 'S3CRET' */\n", "/*!"),
    ],
)
def test_a_dump_shows_what_it_is_and_a_table(text, shown):
    """Nothing of what follows the name."""
    file = found(proven(DUMP, MISSING), text)
    assert file.transcript.received.splitlines()[1] == shown


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://user:pa@S3CRET@git.example/r.git", "git-credentials"),
        ("https://git.example/x.git?private_token=S3CRET", "git-credentials"),
        ("https://ghp_S3CRETS3CRETS3CRETS3CRET@git.example/r.git", "git-credentials"),
        ("https://x-access-token:S3CRET@git.example/r.git", "git-credentials"),
        ("https://bob@git.example/r.git", "git"),
        ("ssh://git@git.example:22/r.git", "git"),
        ("https://git.example/r.git", "git"),
    ],
)
def test_the_address_of_a_repository_is_shown_without_its_password(url, kind):
    """The user of an address alone is no password."""
    assert (GIT_HEAD.path, GIT_CONFIG.path) == ("/.git/HEAD", "/.git/config")
    file = found(repository(MISSING), "ref: refs/heads/main\n", f"[core]\n\tbare = false\n\turl = {url}\n")
    assert file.kind == kind
    assert "S3CRET" not in repr(file)
    assert ("git.example" in file.transcript.received) == (kind == "git-credentials")


def test_the_kinds_of_secrets_are_named_and_their_values_are_not() -> None:
    """A file of settings says what it gives away: an attacker reads it as well, the report never."""
    value = "k" + sha256(b"a password").hexdigest()[:20]
    text = f"APP_ENV=production\nDB_HOST=db\nDB_PASSWORD={value}\n"
    shown = found(proven(ENV, MISSING), text).transcript.received
    assert "secrets in what was read of it: Database password; values not shown" in shown
    assert value not in shown
    assert value[:6] not in shown
