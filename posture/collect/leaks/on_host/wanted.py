"""Which files of a host may hold secrets, and which of them are made for nothing else: by their names alone."""

from __future__ import annotations

import re

from posture.collect.leaks.core.parsers import claims

# What package managers unpack, what programs keep for themselves, git's own objects: other people's published work.
_SKIPPED = re.compile(
    r"node_modules|bower_components|vendor|site-packages|dist-packages|__pycache__|\.(?:cache|npm|yarn|pnpm-store|rustup|m2|"
    r"gradle|tox|mypy_cache|pytest_cache|svn|hg|terraform|nvm|pyenv|rbenv|vscode-server|cursor-server)|proc|snap|"
    r"wp-includes|ca-certificates|alternatives|zoneinfo"
)
_SKIPPED_PATHS = re.compile(
    r".*/(?:\.git/(?:objects|logs|refs|hooks|lfs)|go/pkg|\.cargo/(?:registry|git)|lib/python[0-9.]+|lib/ruby|"
    r"\.local/share/(?:containers|Trash|flatpak)|\.config/(?:google-chrome|chromium|BraveSoftware)|"
    r"(?:cache|caches|sessions?)/(?:twig|smarty|prod|dev|views|data))|/etc/(?:ssl/certs|pki|selinux|fonts|X11)"
)
_DULL = re.compile(
    r".*\.(?:jpe?g|png|gif|svg|webp|avif|ico|bmp|tiff?|css|scss|less|map|woff2?|ttf|eot|otf|mp[34]|webm|mov|avi|pdf|zip|"
    r"gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|exe|dll|so|o|a|pyc|mo|po|pot|html?|tpl|twig|md|rst|log|lock|min\.js|swf|psd|"
    r"docx?|xlsx?|pptx?|crt|csr|crl|iso|img|qcow2|db|sqlite3?|frm|ibd|myd|myi)",
    re.IGNORECASE,
)

_DUMP = re.compile(r".*(?:\.sql|\.sql\.txt|dump[^/]*\.txt)", re.IGNORECASE | re.DOTALL)
_SHADOW = re.compile(r"/etc/g?shadow-?|/var/backups/g?shadow\.bak")

LOOSE = (
    (r"/\.my\.cnf", "login of MySQL's clients"),
    (r"/\.mylogin\.cnf", "login of MySQL's clients"),
    (r"/etc/mysql/debian\.cnf", "login of MySQL's maintenance"),
    (r"/\.pgpass", "passwords of PostgreSQL's clients"),
    (r"/[._]netrc", "logins of curl, ftp and git"),
    (r"/\.git-credentials", "logins of git"),
    (r"/\.pypirc", "login of a Python package index"),
    (r"/\.aws/credentials", "keys of AWS"),
    (r"/\.s3cfg", "keys of S3 storage"),
    (r"/\.boto", "keys of cloud storage"),
    (r"/\.docker/config\.json", "logins of container registries"),
    (r"/\.kube/config", "login of a Kubernetes cluster"),
    (r"/rclone/rclone\.conf", "logins of rclone"),
    (r"/hcloud/cli\.toml", "tokens of Hetzner Cloud"),
    (r"/gcloud/application_default_credentials\.json", "login of Google Cloud"),
    (r"/\.vault-token", "token of Vault"),
    (r"/\.terraform\.d/credentials\.tfrc\.json", "tokens of Terraform"),
    (r"/\.config/gh/hosts\.yml", "tokens of GitHub"),
    (r"/\.gem/credentials", "keys of RubyGems"),
    (r"/\.cargo/credentials(?:\.toml)?", "tokens of crates.io"),
    (r"/\.(?:smb|cifs)credentials", "login of a file share"),
    (r"/\.?davfs2/secrets", "logins of WebDAV"),
    (r"/\.msmtprc", "login of a mail server"),
    (r"/etc/postfix/sasl_passwd", "logins of mail servers"),
    (r"/etc/ppp/(?:chap|pap)-secrets", "logins of PPP"),
    (r"/etc/wireguard/[^/]+\.conf", "keys of WireGuard"),
    (r"/etc/shadow-?", "password hashes of the system"),
    (r"/etc/gshadow-?", "password hashes of the system"),
)
"""Ends of paths of files made for credentials, with what they are for people."""

_LOOSE = tuple((re.compile(r".*" + form, re.DOTALL), kind) for form, kind in LOOSE)
_LOOSE_NAME = re.compile(
    r"\.my\.cnf|\.mylogin\.cnf|debian\.cnf|\.pgpass|[._]netrc|\.git-credentials|\.pypirc|credentials(?:\.toml)?|\.s3cfg|"
    r"\.boto|config\.json|config|rclone\.conf|cli\.toml|application_default_credentials\.json|\.vault-token|"
    r"credentials\.tfrc\.json|hosts\.yml|\.(?:smb|cifs)credentials|secrets|\.msmtprc|sasl_passwd|(?:chap|pap)-secrets|"
    r".*\.conf|g?shadow-?"
)


def skipped(path: str, name: str) -> bool:
    """Whether a folder is not looked into."""
    return _SKIPPED.fullmatch(name) is not None or _SKIPPED_PATHS.fullmatch(path) is not None


def loose_kind(path: str, name: str) -> str:
    """What a file made for credentials is for; empty where it is no such file."""
    if _LOOSE_NAME.fullmatch(name):
        for form, kind in _LOOSE:
            if form.fullmatch(path):
                return kind
    return ""


def wanted(path: str, name: str) -> bool:
    """Whether a file's contents are to be looked at. The system's own password hashes are not."""
    if _DULL.fullmatch(name) or _SHADOW.fullmatch(path):
        return False
    return claims(path) is not None or loose_kind(path, name) != ""


def dump(name: str) -> bool:
    """Whether its beginning is enough: what tables it has."""
    return _DUMP.fullmatch(name) is not None
