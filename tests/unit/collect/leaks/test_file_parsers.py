"""Files that hosting customers really have: where their secrets stand, and what of them is none."""

from __future__ import annotations

import base64
import json

import pytest

from posture.collect.leaks.core.parsers import claims

PW = b"Tr9-vexil.Korb"
KEY32 = base64.b64encode(bytes(range(1, 33)))
BCRYPT = b"$2y$10$" + b"N9qo8uLOickgx2ZMRZoMye" + b"IjZAgcfl7p92ldGxad68LJZdL17lhWy"[:31]
HEX32 = b"9b2f0c4e7a1d5836e0b4c7f2918a3d65"
ALNUM64 = b"kX7rQ2mV9sLw4TzB8nHc3JpYfG6dKa5eRu1NxWtZb0QvMhSgPyCiDjEoFlUqAr2s"
AWS = b"q7Hn2LxV+dRt9KsZ4mWc/PbY8fGj3QaUe6TvNo1i"


def found(path: str, data: bytes) -> list[tuple[str, int, bytes]]:
    parser = claims(path)
    assert parser is not None, path
    return [(leak.rule, leak.line, leak.value) for leak in parser(data)]


SECRETS = [
    ("/var/www/wp-config.php", b"<?php\ndefine( 'DB_PASSWORD', '%s' );\n" % PW, "database-password", 2, PW),
    ("/var/www/wp-config.php.bak", b"<?php define('DB_PASSWORD', \"%s\");" % PW, "database-password", 1, PW),
    ("/s/.env", b"APP_KEY=base64:%s\n" % KEY32, "application-key", 1, KEY32),
    ("/s/.env.production", b"A=1\nDB_PASSWORD='%s' # x\n" % PW, "database-password", 2, PW),
    ("/s/.env", b"STRIPE_WEBHOOK_API_KEY=%s" % PW, "environment-secret", 1, PW),
    ("/s/.env", b"HCLOUD_TOKEN=%s" % ALNUM64, "hetzner-token", 1, ALNUM64),
    ("/root/.my.cnf", b'[client]\nuser=root\npassword="%s"\n' % PW, "database-password", 3, PW),
    ("/etc/mysql/debian.cnf", b"[client]\npassword = %s\n" % PW, "database-password", 2, PW),
    ("/home/a/.pgpass", b"# c\ndb:5432:*:a:x\\:%s\n" % PW, "database-password", 2, b"x:" + PW),
    ("/home/a/.netrc", b"machine ftp.shop.test\nlogin a\npassword %s\n" % PW, "stored-login", 3, PW),
    ("/home/a/.git-credentials", b"https://a:%s@git.shop.test\n" % PW, "stored-login", 1, PW),
    ("/home/a/.git-credentials", b"https://a:Tr9@%s@git.shop.test\n" % PW, "stored-login", 1, b"Tr9@" + PW),
    ("/w/.git/config", b"[remote]\n\turl = https://a:%s@git.shop.test/x\n" % PW, "url-password", 2, PW),
    ("/home/a/.npmrc", b"//npm.shop.test/:_authToken=%s\n" % ALNUM64, "registry-token", 1, ALNUM64),
    ("/home/a/.pypirc", b"[x]\npassword = %s\n" % PW, "stored-login", 2, PW),
    (
        "/home/a/.docker/config.json",
        b'{"auths": {"r.test": {\n"auth": "%s"}}}' % base64.b64encode(b"a:" + PW),
        "docker-auth",
        2,
        base64.b64encode(b"a:" + PW),
    ),
    (
        "/home/a/.kube/config",
        b"users:\n- name: a\n  user:\n    token: %s\n" % ALNUM64,
        "kubeconfig-credential",
        4,
        ALNUM64,
    ),
    ("/home/a/.aws/credentials", b"[default]\naws_secret_access_key = %s\n" % AWS, "aws-secret-access-key", 2, AWS),
    ("/home/a/.config/rclone/rclone.conf", b"[r]\ntype = sftp\npass = %s\n" % ALNUM64, "stored-login", 3, ALNUM64),
    ("/home/a/.s3cfg", b"[default]\nsecret_key = %s\n" % AWS, "aws-secret-access-key", 2, AWS),
    (
        "/t/terraform.tfstate",
        json.dumps({"outputs": {"p": {"value": PW.decode(), "sensitive": True}}}, indent=1).encode(),
        "terraform-state-secret",
        4,
        PW,
    ),
    (
        "/t/terraform.tfstate",
        json.dumps({"resources": [{"instances": [{"attributes": {"password": PW.decode()}}]}]}).encode(),
        "terraform-state-secret",
        1,
        PW,
    ),
    ("/t/prod.tfvars", b'db_password = "%s"\n' % PW, "database-password", 1, PW),
    ("/w/.htpasswd", b"anna:%s\n" % BCRYPT, "password-hash", 1, BCRYPT),
    (
        "/w/.htpasswd",
        b"anna:{SHA}%s\n" % base64.b64encode(bytes(range(20))),
        "password-hash",
        1,
        b"{SHA}" + base64.b64encode(bytes(range(20))),
    ),
    ("/w/configuration.php", b"<?php class J {\n public $password = '%s';\n}" % PW, "database-password", 2, PW),
    ("/w/configuration.php", b"<?php\n$db_password = '%s';" % PW, "database-password", 2, PW),
    (
        "/w/sites/default/settings.php",
        b"<?php\n$databases = ['default' => [\n'password' => '%s']];" % PW,
        "database-password",
        3,
        PW,
    ),
    ("/w/app/etc/env.php", b"<?php return ['crypt' => [ 'key' => '%s' ]];" % HEX32, "application-key", 1, HEX32),
    ("/w/config/settings.inc.php", b"<?php define('_DB_PASSWD_', '%s');" % PW, "database-password", 1, PW),
    (
        "/w/typo3conf/LocalConfiguration.php",
        b"<?php return ['SYS' => [ 'encryptionKey' => '%s' ]];" % HEX32,
        "application-key",
        1,
        HEX32,
    ),
    ("/w/config/config.php", b"<?php $CONFIG = [ 'dbpassword' => '%s' ];" % PW, "database-password", 1, PW),
    ("/w/app/settings.py", b"SECRET_KEY = '%s'\n" % ALNUM64, "application-key", 1, ALNUM64),
    ("/w/config/database.yml", b"production:\n  password: %s\n" % PW, "database-password", 2, PW),
    ("/w/config/secrets.yml", b"production:\n  secret_key_base: %s\n" % ALNUM64, "application-key", 2, ALNUM64),
    ("/w/config/master.key", HEX32 + b"\n", "application-key", 1, HEX32),
    ("/w/application.properties", b"spring.datasource.password=%s\n" % PW, "database-password", 1, PW),
    ("/w/application.yml", b"spring:\n  datasource:\n    password: %s\n" % PW, "database-password", 3, PW),
    (
        "/w/web.config",
        b'<add name="d" connectionString="Server=d;User Id=a;Password=%s;" />' % PW,
        "database-password",
        1,
        PW,
    ),
    (
        "/w/appsettings.json",
        b'{"ConnectionStrings": {\n"d": "Server=d;User Id=a;Password=%s;"}}' % PW,
        "database-password",
        2,
        PW,
    ),
    (
        "/w/docker-compose.yml",
        b"services:\n  a:\n    environment:\n      - API_TOKEN=%s\n" % PW,
        "environment-secret",
        4,
        PW,
    ),
    (
        "/w/docker-compose.yml",
        b"services:\n  a:\n    environment:\n      MYSQL_ROOT_PASSWORD: %s\n" % PW,
        "database-password",
        4,
        PW,
    ),
    (
        "/etc/systemd/system/a.service",
        b'[Service]\nEnvironment="A=1" "API_SECRET=%s"\n' % PW,
        "environment-secret",
        2,
        PW,
    ),
    ("/etc/cron.d/dump", b"0 3 * * * root mysqldump -u root -p%s shop > /b.sql\n" % PW, "command-line-password", 1, PW),
    ("/home/a/.bash_history", b"ls\nmysql -u root -p'%s' shop\n" % PW, "command-line-password", 2, PW),
    ("/home/a/.bash_history", b"curl -u anna:%s https://x.test\n" % PW, "command-line-password", 1, PW),
    ("/home/a/.bash_history", b"sshpass -p %s ssh a@b\n" % PW, "command-line-password", 1, PW),
    ("/home/a/.zsh_history", b": 1690000000:0;PGPASSWORD=%s psql\n" % PW, "command-line-password", 1, PW),
    ("/home/a/.bash_history", b"export DEPLOY_TOKEN=%s\n" % PW, "command-line-password", 1, PW),
    ("/home/a/.bash_history", b"wget --password=%s ftp://x\n" % PW, "command-line-password", 1, PW),
    (
        "/home/a/.config/filezilla/sitemanager.xml",
        b'<Pass encoding="base64">%s</Pass>' % base64.b64encode(PW),
        "stored-login",
        1,
        PW,
    ),
    ("/w/.vscode/sftp.json", b'{\n"password": "%s"}' % PW, "stored-login", 2, PW),
    ("/etc/wireguard/wg0.conf", b"[Interface]\nPrivateKey = %s\n" % KEY32, "wireguard-private-key", 2, KEY32),
    ("/home/a/.msmtprc", b"account x\npassword %s\n" % PW, "stored-login", 2, PW),
    ("/etc/postfix/sasl_passwd", b"[smtp.x.test]:587 a@x.test:%s\n" % PW, "stored-login", 1, PW),
    ("/etc/smbcredentials", b"username=a\npassword=%s\n" % PW, "stored-login", 2, PW),
    ("/root/.config/hcloud/cli.toml", b'[[contexts]]\n  token = "%s"\n' % ALNUM64, "hetzner-token", 2, ALNUM64),
    ("/etc/ovh.conf", b"[ovh-eu]\napplication_secret=%s\n" % HEX32, "ovh-key", 2, HEX32),
    ("/root/.config/linode-cli", b"[a]\ntoken = %s\n" % ALNUM64, "linode-token", 2, ALNUM64),
    (
        "/root/.secrets/cloudflare.ini",
        b"dns_cloudflare_api_token = %s\n" % ALNUM64[:40],
        "cloudflare-token",
        1,
        ALNUM64[:40],
    ),
    ("/root/.acme.sh/account.conf", b"SAVED_CF_Token='%s'\n" % ALNUM64[:40], "cloudflare-token", 1, ALNUM64[:40]),
    ("/root/.accesshash", HEX32 * 10, "hosting-api-token", 1, HEX32 * 10),
    (
        "/b/shop.sql",
        b"CREATE TABLE x;\nINSERT INTO `wp_users` VALUES (1,'a','%s');\n" % BCRYPT,
        "password-hash",
        2,
        BCRYPT,
    ),
]


@pytest.mark.parametrize(
    ("path", "data", "rule", "line", "value"), SECRETS, ids=[f"{s[0]}:{s[2]}:{n}" for n, s in enumerate(SECRETS)]
)
def test_secret_is_told_with_its_line(path: str, data: bytes, rule: str, line: int, value: bytes) -> None:
    """One secret in a file of a known kind is told once, by its rule, at its line, without what surrounds it."""
    assert found(path, data) == [(rule, line, value)]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/w/wp-config.php", b"<?php\n// define('DB_PASSWORD', '%s');\n/* $password = '%s'; */" % (PW, PW)),
        (
            "/w/wp-config.php",
            b"<?php define('DB_PASSWORD', getenv('DB_PASSWORD')); define('AUTH_KEY', 'put your unique phrase here');",
        ),
        (
            "/w/.env",
            b"DB_PASSWORD=\nMAIL_PASSWORD=null\nAPI_TOKEN=${TOKEN}\nTOKEN_FILE=/run/secrets/t\nPWD=/srv/x\nPASSWORD_MIN=12",
        ),
        (
            "/w/.env",
            b"STRIPE_KEY=pk_live_abcdefghijklmnop\nSTRIPE_SECRET=sk_test_51Habcdefghijkl\nSESSION_KEY_PREFIX=shop_live_",
        ),
        ("/h/.docker/config.json", b'{"auths": {"r.test": {}}, "credsStore": "pass"}'),
        ("/h/.config/rclone/rclone.conf", b"# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n" + ALNUM64),
        ("/h/.config/filezilla/sitemanager.xml", b'<Pass encoding="crypt" pubkey="x">%s</Pass>' % KEY32),
        ("/h/.m2/settings.xml", b"<a>\n<!-- e.g.\n<password>%s</password> -->\n</a>" % PW),
        ("/etc/shadow-", b"root:*:1::::::\nanna:!:1::::::\n"),
        ("/h/.bash_history", b"mysql -u root -p shop\ncurl -u anna https://x.test\nexport PATH=/usr/bin\ncd src -p"),
        (
            "/w/docker-compose.yml",
            b"environment:\n  DB_PASSWORD: ${DB_PASSWORD}\n  DB_PASSWORD_FILE: /run/secrets/db\n",
        ),
        ("/w/config/database.yml", b"production:\n  password: <%= ENV['DB'] %>\n"),
    ],
)
def test_what_is_no_secret_is_not_told(path: str, data: bytes) -> None:
    """Comments, placeholders, references to a secret, public and test keys, encrypted stores."""
    assert found(path, data) == []


def test_example_files_have_no_parser() -> None:
    """What a project ships as an example is nobody's password."""
    assert [claims(f"/w/{name}") for name in (".env.example", ".env.dist", "wp-config-sample.php")] == [None] * 3


HOSTILE = (
    b"'",
    b"/*",
    b"{",
    b"[",
    b'"\\',
    b"password=",
    b"a: ",
    b" -p",
    b"<Pass>",
    b"INSERT INTO users ",
    b"mysql ",
    b"a\n",
)


@pytest.mark.parametrize(
    "document",
    [
        {"password": "\ud800" + PW.decode(), "\udfffpassword": PW.decode()},
        {"type": "service_account", "private_key": "PRIVATE KEY \ud800" + PW.decode()},
        {"refresh_token": PW.decode() + "\ud800"},
        {"outputs": {"p": {"value": PW.decode() + "\udc00", "sensitive": True}}},
        {"resources": [{"instances": [{"attributes": {"\ud800password": PW.decode()}}]}]},
    ],
)
@pytest.mark.parametrize(
    "path",
    ["/w/.vscode/sftp.json", "/w/appsettings.json", "/h/application_default_credentials.json", "/t/terraform.tfstate"],
)
def test_half_a_letter_in_json_hides_no_file(path: str, document: object) -> None:
    """JSON can name what no encoding has (RFC 8259, 8.2): the file is read to its end all the same."""
    parser = claims(path)
    assert parser is not None, path
    assert all(isinstance(leak.value, bytes) for leak in parser(json.dumps(document).encode()))


@pytest.mark.parametrize("path", sorted({secret[0] for secret in SECRETS}))
def test_broken_files_raise_nothing(path: str) -> None:
    """A file made to hold a parser up or to break it is read to its end, and holds no secret."""
    parser = claims(path)
    assert parser is not None
    for unit in HOSTILE:
        list(parser(unit * (20_000 // len(unit))))
    list(parser(bytes(range(256)) * 40))
