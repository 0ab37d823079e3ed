"""Tokens whose form alone tells what they are, each made as its vendor documents it."""

from __future__ import annotations

import base64
import json
import string
import zlib
from collections.abc import Callable

from leak_cases.draw import BASE58, Draw, base36, bech32

LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
Make = Callable[[Draw], str]


def url64(raw: bytes | str, *, padded: bool = False) -> str:
    text = base64.urlsafe_b64encode(raw.encode() if isinstance(raw, str) else raw).decode()
    return text if padded else text.rstrip("=")


def aws_key_id(d: Draw, kind: str = "AKIA") -> str:
    """The bits 1 to 40 are the account's number (aws_account_id_from_key_id; hackingthe.cloud, IAM key identifiers)."""
    account = int(d.digits(12))
    head = (1 << 47 | account << 7).to_bytes(6, "big")
    return kind + base64.b32encode(head + d.bytes(4)).decode()


def gitlab_routable(d: Draw) -> str:
    """GitLab handbook, design document "Routable tokens"."""
    payload = url64(b"o:1\nu:" + d.of(LOWER, 2).encode() + d.bytes(16) + b"\x10")
    signed = f"{'gl'}pat-{payload}.{base36(len(payload), 2)}"
    return signed + base36(zlib.crc32(signed.encode()), 7)


def pypi(d: Draw) -> str:
    """A macaroon in libmacaroons' version 2: place, identifier, one caveat, signature (pypitoken's documentation)."""
    place, identity, caveat = b"pypi" + b".org", d.uuid().encode(), json.dumps([3, d.uuid()]).encode()
    raw = b"\x02\x01" + bytes([len(place)]) + place + b"\x02" + bytes([len(identity)]) + identity + b"\x00"
    raw += b"\x02" + bytes([len(caveat)]) + caveat + b"\x00\x00\x06\x20" + d.bytes(32)
    return "pypi-" + url64(raw)


def grafana_service(d: Draw) -> str:
    """Grafana's satoken.go: CRC32 of all before the last ``_``, little endian."""
    head = "gl" + "sa_" + d.alnum(32)
    return head + "_" + zlib.crc32(head.encode()).to_bytes(4, "little").hex()


def grafana_cloud(d: Draw) -> str:
    told = {"o": d.digits(6), "n": "stack-metrics-write", "k": d.alnum(24), "m": {"r": "prod-eu-west-2"}}
    return "glc" + "_" + base64.b64encode(json.dumps(told, separators=(",", ":")).encode()).decode()


def atlassian(d: Draw, prefix: str = "ATATT3", fill: int = 177) -> str:
    head = prefix + ("xFfGF0" if prefix != "ATBB" else "") + d.alnum(fill) + ("=" if prefix != "ATBB" else "")
    return f"{head}{zlib.crc32(head.encode()):08X}"


def sentry_org(d: Draw) -> str:
    """Sentry's RFC 0091: base64 of JSON, ``_``, 32 random bytes without padding."""
    told = {"iat": 1700000000.5, "url": "https://sentry.io", "region_url": "https://de.sentry.io", "org": "acme"}
    payload = base64.b64encode(json.dumps(told).encode()).decode()
    return f"sntrys_{payload}_{base64.b64encode(d.bytes(32)).decode().rstrip('=')}"


def one_password(d: Draw) -> str:
    told = {
        "signInAddress": "acme.1password.com",
        "userAuth": {"method": "SRPg-4096"},
        "email": "a@1passwordservices.com",
    }
    told |= {"srpX": d.hex(64), "muk": {"k": d.wordy(43), "kty": "oct"}, "secretKey": "A3-" + d.of(UPPER, 6)}
    return "ops" + "_" + url64(json.dumps(told, separators=(",", ":")))


def jwt(d: Draw, claims: dict[str, object] | None = None) -> str:
    """RFC 7519 over RFC 7515's compact form, signed by HS256."""
    told = claims or {"iss": "https://id.acme.io", "sub": d.uuid(), "exp": 4102444800, "scope": "orders:write"}
    parts = [json.dumps(part, separators=(",", ":")) for part in ({"alg": "HS256", "typ": "JWT"}, told)]
    return ".".join([*map(url64, parts), url64(d.bytes(32))])


def discord_bot(d: Draw) -> str:
    """The user's id in base64, a time, an HMAC (Discord's developer documentation, Reference, Authentication)."""
    return f"{url64(d.digits(18))}.G{d.alnum(5)}.{d.wordy(38)}"


def slack_bot(d: Draw) -> str:
    return f"xox{'b'}-{d.digits(12)}-{d.digits(13)}-{d.alnum(24)}"


TOKENS: tuple[tuple[str, str, Make], ...] = (
    ("aws-access-key-id", "AWS IAM identifiers", aws_key_id),
    ("aws-access-key-id", "AWS IAM identifiers, temporary", lambda d: aws_key_id(d, "ASIA")),
    ("github-token", "github.blog token formats", lambda d: d.crc("ghp_")),
    ("github-token", "github.blog token formats", lambda d: d.crc("gho_")),
    ("github-token", "github.blog token formats", lambda d: d.crc("ghu_")),
    ("github-token", "github.blog token formats", lambda d: d.crc("ghs_")),
    ("github-token", "github.blog token formats", lambda d: d.crc("ghr_")),
    ("github-fine-grained-token", "docs.github.com", lambda d: f"github_pat_{d.alnum(22)}_{d.alnum(59)}"),
    ("npm-token", "github.blog npm tokens", lambda d: d.crc("npm_")),
    ("gitlab-token", "GitLab token overview", lambda d: "gl" + "pat-" + d.wordy(20)),
    ("gitlab-token", "GitLab routable tokens", gitlab_routable),
    ("gitlab-token", "GitLab token overview", lambda d: "gl" + "rt-" + d.wordy(20)),
    ("gitlab-token", "GitLab token overview", lambda d: "gl" + "dt-" + d.wordy(20)),
    ("gitlab-token", "GitLab token overview", lambda d: "gl" + "ptt-" + d.hex(40)),
    ("slack-token", "docs.slack.dev tokens", slack_bot),
    (
        "slack-token",
        "docs.slack.dev tokens",
        lambda d: f"xox{'p'}-{d.digits(12)}-{d.digits(12)}-{d.digits(13)}-{d.hex(32)}",
    ),
    ("slack-token", "docs.slack.dev tokens", lambda d: f"xapp-1-A{d.of(UPPER, 10)}-{d.digits(13)}-{d.hex(64)}"),
    (
        "slack-webhook",
        "docs.slack.dev webhooks",
        lambda d: f"https://hooks.slack.com/services/T0{d.of(UPPER, 8)}/B0{d.of(UPPER, 8)}/{d.alnum(24)}",
    ),
    ("stripe-secret-key", "docs.stripe.com keys", lambda d: "sk_" + "live_" + "51" + d.alnum(97)),
    ("stripe-secret-key", "docs.stripe.com keys", lambda d: "rk_" + "live_" + d.alnum(24)),
    ("stripe-webhook-secret", "docs.stripe.com webhooks", lambda d: "wh" + "sec_" + d.alnum(32)),
    ("google-api-key", "cloud.google.com API keys", lambda d: "AI" + "zaSy" + d.wordy(33)),
    ("google-oauth-secret", "developers.google.com OAuth 2", lambda d: "GOC" + "SPX-" + d.wordy(28)),
    ("entra-client-secret", "learn.microsoft.com purview", lambda d: d.alnum(3) + "8Q~" + d.wordy(34)),
    ("digitalocean-token", "DigitalOcean token prefixes", lambda d: "dop_" + "v1_" + d.hex(64)),
    ("digitalocean-token", "DigitalOcean token prefixes", lambda d: "doo_" + "v1_" + d.hex(64)),
    ("upcloud-token", "UpCloud API tokens", lambda d: "ucat_" + "01" + d.of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24)),
    ("cloudflare-token", "Cloudflare token formats", lambda d: "cfut_" + d.alnum(40) + d.hex(8)),
    ("cloudflare-token", "Cloudflare token formats", lambda d: "cfat_" + d.alnum(40) + d.hex(8)),
    ("cloudflare-global-key", "Cloudflare token formats", lambda d: "cfk_" + d.alnum(40) + d.hex(8)),
    ("cloudflare-origin-ca-key", "Cloudflare Origin CA", lambda d: f"v1.0-{d.hex(24)}-{d.hex(146)}"),
    ("sendgrid-key", "SendGrid keys have 69 signs", lambda d: f"{'SG'}.{d.wordy(22)}.{d.wordy(43)}"),
    ("mailchimp-key", "Mailchimp, About API keys", lambda d: f"{d.hex(32)}-us{d.of('123456789', 1)}"),
    ("brevo-key", "Brevo API keys", lambda d: f"xkeysib-{d.hex(64)}-{d.alnum(16)}"),
    ("pypi-token", "pypitoken's documentation", pypi),
    ("docker-hub-token", "docs.docker.com access tokens", lambda d: "dckr_" + "pat_" + d.wordy(27)),
    ("docker-hub-token", "docs.docker.com access tokens", lambda d: "dckr_" + "oat_" + d.wordy(32)),
    ("rubygems-key", "guides.rubygems API keys", lambda d: "rubygems_" + d.hex(48)),
    ("crates-token", "the registry's token prefix", lambda d: "ci" + "o" + d.alnum(32)),
    ("nuget-key", "NuGet scoped keys", lambda d: "oy" + "2" + d.of(LOWER, 43)),
    ("vault-token", "developer.hashicorp.com Vault 1.10", lambda d: "hv" + "s." + d.wordy(95)),
    ("vault-token", "developer.hashicorp.com Vault 1.10", lambda d: "hv" + "b." + d.wordy(160)),
    ("terraform-cloud-token", "HCP Terraform tokens", lambda d: f"{d.alnum(14)}.atlas{'v1'}.{d.wordy(67)}"),
    ("databricks-token", "docs.databricks.com tokens", lambda d: "da" + "pi" + d.hex(32)),
    ("openai-key", "platform.openai.com keys", lambda d: f"sk-proj-{d.wordy(74)}T3Blbk{'FJ'}{d.wordy(74)}"),
    ("openai-key", "platform.openai.com keys", lambda d: f"sk-{d.alnum(20)}T3Blbk{'FJ'}{d.alnum(20)}"),
    ("anthropic-key", "docs.anthropic.com keys", lambda d: f"sk-{'ant'}-api03-{d.wordy(93)}AA"),
    ("huggingface-token", "huggingface.co user access tokens", lambda d: "hf" + "_" + d.of(string.ascii_letters, 34)),
    ("telegram-bot-token", "core.telegram.org bots", lambda d: f"{d.digits(10)}:AA{d.wordy(33)}"),
    (
        "discord-webhook",
        "discord.com developers webhook",
        lambda d: f"https://discord.com/api/webhooks/{d.digits(19)}/{d.wordy(68)}",
    ),
    ("discord-bot-token", "discord.com developers reference", discord_bot),
    ("heroku-key", "Heroku token format 2", lambda d: "HRKU" + "-AA" + d.wordy(58)),
    ("shopify-token", "shopify.dev token prefixes", lambda d: "sh" + "pat_" + d.hex(32)),
    ("shopify-token", "shopify.dev token prefixes", lambda d: "sh" + "pss_" + d.hex(32)),
    ("square-token", "developer.squareup.com", lambda d: "sq0" + "atp-" + d.wordy(22)),
    ("square-token", "developer.squareup.com", lambda d: "sq0" + "csp-" + d.wordy(43)),
    ("braintree-token", "Braintree access tokens", lambda d: f"access_token$production${d.of(LOWER, 16)}${d.hex(32)}"),
    ("grafana-service-token", "Grafana's satoken", grafana_service),
    ("grafana-cloud-token", "Grafana Cloud access policies", grafana_cloud),
    ("atlassian-token", "Atlassian API tokens", atlassian),
    ("atlassian-token", "Bitbucket app passwords", lambda d: atlassian(d, "ATBB", 24)),
    ("sentry-token", "Sentry RFC 0091", sentry_org),
    ("sentry-token", "Sentry RFC 0091", lambda d: "sntryu_" + d.hex(64)),
    ("new-relic-key", "New Relic user keys", lambda d: "NRAK-" + d.of(UPPER, 27)),
    ("postman-key", "Postman API keys", lambda d: f"PMAK-{d.hex(24)}-{d.hex(34)}"),
    ("tailscale-key", "tailscale.com key prefixes", lambda d: f"ts{'key'}-auth-k{d.alnum(9)}CNTRL-{d.alnum(32)}"),
    ("tailscale-key", "tailscale.com key prefixes", lambda d: f"ts{'key'}-api-k{d.alnum(9)}CNTRL-{d.alnum(32)}"),
    ("fly-token", "fly.io tokens", lambda d: "Fly" + "V1 fm2_" + d.base64(150)),
    ("doppler-token", "docs.doppler.com token formats", lambda d: "dp" + ".pt." + d.alnum(43)),
    ("supabase-key", "supabase.com access tokens", lambda d: "sb" + "p_" + d.hex(40)),
    ("planetscale-token", "planetscale.com service tokens", lambda d: "pscale_" + "tkn_" + d.wordy(43)),
    ("notion-token", "developers.notion.com", lambda d: "ntn" + "_" + d.digits(11) + d.alnum(35)),
    ("linear-key", "linear.app API keys", lambda d: "lin_" + "api_" + d.alnum(40)),
    ("circleci-token", "circleci.com new token format", lambda d: f"CCIP{'AT'}_{d.of(BASE58, 22)}_{d.hex(40)}"),
    ("buildkite-token", "buildkite.com API tokens", lambda d: "bk" + "ua_" + d.hex(40)),
    ("pulumi-token", "pulumi.com access tokens", lambda d: "pul-" + d.hex(40)),
    ("age-secret-key", "age's specification (Bech32)", lambda d: bech32("age-secret-key-", d.bytes(32)).upper()),
    ("onepassword-token", "1Password service accounts", one_password),
    ("json-web-token", "RFC 7519", jwt),
)
