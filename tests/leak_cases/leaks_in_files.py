"""Files whose kind tells what is secret in them: configuration of applications, stored logins, hashes, histories."""

# ruff: noqa: E501 - a file in a case stands on one line where it can

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from leak_cases import keys
from leak_cases.case import Case, case, leak
from leak_cases.draw import Draw
from leak_cases.tokens import LOWER, jwt, url64

SALTS = (
    "AUTH_KEY",
    "SECURE_AUTH_KEY",
    "LOGGED_IN_KEY",
    "NONCE_KEY",
    "AUTH_SALT",
    "SECURE_AUTH_SALT",
    "LOGGED_IN_SALT",
    "NONCE_SALT",
)
CRYPT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def cases() -> Iterator[Case]:
    yield from applications()
    yield from stored()
    yield from registries()
    yield from hashes()
    yield from environments()
    yield from commands()


def applications() -> Iterator[Case]:
    d = Draw("applications")
    database = "database-password"
    for name, path, end in (
        ("live", "var/www/shop/wp-config.php", "\n"),
        ("backup", "public_html/wp-config.php.bak", "\r\n"),
    ):
        lines = [
            "<?php",
            "define( 'DB_NAME', 'wp_shop' );",
            "define( 'DB_USER', 'wp_shop' );",
            f"define( 'DB_PASSWORD', '{leak(database, d.password())}' );",
            "define( 'DB_HOST', 'localhost' );",
        ]
        lines += [
            f"define('{salt}', '{leak('application-key', d.alnum(30) + ' |+' + d.alnum(31))}');" for salt in SALTS
        ]
        yield case(
            f"wordpress-{name}",
            path,
            end.join([*lines, "$table_prefix = 'wp_';", ""]),
            "developer.wordpress.org wp-config.php",
        )
    laravel = f"APP_NAME=Shop\nAPP_ENV=production\nAPP_KEY=base64:{leak('application-key', d.base64(32))}\nDB_HOST=127.0.0.1\nDB_USERNAME=shop\nDB_PASSWORD={leak(database, d.password())}\n"
    yield case("laravel", "var/www/api/.env", laravel, "laravel.com configuration, encryption")
    yield case(
        "laravel-quoted",
        "var/www/api/.env.production",
        f'APP_KEY="base64:{leak("application-key", d.base64(32))}"\nDB_PASSWORD="{leak(database, d.password())}"',
        "laravel.com configuration",
    )
    yield case(
        "django",
        "shop/settings.py",
        f"DEBUG = False\nSECRET_KEY = '{leak('application-key', d.of(LOWER + '!@#%^&*(-_=+)', 50))}'\nALLOWED_HOSTS = []\n",
        "docs.djangoproject.com SECRET_KEY",
    )
    yield case(
        "rails-master",
        "app/config/master.key",
        leak("application-key", d.hex(32)),
        "guides.rubyonrails.org custom credentials",
    )
    yield case(
        "rails-secrets",
        "app/config/secrets.yml",
        f"production:\n  secret_key_base: {leak('application-key', d.hex(128))}\n",
        "guides.rubyonrails.org security",
    )
    yield case(
        "joomla",
        "public_html/configuration.php",
        f"<?php\nclass JConfig {{\n\tpublic $host = 'localhost';\n\tpublic $user = 'joomla';\n\tpublic $password = '{leak(database, d.password())}';\n\tpublic $db = 'joomla';\n\tpublic $secret = '{leak('application-key', d.alnum(16))}';\n}}\n",
        "docs.joomla.org configuration.php",
    )
    yield case(
        "drupal",
        "web/sites/default/settings.php",
        f"<?php\n$databases['default']['default'] = array (\n  'database' => 'drupal',\n  'username' => 'drupal',\n  'password' => '{leak(database, d.password())}',\n  'host' => 'localhost',\n  'driver' => 'mysql',\n);\n$settings['hash_salt'] = '{leak('application-key', d.wordy(74))}';\n",
        "drupal.org default.settings.php",
    )
    yield case(
        "magento",
        "app/etc/env.php",
        f"<?php\nreturn [\n    'crypt' => [\n        'key' => '{leak('application-key', d.hex(32))}'\n    ],\n    'db' => [\n        'connection' => [\n            'default' => [\n                'host' => 'localhost',\n                'username' => 'magento',\n                'password' => '{leak(database, d.password())}',\n            ]\n        ]\n    ],\n];\n",
        "Adobe Commerce env.php reference",
    )
    yield case(
        "prestashop",
        "app/config/parameters.php",
        f"<?php return array (\n  'parameters' => array (\n    'database_host' => '127.0.0.1',\n    'database_user' => 'presta',\n    'database_password' => '{leak(database, d.password())}',\n    'secret' => '{leak('application-key', d.alnum(56))}',\n  ),\n);\n",
        "PrestaShop parameters.php",
    )
    yield case(
        "typo3",
        "public/typo3conf/LocalConfiguration.php",
        f"<?php\nreturn [\n    'DB' => [\n        'Connections' => [\n            'Default' => [\n                'driver' => 'mysqli',\n                'password' => '{leak(database, d.password())}',\n                'user' => 'typo3',\n            ],\n        ],\n    ],\n    'SYS' => [\n        'encryptionKey' => '{leak('application-key', d.hex(96))}',\n    ],\n];\n",
        "docs.typo3.org LocalConfiguration",
    )
    yield case(
        "whmcs",
        "whmcs/configuration.php",
        f"<?php\n$db_host = 'localhost';\n$db_username = 'whmcs';\n$db_password = '{leak(database, d.password())}';\n$cc_encryption_hash = '{leak('application-key|hosting-api-token', d.alnum(64))}';\n",
        "docs.whmcs.com configuration.php",
    )
    yield case(
        "my-cnf",
        "root/.my.cnf",
        f"[client]\nuser=root\npassword={leak(database, d.password())}\n",
        "dev.mysql.com option files",
    )
    yield case(
        "my-cnf-quoted",
        "home/me/.my.cnf",
        f'[mysqldump]\nuser = backup\npassword = "{leak(database, d.password())}"\n',
        "dev.mysql.com option files",
    )
    yield case(
        "pgpass",
        "home/me/.pgpass",
        f"# host:port:database:user:password\ndb.acme.io:5432:shop:shop:{leak(database, d.password())}\n*:*:*:postgres:{leak(database, d.password())}\n",
        "PostgreSQL manual, The Password File",
    )


def stored() -> Iterator[Case]:
    d = Draw("stored")
    rule = "stored-login"
    yield case(
        "netrc",
        "home/me/.netrc",
        f"machine ftp.acme.io login web123 password {leak(rule, d.password())}\nmachine api.acme.io\n  login bot\n  password {leak(rule, d.password())}\n",
        "curl's netrc documentation",
    )
    yield case(
        "git-credentials",
        "home/me/.git-credentials",
        f"https://me:{leak(rule, d.password())}@git.acme.io\nhttps://bot:{leak(rule, d.password())}@code.acme.io\n",
        "git-credential-store(1)",
    )
    yield case(
        "s3cfg",
        "home/me/.s3cfg",
        f"[default]\naccess_key = minio-backup\nhost_base = s3.acme.io\nsecret_key = {leak(rule + '|aws-secret-access-key', d.base64(30))}\nuse_https = True\n",
        "s3cmd's configuration",
    )
    told = base64.b64encode(d.password().encode()).decode()
    yield case(
        "filezilla",
        "home/me/.config/filezilla/sitemanager.xml",
        f'<?xml version="1.0"?>\n<FileZilla3>\n<Servers><Server>\n<Host>ftp.acme.io</Host>\n<User>web1</User>\n<Pass encoding="base64">{leak(rule, told)}</Pass>\n</Server></Servers>\n</FileZilla3>\n',
        "FileZilla's sitemanager.xml",
    )
    yield case(
        "rclone",
        "home/me/.config/rclone/rclone.conf",
        f"[backup]\ntype = sftp\nhost = backup.acme.io\nuser = u123\npass = {leak(rule, url64(d.bytes(32)))}\n",
        "rclone.org obscure: reversible",
    )
    yield case(
        "sftp-json",
        ".vscode/sftp.json",
        f'{{\n  "host": "ftp.acme.io",\n  "protocol": "ftp",\n  "username": "web1",\n  "password": "{leak(rule, d.password())}"\n}}\n',
        "vscode-sftp's configuration",
    )
    yield case(
        "pypirc",
        "home/me/.pypirc",
        f"[distutils]\nindex-servers = inner\n\n[inner]\nrepository = https://packages.acme.io/\nusername = ci\npassword = {leak(rule, d.password())}\n",
        "packaging.python.org .pypirc",
    )
    for name, path, head in (("user", "home/me/.kube/config", ""), ("copy", "backup/kubeconfig", "# copy\n")):
        yield case(
            f"kube-{name}",
            path,
            head
            + f"apiVersion: v1\nkind: Config\nclusters:\n- name: prod\n  cluster:\n    server: https://10.0.0.1:6443\n    certificate-authority-data: {d.base64(300)}\nusers:\n- name: admin\n  user:\n    client-certificate-data: {d.base64(300)}\n    client-key-data: {leak('kubeconfig-credential', base64.b64encode(keys.rsa(d).encode()).decode())}\n",
            "kubernetes.io kubeconfig v1",
        )
    yield case(
        "kube-token",
        "home/me/.kube/config",
        f"apiVersion: v1\nkind: Config\nusers:\n- name: bot\n  user:\n    token: {leak('kubeconfig-credential|json-web-token', jwt(d))}\n",
        "kubernetes.io kubeconfig v1",
    )
    state = {
        "version": 4,
        "terraform_version": "1.9.5",
        "serial": 3,
        "lineage": d.uuid(),
        "outputs": {"db_password": {"value": "OUTPUT", "type": "string", "sensitive": True}},
        "resources": [],
    }
    yield case(
        "tfstate-output",
        "infra/terraform.tfstate",
        json.dumps(state, indent=2).replace("OUTPUT", leak("terraform-state-secret", d.password())),
        "Terraform state format 4",
    )
    yield case(
        "tfstate-line",
        "infra/terraform.tfstate.backup",
        json.dumps(state).replace("OUTPUT", leak("terraform-state-secret", d.password())) + "\n",
        "Terraform state format 4",
    )


def registries() -> Iterator[Case]:
    d = Draw("registries")
    for name, path in (("user", "home/me/.npmrc"), ("project", ".npmrc")):
        yield case(
            f"npmrc-{name}",
            path,
            f"//packages.acme.io/:_authToken={leak('registry-token', d.uuid())}\nalways-auth=true\n",
            "npm's manual, npmrc(5)",
        )
    yield case(
        "npmrc-password",
        "ci/.npmrc",
        f"//packages.acme.io/:username=ci\n//packages.acme.io/:_password={leak('registry-token', base64.b64encode(d.password().encode()).decode())}\n",
        "npm's manual, npmrc(5)",
    )
    yield case(
        "npmrc-npm",
        "app/.npmrc",
        f"//packages.acme.io/:_authToken={leak('npm-token', d.crc('npm_'))}\n",
        "github.blog npm tokens",
    )
    for name, path in (("user", "home/me/.docker/config.json"), ("ci", "root/.docker/config.json")):
        told = base64.b64encode(f"ci:{d.password()}".encode()).decode()
        yield case(
            f"docker-{name}",
            path,
            f'{{\n\t"auths": {{\n\t\t"images.acme.io": {{\n\t\t\t"auth": "{leak("docker-auth", told)}"\n\t\t}}\n\t}}\n}}\n',
            "docker login(1), config.json",
        )


def hashes() -> Iterator[Case]:
    d = Draw("hashes")
    rule = "password-hash"
    apr = f"$apr1${d.of(CRYPT, 8)}${d.of(CRYPT, 22)}"
    sha = "{SHA}" + d.base64(20)
    bcrypt = f"$2y$10${d.of(CRYPT, 53)}"
    yield case(
        "htpasswd-three",
        "var/www/.htpasswd",
        f"ann:{leak(rule, apr)}\nbob:{leak(rule, sha)}\ncid:{leak(rule, bcrypt)}\n",
        "htpasswd(1); a strong hash is still told, low",
    )
    yield case("htpasswd-crypt", "etc/nginx/.htpasswd", f"admin:{leak(rule, d.of(CRYPT, 13))}\n", "htpasswd(1), crypt")
    yield case(
        "shadow",
        "backup/etc/shadow",
        f"root:{leak(rule, f'$6${d.of(CRYPT, 16)}${d.of(CRYPT, 86)}')}:19800:0:99999:7:::\ndaemon:*:19800:0:99999:7:::\nme:{leak(rule, f'$y$j9T${d.of(CRYPT, 22)}${d.of(CRYPT, 43)}')}:19800:0:99999:7:::\nold:!:19800::::::\n",
        "shadow(5), crypt(5)",
    )
    yield case(
        "wordpress-dump",
        "backup/shop.sql",
        "-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n-- Host: localhost    Database: wp_shop\n\n"
        f"INSERT INTO `wp_users` VALUES (1,'admin','{leak(rule, '$P$B' + d.of(CRYPT, 30))}','admin','a@acme.io','','2024-01-01 00:00:00','',0,'admin');\n",
        "mysqldump(1); phpass",
    )
    yield case(
        "postgres-dump",
        "backup/app.sql",
        f"--\n-- PostgreSQL database dump\n--\n\nCOPY public.users (id, email, password_digest) FROM stdin;\n1\ta@acme.io\t{leak(rule, f'$2a$12${d.of(CRYPT, 53)}')}\n\\.\n",
        "pg_dump(1); bcrypt",
    )


def environments() -> Iterator[Case]:
    d = Draw("environments")
    rule = "environment-secret"
    for at, name in enumerate(
        ("SMTP_PASSWORD", "ADMIN_PASSWORD", "JWT_SECRET", "INTERNAL_API_TOKEN", "BILLING_API_KEY")
    ):
        forms = (
            ("app/.env", f"PORT=80\n{name}={leak(rule, d.password())}\n"),
            ("app/.env.local", f"export {name}='{leak(rule, d.password())}'\r\n"),
        )
        path, text = forms[at % 2]
        yield case(f"env-{name.lower()}", path, text, "dotenv; systemd EnvironmentFile")
    yield case(
        "compose",
        "docker-compose.yml",
        f"services:\n  mail:\n    image: mail\n    environment:\n      SMTP_PASSWORD: {leak(rule, d.password())}\n      PORT: 25\n",
        "docs.docker.com compose environment",
    )
    yield case(
        "compose-list",
        "compose.yaml",
        f"services:\n  db:\n    image: mariadb\n    environment:\n      - MARIADB_ROOT_PASSWORD={leak(rule + '|database-password', d.password())}\n",
        "docs.docker.com compose environment",
    )
    yield case(
        "unit",
        "etc/systemd/system/shop.service",
        f"[Service]\nExecStart=/usr/bin/shop\nEnvironment=SHOP_API_TOKEN={leak(rule, d.password())}\n",
        "systemd.exec(5) Environment=",
    )
    yield case(
        "unit-quoted",
        "etc/systemd/system/bot.service.d/override.conf",
        f'[Service]\nEnvironment="PORT=80" "BOT_SECRET={leak(rule, d.password())}"\n',
        "systemd.exec(5) Environment=",
    )
    yield case(
        "cron",
        "etc/cron.d/sync",
        f"MAILTO=ops\nSYNC_TOKEN={leak(rule, d.password())}\n*/5 * * * * root /usr/local/bin/sync\n",
        "crontab(5), environment setting",
    )


def commands() -> Iterator[Case]:
    d = Draw("commands")
    rule = "command-line-password"
    yield case(
        "history-mysql",
        "home/me/.bash_history",
        f"ls -la\nmysql -u root -p{leak(rule, d.password())} shop\nexit\n",
        "mysql(1) -p",
    )
    yield case(
        "history-curl",
        "root/.bash_history",
        f"cd /srv\ncurl -u admin:{leak(rule, d.password())} https://api.acme.io/v1\n",
        "curl(1) -u",
    )
    yield case(
        "history-sshpass",
        "root/.zsh_history",
        f": 1700000000:0;sshpass -p '{leak(rule, d.password())}' ssh root@10.0.0.2\n",
        "sshpass(1)",
    )
    yield case(
        "history-pg",
        "var/lib/postgresql/.bash_history",
        f"PGPASSWORD={leak(rule, d.password())} psql -h db.acme.io -U shop\n",
        "libpq environment variables",
    )
    yield case(
        "history-option",
        "home/me/.bash_history",
        f"mysqldump --user=root --password={leak(rule, d.password())} shop > a.sql\n",
        "mysqldump(1)",
    )
    yield case(
        "cron-mysqldump",
        "etc/cron.d/backup",
        f"0 3 * * * root mysqldump -ubackup -p{leak(rule, d.password())} --all-databases > /srv/all.sql\n",
        "crontab(5), mysqldump(1)",
    )
    yield case(
        "unit-sshpass",
        "etc/systemd/system/pull.service",
        f"[Service]\nType=oneshot\nExecStart=/usr/bin/sshpass -p {leak(rule, d.password())} rsync -a backup@10.0.0.2:/srv /srv\n",
        "sshpass(1), systemd.service(5)",
    )
