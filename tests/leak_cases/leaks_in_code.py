"""Private keys, URLs with a password, keys known by the variable or header they stand beside."""

# ruff: noqa: E501 - a file in a case stands on one line where it can

from __future__ import annotations

import json
from collections.abc import Iterator

from leak_cases import keys
from leak_cases.case import Case, case, leak, may
from leak_cases.draw import Draw
from leak_cases.tokens import UPPER, aws_key_id, url64


def cases() -> Iterator[Case]:
    yield from private_keys()
    yield from urls()
    yield from clouds()
    yield from hosting()
    yield from mail()


def private_keys() -> Iterator[Case]:
    d = Draw("private-keys")
    kinds = (
        ("pkcs8", keys.pkcs8),
        ("sec1", keys.sec1),
        ("rsa", keys.rsa),
        ("openssh", keys.openssh),
        ("putty3", keys.putty),
    )
    for name, make in kinds:
        yield case(
            f"key-file-{name}",
            f"backup/{name}.key",
            leak("private-key", make(d)) + "\n",
            "RFC 7468, 8017, 5958; PROTOCOL.key; PuTTY C",
        )
    yield case(
        "key-putty2",
        "Desktop/office.ppk",
        leak("private-key", keys.putty(d, 2)) + "\r\n",
        "PuTTY's documentation, appendix C",
    )
    yield case(
        "key-after-cert",
        "etc/ssl/both.pem",
        keys.armour("CERTIFICATE", b"\x30\x82" + d.bytes(700)) + "\n" + leak("private-key", keys.rsa(d)) + "\n",
        "RFC 7468",
    )
    indented = keys.sec1(d).replace("\n", "\n    ")
    yield case(
        "key-in-yaml",
        "deploy/secret.yml",
        f"tls:\n  key: |\n    {leak('private-key', indented)}\n  port: 443\n",
        "RFC 7468 in YAML",
    )
    escaped = keys.pkcs8(d).replace("\n", "\\n")
    yield case(
        "key-in-json",
        "conf/app.json",
        f'{{\n  "issuer": "acme",\n  "signing": "{leak("private-key", escaped + chr(92) + "n")}"\n}}\n',
        "RFC 7468 in JSON",
    )
    yield case(
        "key-in-python", "app/sign.py", f'import jwt\n\nKEY = """{leak("private-key", keys.rsa(d))}\n"""\n', "RFC 8017"
    )
    yield case(
        "key-crlf", "win/server.key", leak("private-key", keys.rsa(d).replace("\n", "\r\n")) + "\r\n", "RFC 7468"
    )
    yield case(
        "key-two", "all.pem", f"{leak('private-key', keys.pkcs8(d))}\n{leak('private-key', keys.sec1(d))}\n", "RFC 7468"
    )
    yield case(
        "key-id-file", "home/me/.ssh/id_ed25519", leak("private-key", keys.openssh(d)) + "\n", "OpenSSH PROTOCOL.key"
    )
    yield case("key-no-newline", "home/me/.ssh/id_rsa", leak("private-key", keys.rsa(d)), "RFC 8017")
    for name in ("wg0", "office"):
        yield case(
            f"wireguard-{name}",
            f"etc/wireguard/{name}.conf",
            f"[Interface]\nAddress = 10.9.0.1/24\nPrivateKey = {leak('wireguard-private-key', keys.wireguard(d))}\nListenPort = 51820\n\n"
            f"[Peer]\nPublicKey = {d.base64(32)}\nAllowedIPs = 10.9.0.2/32\n",
            "wg(8), configuration file format",
        )
    yield case(
        "wireguard-lower",
        "backup/wg-client.conf",
        f"[Interface]\nprivatekey={leak('wireguard-private-key', keys.wireguard(d))}\n[Peer]\npublickey={d.base64(32)}\n",
        "wireguard-tools, config.c: keys are compared without case",
    )


def urls() -> Iterator[Case]:
    d, why = Draw("urls"), "RFC 3986 3.2.1"
    forms = (
        ("postgres", "settings.py", 'DATABASE = "postgres://shop:{}@db.acme.io:5432/shop"\n'),
        ("mysql", "config/db.yml", "production:\n  url: mysql2://shop:{}@10.1.2.3/shop?pool=5\n"),
        ("mongo", "server.js", "mongoose.connect('mongodb+srv://app:{}@cluster0.ab1cd.mongodb.net/app');\n"),
        ("redis", "worker.rb", 'Redis.new(url: "redis://default:{}@cache.acme.io:6379/0")\n'),
        ("amqp", "celery.py", "BROKER = 'amqps://shop:{}@mq.acme.io/%2Fshop'\n"),
        ("ftp", "upload.sh", "#!/bin/sh\nlftp ftp://web123:{}@ftp.acme.io/httpdocs\n"),
        (
            "https",
            "composer.json",
            '{{"repositories": [{{"type": "composer", "url": "https://ci:{}@repo.acme.io/"}}]}}\n',
        ),
        (
            "smtp",
            "config/packages/mailer.yaml",
            "framework:\n    mailer:\n        dsn: 'smtp://mail%40acme.io:{}@smtp.acme.io:587'\n",
        ),
        ("proxy", "Dockerfile", "FROM debian:13\nRUN curl -x http://build:{}@proxy.acme.io:3128 https://example.org\n"),
        ("ldap", "sync.pl", 'my $url = "ldaps://binder:{}@ldap.acme.io";\n'),
    )
    for name, path, text in forms:
        yield case(f"url-{name}", path, text.format(leak("url-password", d.password())), why)
    yield case(
        "url-escaped",
        "app.go",
        f'const dsn = "postgresql://shop:{leak("url-password", d.alnum(8) + "%40%23" + d.alnum(4))}@db.acme.io/shop"\n',
        why,
    )
    yield case(
        "url-env",
        ".env",
        f"APP_ENV=production\nDATABASE_URL=mysql://shop:{leak('url-password', d.password())}@db.acme.io/shop\n",
        why,
    )


def clouds() -> Iterator[Case]:
    d = Draw("clouds")
    yield case(
        "aws-credentials",
        "home/me/.aws/credentials",
        f"[default]\naws_access_key_id = {leak('aws-access-key-id', aws_key_id(d))}\naws_secret_access_key = {leak('aws-secret-access-key', d.base64(30))}\n\n"
        f"[prod]\naws_access_key_id={leak('aws-access-key-id', aws_key_id(d))}\naws_secret_access_key={leak('aws-secret-access-key', d.base64(30))}\n",
        "AWS CLI user guide, credentials file",
    )
    yield case(
        "aws-code",
        "upload.py",
        f's3 = boto3.client("s3",\n    aws_access_key_id="{leak("aws-access-key-id", aws_key_id(d))}",\n    aws_secret_access_key="{leak("aws-secret-access-key", d.base64(30))}")\n',
        "boto3 documentation, credentials",
    )
    yield case(
        "aws-env",
        "deploy.env",
        f"AWS_ACCESS_KEY_ID={leak('aws-access-key-id', aws_key_id(d))}\nAWS_SECRET_ACCESS_KEY={leak('aws-secret-access-key', d.base64(30))}\nAWS_REGION=eu-central-1\n",
        "AWS CLI environment variables",
    )
    for name, path in (("key", "infra/key.json"), ("backup", "home/me/acme-prod-1f2e3d.json")):
        told = {
            "type": "service_account",
            "project_id": "acme-prod",
            "private_key_id": d.hex(40),
            "private_key": "PEM",
            "client_email": "b@acme-prod.iam.gserviceaccount.com",
        }
        text = json.dumps(told, indent=2).replace(
            "PEM", leak("google-service-account", (keys.rsa(d) + "\n").replace("\n", "\\n"))
        )
        yield case(f"google-account-{name}", path, text + "\n", "cloud.google.com service account keys")
    azure = f"DefaultEndpointsProtocol=https;AccountName=acmefiles;AccountKey={leak('azure-storage-key', d.base64(64))};EndpointSuffix=core.windows.net"
    yield case(
        "azure-storage-json",
        "local.settings.json",
        f'{{"Values": {{"AzureWebJobsStorage": "{azure}"}}}}\n',
        "learn.microsoft.com storage connection strings",
    )
    azure = f"DefaultEndpointsProtocol=https;AccountName=acmelogs;AccountKey={leak('azure-storage-key', d.base64(64))}"
    yield case(
        "azure-storage-config",
        "Web.config",
        f'<configuration>\n<add key="logs" value="{azure}" />\n</configuration>\n',
        "learn.microsoft.com storage connection strings",
    )
    for name, path, form in (
        (
            "bus",
            "app.cs",
            'var c = "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey={}";\n',
        ),
        (
            "iot",
            "device.py",
            'C = "HostName=acme.azure-devices.net;SharedAccessKeyName=iothubowner;SharedAccessKey={}"\n',
        ),
    ):
        yield case(
            f"azure-shared-{name}",
            path,
            form.format(leak("azure-shared-access-key", d.base64(32))),
            "learn.microsoft.com connection strings",
        )


def hosting() -> Iterator[Case]:
    d = Draw("hosting")
    by_name = (
        ("hetzner-token", "HCLOUD_TOKEN", lambda: d.alnum(64)),
        ("hetzner-token", "HETZNER_API_TOKEN", lambda: d.alnum(64)),
        ("linode-token", "LINODE_TOKEN", lambda: d.hex(64)),
        ("vultr-key", "VULTR_API_KEY", lambda: d.of(UPPER, 36)),
        ("scaleway-key", "SCW_SECRET_KEY", d.uuid),
        ("ionos-key", "IONOS_API_KEY", lambda: f"{d.hex(32)}.{d.wordy(86)}"),
        ("ovh-key", "OVH_APPLICATION_SECRET", lambda: d.hex(32)),
        ("ovh-key", "OVH_CONSUMER_KEY", lambda: d.hex(32)),
        ("cloudflare-token", "CLOUDFLARE_DNS_API_TOKEN", lambda: d.wordy(40)),
        ("cloudflare-token", "CF_DNS_API_TOKEN", lambda: d.wordy(40)),
        ("cloudflare-global-key", "CLOUDFLARE_API_KEY", lambda: d.hex(37)),
        ("hosting-api-token", "CPANEL_TOKEN", lambda: d.of(UPPER, 32)),
        ("hosting-api-token", "PLESK_PASSWORD", d.password),
        ("hosting-api-token", "HOSTINGER_API_TOKEN", lambda: d.alnum(48)),
        ("hosting-api-token", "NETCUP_API_PASSWORD", lambda: d.alnum(50)),
        ("hosting-api-token", "GANDIV5_PERSONAL_ACCESS_TOKEN", lambda: d.hex(40)),
        ("hosting-api-token", "DESEC_TOKEN", lambda: d.wordy(28)),
        ("hosting-api-token", "INWX_PASSWORD", d.password),
        ("hosting-api-token", "DIRECTADMIN_PASSWORD", d.password),
    )
    for at, (rule, name, make) in enumerate(by_name):
        value = leak(rule, make())
        forms = (
            (".env", f"STAGE=prod\n{name}={value}\n"),
            ("renew.sh", f"#!/bin/sh\nexport {name}='{value}'\nlego renew\n"),
            (
                "docker-compose.yml",
                f"services:\n  acme:\n    image: goacme/lego\n    environment:\n      - {name}={value}\n",
            ),
        )
        path, text = forms[at % 3]
        yield case(f"named-{name.lower()}", path, text, "variable names of go-acme/lego's providers")
    yield case(
        "hcloud-cli",
        "home/me/.config/hcloud/cli.toml",
        f'active_context = "prod"\n\n[[contexts]]\nname = "prod"\ntoken = "{leak("hetzner-token", d.alnum(64))}"\n',
        "hcloud CLI configuration",
    )
    ovh = f"[default]\nendpoint=ovh-eu\n\n[ovh-eu]\napplication_key={may('ovh-key', d.hex(16))}\napplication_secret={leak('ovh-key', d.hex(32))}\nconsumer_key={leak('ovh-key', d.hex(32))}\n"
    yield case("ovh-conf", "home/me/.ovh.conf", ovh, "python-ovh README")
    yield case(
        "linode-cli",
        "home/me/.config/linode-cli",
        f"[DEFAULT]\ndefault-user = acme\n\n[acme]\nregion = eu-central\ntoken = {leak('linode-token', d.hex(64))}\n",
        "Linode CLI configuration",
    )
    yield case(
        "scw-config",
        "home/me/.config/scw/config.yaml",
        f"access_key: {may('scaleway-key', 'SCW' + d.of(UPPER, 17))}\nsecret_key: {leak('scaleway-key', d.uuid())}\ndefault_region: fr-par\n",
        "Scaleway CLI configuration",
    )
    yield case(
        "vultr-cli", "home/me/.vultr-cli.yaml", f"api-key: {leak('vultr-key', d.of(UPPER, 36))}\n", "vultr-cli README"
    )
    yield case(
        "ionos-code",
        "dns.sh",
        f'curl -H "X-API-Key: {leak("ionos-key", d.hex(32) + "." + d.wordy(86))}" https://api.hosting.ionos.com/dns/v1/zones\n',
        "developer.hosting.ionos.com",
    )
    yield case(
        "proxmox-header",
        "snap.sh",
        f'curl -H "Authorization: PVEAPIToken=root@pam!backup={leak("proxmox-token", d.uuid())}" https://pve1:8006/api2/json/nodes\n',
        "pve.proxmox.com API tokens",
    )
    yield case(
        "proxmox-terraform",
        "provider.tf",
        f'provider "proxmox" {{\n  api_token = "terraform@pve!tf={leak("proxmox-token", d.uuid())}"\n}}\n',
        "pve.proxmox.com API tokens",
    )
    yield case(
        "cpanel-header",
        "whm.php",
        f"<?php\ncurl_setopt($c, CURLOPT_HTTPHEADER, ['Authorization: whm root:{leak('hosting-api-token', d.of(UPPER, 32))}']);\n",
        "api.docs.cpanel.net tokens",
    )
    yield case(
        "cloudflare-ini",
        "etc/letsencrypt/cloudflare.ini",
        f"dns_cloudflare_api_token = {leak('cloudflare-token', d.wordy(40))}\n",
        "certbot-dns-cloudflare documentation",
    )
    yield case(
        "cloudflare-header",
        "purge.sh",
        f'curl -H "X-Auth-Email: a@acme.io" -H "X-Auth-Key: {leak("cloudflare-global-key", d.hex(37))}" https://api.cloudflare.com/client/v4/zones\n',
        "Cloudflare API, legacy keys",
    )
    yield case(
        "upcloud-env",
        ".env",
        f"UPCLOUD_TOKEN={leak('upcloud-token', 'ucat_' + '01' + d.of('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24))}\n",
        "UpCloud API tokens",
    )


def mail() -> Iterator[Case]:
    d = Draw("mail")
    yield case(
        "twilio-code",
        "sms.py",
        f'client = Client("{leak("twilio-key", "SK" + d.hex(32))}", secret)  # twilio\n',
        "Twilio API keys",
    )
    yield case("twilio-env", ".env", f"TWILIO_API_KEY={leak('twilio-key', 'SK' + d.hex(32))}\n", "Twilio API keys")
    yield case(
        "mailgun-env", ".env", f"MAILGUN_API_KEY={leak('mailgun-key', 'key-' + d.hex(32))}\n", "Mailgun API keys"
    )
    yield case(
        "mailgun-php",
        "mail.php",
        f"<?php $mailgun_api_key = '{leak('mailgun-key', f'{d.hex(32)}-{d.hex(8)}-{d.hex(8)}')}';\n",
        "Mailgun API keys",
    )
    yield case("heroku-env", ".env", f"HEROKU_API_KEY={leak('heroku-key', d.uuid())}\n", "Heroku platform API")
    yield case(
        "telegram-url",
        "notify.sh",
        f"curl https://api.telegram.org/bot{leak('telegram-bot-token', d.digits(10) + ':AA' + d.wordy(33))}/getMe\n",
        "core.telegram.org bots",
    )
    yield case(
        "sentry-cli",
        ".sentryclirc",
        f"[auth]\ntoken={leak('sentry-token', 'sntryu_' + d.hex(64))}\n",
        "Sentry CLI configuration",
    )
    yield case(
        "openai-admin",
        "billing.py",
        f'headers = {{"Authorization": "Bearer {leak("openai-key", "sk-" + "admin-" + d.wordy(58) + "T3Blbk" + "FJ" + d.wordy(58))}"}}\n',
        "platform.openai.com keys",
    )
    yield case(
        "anthropic-admin",
        "usage.ts",
        f"const key = `{leak('anthropic-key', 'sk-' + 'ant-admin01-' + d.wordy(93) + 'AA')}`;\n",
        "docs.anthropic.com admin keys",
    )
    yield case(
        "slack-post",
        "hook.js",
        f"fetch('{leak('slack-webhook', f'https://hooks.slack.com/services/T0{d.of(UPPER, 8)}/B0{d.of(UPPER, 8)}/{d.alnum(24)}')}');\n",
        "docs.slack.dev webhooks",
    )
    yield case(
        "doppler-service",
        "ci.yml",
        f"env:\n  CONFIG: {leak('doppler-token', 'dp' + '.st.prd.' + d.alnum(43))}\n",
        "docs.doppler.com token formats",
    )
    yield case(
        "supabase-secret",
        "edge.ts",
        f"createClient(url, '{leak('supabase-key', 'sb' + '_secret_' + d.wordy(31))}')\n",
        "supabase.com API keys",
    )
    yield case(
        "google-client-secret",
        "client_secret.json",
        '{"web":{"client_id":"1-x.apps.googleusercontent.com","client_secret":"'
        + leak("google-oauth-secret", "GOC" + "SPX-" + d.wordy(28))
        + '"}}',
        "developers.google.com OAuth 2",
    )
    yield case(
        "onepassword-env",
        ".env",
        f"OP_SERVICE_ACCOUNT_TOKEN={leak('onepassword-token', 'ops' + '_' + url64(json.dumps({'signInAddress': 'acme.1password.com', 'secretKey': d.alnum(300)})))}\n",
        "1Password service accounts",
    )
