"""What looks like a token of a documented form and is none: cut, masked, with a wrong checksum, a test's, a public one."""

# ruff: noqa: E501 - a file in a case stands on one line where it can

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from leak_cases.case import Case, case
from leak_cases.draw import DIGITS_FIRST, Draw
from leak_cases.frames import FRAMES
from leak_cases.tokens import LOWER, TOKENS, aws_key_id, jwt, sentry_org

CHECKED = ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "npm_", "glsa_", "AGE-SECRET", "ATBB", "ATATT3")


def head(token: str) -> str:
    """Enough of a token to recognise its kind, as people quote it."""
    return token[: token.rindex("/") + 3] if "://" in token else token[:10]


def cut(token: str, d: Draw) -> str:
    return head(token) + "..."


def redacted(token: str, d: Draw) -> str:
    return head(token) + "*" * max(12, len(token) - 10)


def placeholder(token: str, d: Draw) -> str:
    return (
        token[: token.rindex("/") + 1] if "://" in token else re.split(r"(?<=[-_.:])", token)[0][:8]
    ) + "<your-token-here>"


def wrong_checksum(token: str, d: Draw) -> str:
    """The last sign another one of the same alphabet."""
    last = token[-1]
    others = {True: "0123456789"}.get(last.isdigit(), "ABCDEF" if last.isupper() else "abcdef")
    if token.startswith("AGE"):
        others = "QPZRY9X8GF2T"
    return token[:-1] + next(sign for sign in others if sign != last)


def cases() -> Iterator[Case]:
    ways: tuple[Callable[[str, Draw], str], ...] = (cut, redacted, placeholder)
    for at, (rule, source, make) in enumerate(TOKENS):
        for turn in range(2):
            d = Draw(f"lookalike-{at}-{turn}")
            way = ways[(at + turn) % 3]
            frame_name, frame = FRAMES[(at * 3 + turn * 7) % len(FRAMES)]
            path, text, encoding = frame(way(make(d), d))
            yield case(
                f"{way.__name__}-{rule}-{at}-{frame_name}", path, text, f"{way.__name__} of {source}", encoding=encoding
            )
        token = make(Draw(f"wrong-{at}"))
        if token.startswith(CHECKED):
            path, text, encoding = FRAMES[at % 6][1](wrong_checksum(token, Draw("")))
            yield case(f"wrong-checksum-{rule}-{at}", path, text, f"the checksum is wrong; {source}", encoding=encoding)
    yield from documented()
    yield from harmless()


def documented() -> Iterator[Case]:
    """Values that vendors print in their own documents, put together here from their parts."""
    values = (
        ("aws-key", "AKIA" + "IOSFODNN7" + "EXAMPLE", "AWS documentation"),
        ("aws-key-2", "AKIAI44QH8DHB" + "EXAMPLE", "AWS documentation"),
        ("aws-secret", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY", "AWS documentation"),
        (
            "jwt-io",
            (
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
                "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
                "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
            ),
            "jwt.io",
        ),
        (
            "slack-hook",
            "https://hooks.slack.com/services/" + "T00000000/B00000000/" + "X" * 24,
            "docs.slack.dev webhooks",
        ),
        ("telegram", "123456:" + "ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "core.telegram.org bots API"),
        ("stripe", "sk_" + "test_" + "4eC39HqLyjWDarjtT1zdp7dc", "docs.stripe.com"),
        (
            "azurite",
            (
                "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"
                "K1SZFPTOtr/KBHBeksoGMGw==;"
            ),
            "learn.microsoft.com Azurite: the same for everyone",
        ),
    )
    for at, (name, value, why) in enumerate(values):
        path, text, encoding = FRAMES[(at * 2) % 8][1](value)
        yield case(f"documented-{name}", path, text, why, encoding=encoding)


def harmless() -> Iterator[Case]:
    d = Draw("harmless")
    values = (
        ("stripe-test", "sk_" + "test_" + d.alnum(24), "docs.stripe.com: test mode"),
        ("stripe-test-long", "sk_" + "test_" + "51" + d.alnum(97), "docs.stripe.com: test mode"),
        ("stripe-restricted-test", "rk_" + "test_" + d.alnum(24), "docs.stripe.com: test mode"),
        ("stripe-publishable", "pk_" + "live_" + d.alnum(24), "docs.stripe.com: publishable"),
        ("stripe-publishable-test", "pk_" + "test_" + "51" + d.alnum(97), "docs.stripe.com: publishable"),
        ("braintree-sandbox", f"access_token$sandbox${d.of(LOWER, 16)}${d.hex(32)}", "Braintree: sandbox"),
        ("square-application", "sq0" + "idp-" + d.wordy(22), "developer.squareup.com: application id, public"),
        ("google-client", f"{d.digits(12)}-{d.of(LOWER, 32)}.apps.googleusercontent.com", "OAuth 2: client id"),
        ("recaptcha-site", "6Le" + d.wordy(37), "reCAPTCHA: site key, public"),
        ("analytics", f"G-{d.of('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', 10)}", "measurement id, public"),
        ("supabase-publishable", "sb" + "_publishable_" + d.wordy(31), "supabase.com: publishable"),
        ("sentry-dsn", f"https://{d.hex(32)}@o4504.ingest.sentry.io/{d.digits(16)}", "docs.sentry.io: a DSN is public"),
        ("age-recipient", "age1" + d.of("qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58), "age's specification: recipient"),
        ("twilio-account", "AC" + d.hex(32), "Twilio: account id"),
        ("slack-user", "U0" + d.alnum(8).upper(), "Slack: user id"),
        ("aws-user-id", "AIDA" + aws_key_id(d)[4:], "AWS IAM identifiers: a user's id"),
        ("aws-role-id", "AROA" + aws_key_id(d)[4:], "AWS IAM identifiers: a role's id"),
        ("aws-lower", aws_key_id(d).lower(), "AWS IAM identifiers are upper case"),
        ("aws-inside", "X" + "QZ" + aws_key_id(d) + d.of(DIGITS_FIRST, 30), "a longer word is another thing"),
        ("aws-all-same", "AKIA" + "X" * 16, "placeholder"),
        ("github-x", "ghp_" + "x" * 36, "placeholder"),
        ("github-zero", "ghp_" + "0" * 36, "placeholder"),
        ("github-inside", "laghp_" + d.alnum(12) + "zone", "a word that has the prefix inside"),
        ("gitlab-x", "gl" + "pat-" + "x" * 20, "placeholder"),
        ("digitalocean-short", "dop_" + "v1_" + d.hex(20), "64 digits are documented"),
        ("digitalocean-x", "dop_" + "v1_" + "x" * 64, "placeholder"),
        ("sendgrid-short", "SG." + d.wordy(9) + "." + d.wordy(12), "69 signs are documented"),
        ("jwt-header", jwt(d).split(".")[0], "RFC 7519: a header alone"),
        ("jwt-ellipsis", jwt(d).split(".")[0] + ".[payload].[signature]", "RFC 7519: a shape"),
        ("sentry-cut", sentry_org(d)[:30] + "…", "a shape"),
        ("npm-scope", "@types/node_" + d.hex(6), "a package's name"),
        ("hf-word", "hf_hub_download", "a function's name"),
        ("sk-word", "sk-learn-contrib and task-ant-design", "names that hold prefixes"),
        ("cio-word", "precio" + "unitario" * 4, "a word that has the prefix inside"),
        ("telegram-time", "2026-03-01 10:00:01:AArdvark", "not a bot's token"),
        ("uuid", d.uuid(), "RFC 9562"),
        ("sha-1", d.hex(40), "a commit"),
        ("sha-256", d.hex(64), "a digest"),
        ("integrity", "sha512-" + d.base64(64), "subresource integrity"),
        ("md5", d.hex(32), "a digest"),
    )
    for at, (name, value, why) in enumerate(values):
        path, text, encoding = FRAMES[(at * 5) % len(FRAMES)][1](value)
        yield case(f"harmless-{name}", path, text, why, encoding=encoding)
