"""Files in which a search for secrets stumbles: quiet texts, encrypted and public things, bulk that looks random."""

# ruff: noqa: E501 - a file in a case stands on one line where it can

from __future__ import annotations

import base64
from collections.abc import Iterator

from leak_cases import keys
from leak_cases.case import Case, case
from leak_cases.draw import Draw
from leak_cases.quiet_texts import TEXTS
from leak_cases.tokens import jwt


def cases() -> Iterator[Case]:
    for at, (why, path, texts) in enumerate(TEXTS):
        for turn, text in enumerate(texts):
            yield case(f"quiet-{at}-{turn}", path, text + ("\n" if turn % 4 else ""), why)
    yield from encrypted()
    yield from public()
    yield from bulk()


def encrypted() -> Iterator[Case]:
    d = Draw("encrypted")
    yield case(
        "encrypted-openssh", "home/me/.ssh/id_ed25519", keys.openssh_encrypted(d) + "\n", "OpenSSH PROTOCOL.key: bcrypt"
    )
    yield case("encrypted-rsa", "etc/ssl/a.key", keys.rsa_encrypted(d) + "\n", "RFC 1421 headers")
    yield case("encrypted-pkcs8", "etc/ssl/b.key", keys.pkcs8_encrypted(d) + "\n", "RFC 5958")
    yield case("encrypted-putty", "office.ppk", keys.putty_encrypted(d) + "\n", "PuTTY's documentation, appendix C")
    vault = "\n".join(d.hex(80) for _ in range(6))
    yield case(
        "ansible-vault",
        "group_vars/all/vault.yml",
        f"$ANSIBLE_VAULT;1.1;AES256\n{vault}\n",
        "docs.ansible.com vault format",
    )
    yield case(
        "ansible-inline",
        "group_vars/web.yml",
        f"db_password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {d.hex(80)}\n  {d.hex(80)}\n",
        "docs.ansible.com vault format",
    )
    yield case(
        "sops",
        "secrets.enc.yaml",
        f"password: ENC[AES256_GCM,data:{d.base64(12)},iv:{d.base64(32)},tag:{d.base64(16)},type:str]\nsops:\n  version: 3.9.0\n",
        "getsops.io",
    )
    yield case(
        "sops-env",
        ".env.enc",
        f"DB_PASSWORD=ENC[AES256_GCM,data:{d.base64(12)},iv:{d.base64(32)},tag:{d.base64(16)},type:str]\n",
        "getsops.io",
    )
    yield case(
        "sealed",
        "sealed.yaml",
        f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    password: Ag{d.base64(300)}\n",
        "sealed-secrets README",
    )
    yield case(
        "age-armour",
        "a.age",
        keys.armour("AGE ENCRYPTED FILE", b"age-encryption.org/v1\n" + d.bytes(200)) + "\n",
        "age's specification",
    )
    yield case("pgp-message", "a.asc", keys.armour("PGP MESSAGE", d.bytes(400), "\n") + "\n", "RFC 9580")
    yield case(
        "rclone-encrypted",
        "home/me/.config/rclone/rclone.conf",
        f"# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\n{d.base64(300)}\n",
        "rclone.org configuration encryption",
    )


def public() -> Iterator[Case]:
    d = Draw("public")
    yield case("public-pem", "a.pub.pem", keys.public_pem(d) + "\n", "RFC 7468: public")
    for name in ("CERTIFICATE", "CERTIFICATE REQUEST", "X509 CRL", "DH PARAMETERS", "RSA PUBLIC KEY", "PKCS7"):
        yield case(
            f"public-{name.lower().replace(' ', '-')}",
            "etc/ssl/a.pem",
            keys.armour(name, b"\x30\x82" + d.bytes(600)) + "\n",
            "RFC 7468: public",
        )
    yield case("public-ssh", "home/me/.ssh/id_ed25519.pub", keys.public_ssh(d) + " me@work\n", "sshd(8)")
    yield case(
        "public-authorized",
        "home/me/.ssh/authorized_keys",
        f'restrict,command="/bin/true" {keys.public_ssh(d)} bot\n',
        "sshd(8)",
    )
    yield case(
        "public-known",
        "home/me/.ssh/known_hosts",
        f"|1|{d.base64(20)}|{d.base64(20)} {keys.public_ssh(d)}\n",
        "sshd(8)",
    )
    yield case("public-pgp", "a.gpg", keys.armour("PGP PUBLIC KEY BLOCK", d.bytes(500), "\n") + "\n", "RFC 9580")
    yield case(
        "public-wireguard",
        "etc/wireguard/peers.conf",
        f"[Peer]\nPublicKey = {d.base64(32)}\nAllowedIPs = 10.9.0.2/32\n",
        "wg(8)",
    )
    yield case("public-dkim", "zone.db", f'mail._domainkey TXT "v=DKIM1; k=rsa; p={d.base64(270)}"\n', "RFC 6376")
    yield case(
        "key-markers-only",
        "docs/keys.txt",
        f"{keys.DASHES}BEGIN PRIVATE KEY{keys.DASHES}\n...\n{keys.DASHES}END PRIVATE KEY{keys.DASHES}\n",
        "RFC 7468: a shape",
    )
    yield case(
        "key-markers-empty",
        "tpl/key.j2",
        f"{keys.DASHES}BEGIN RSA PRIVATE KEY{keys.DASHES}\n{{{{ tls_key }}}}\n{keys.DASHES}END RSA PRIVATE KEY{keys.DASHES}\n",
        "a template",
    )


def bulk() -> Iterator[Case]:
    d = Draw("bulk")
    yield case("image", "page.html", f'<img src="data:image/png;base64,iVBORw0KGgo{d.base64(9000)}">\n', "RFC 2397")
    yield case(
        "font",
        "site.css",
        f"@font-face{{src:url(data:font/woff2;base64,d09GMgABAAAAA{d.base64(20000)})}}\n",
        "RFC 2397",
    )
    yield case(
        "minified",
        "app.min.js",
        ";".join(
            f"var {d.of('abcdef', 2)}=function(e,t){{return e.password=t,e.token=e.{d.of('ghij', 2)}}}"
            for _ in range(300)
        ),
        "minified code",
    )
    yield case(
        "source-map", "app.js.map", f'{{"version":3,"mappings":"{d.alnum(9000)};{d.wordy(5000)}"}}', "source maps"
    )
    yield case(
        "checksums", "SHA256SUMS", "".join(f"{d.hex(64)}  file-{n}.tar.gz\n" for n in range(200)), "sha256sum(1)"
    )
    yield case(
        "git-log",
        "log.txt",
        "".join(f"commit {d.hex(40)}\nAuthor: A <a@acme.io>\n\n    token handling\n" for _ in range(100)),
        "git-log(1)",
    )
    yield case("uuids", "ids.csv", "id,session\n" + "".join(f"{n},{d.uuid()}\n" for n in range(300)), "RFC 9562")
    yield case(
        "random",
        "noise.bin",
        d.bytes(40000).decode("latin-1").translate({1: 32, 2: 32, 3: 32}),
        "random bytes",
        encoding="latin-1",
    )
    yield case(
        "base64-noise", "blob.b64", "\n".join(base64.b64encode(d.bytes(57)).decode() for _ in range(600)), "RFC 4648"
    )
    yield case("jwt-halves", "split.txt", "\n\n".join(jwt(d).split(".")), "RFC 7519: three parts, not a token")
    yield case("empty", "app/.env", "", "nothing")
    yield case(
        "go-sum", "go.sum", "".join(f"github.com/acme/m{n} v1.0.{n} h1:{d.base64(32)}\n" for n in range(60)), "go.sum"
    )
    yield case("csp-nonce", "headers.txt", f"Content-Security-Policy: script-src 'nonce-{d.base64(16)}'\n", "CSP 3")
