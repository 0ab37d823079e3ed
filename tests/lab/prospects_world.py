"""Prospects on a wire of their own, and the auditor's machine beside them: run inside fresh namespaces by the tests.

    unshare --net --mount --pid --fork --kill-child --mount-proc python prospects_world.py FOLDER

Reads one JSON request a line and answers each with one JSON line: ``{"run": [argv...], "env": {...}}`` runs a command
on the auditor's machine, ``{"packets": "NAME"}`` tells how many packets have reached a prospect, ``{"publish": [domain,
records]}`` changes a zone. Everything ends with this process.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from dns_lab import DnsLab, Zone, dns_lab  # noqa: E402  found only now
from lab_certificates import Authority  # noqa: E402

AUDITOR = "203.0.113.254"
UP_WITHIN = 20.0  # seconds


@dataclass(frozen=True)
class Prospect:
    """A machine that asks to be let in: `servers` is a shell script, `firewall` what nftables drops."""

    name: str
    address: str
    servers: str
    ports: tuple[int, ...]
    firewall: str = ""


_SSHD = "mkdir -p $D/run && /usr/sbin/sshd -D -e -f $D/sshd_config &"
_REDIS = "redis-server --bind 0.0.0.0 --protected-mode no --save '' &"
PROSPECTS = (
    Prospect("clean", "203.0.113.10", f"{_SSHD}\nnginx -c $D/nginx.conf &", (22, 443)),
    Prospect("redis", "203.0.113.20", f"{_SSHD}\n{_REDIS}", (22, 6379)),
    Prospect("hidden", "203.0.113.30", _SSHD, (22,), "tcp dport 6379 drop"),
    Prospect("unproven", "203.0.113.40", _SSHD, (22,)),
)  # fmt: skip
ZONES = {
    "clean.example": Zone(
        '@ A 203.0.113.10\n@ MX 0 .\n@ TXT "v=spf1 -all"\n_dmarc TXT "v=DMARC1; p=reject"\n@ CAA 0 issue "ca.example"'
    ),
    "redis.example": Zone('@ A 203.0.113.20\n@ MX 0 .\n@ TXT "v=spf1 -all"\n_dmarc TXT "v=DMARC1; p=reject"'),
    "unproven.example": Zone("@ A 203.0.113.40"),
    "wild.example": Zone('@ A 203.0.113.40\n* TXT "posture-challenge=anything"'),
    "113.0.203.in-addr.arpa": Zone(),
}


def main(folder: Path) -> None:
    _shell("mount -t tmpfs tmpfs /run && mkdir /run/netns /run/sshd && ip link set lo up")
    _shell(f"ip link add wire type bridge && ip link set wire up && ip addr add {AUDITOR}/24 dev wire")
    authority = Authority()
    (folder / "authority.pem").write_text(authority.certificate)
    with ExitStack() as running:
        for prospect in PROSPECTS:
            running.callback(_started(prospect, folder, authority).kill)
        lab = running.enter_context(dns_lab(folder / "dns", ZONES))
        for prospect in PROSPECTS:
            _wait(prospect, folder)
        print(json.dumps({"resolver": lab.resolver}), flush=True)
        for line in sys.stdin:
            print(json.dumps(_answer(json.loads(line), folder, lab)), flush=True)


def _started(prospect: Prospect, folder: Path, authority: Authority) -> subprocess.Popen[bytes]:
    own = folder / prospect.name
    own.mkdir()
    _shell(f"""
        ip netns add {prospect.name}
        ip link add to-{prospect.name} type veth peer name eth0 netns {prospect.name}
        ip link set to-{prospect.name} master wire up
        ip -n {prospect.name} addr add {prospect.address}/24 dev eth0
        ip -n {prospect.name} link set lo up
    """)
    rules = f"""
        table inet posture {{
          counter seen {{ }}
          chain input {{ type filter hook input priority -10;
            iifname eth0 ip protocol {{ tcp, udp, icmp }} counter name seen
            {prospect.firewall}
          }}
        }}"""
    subprocess.run(["ip", "netns", "exec", prospect.name, "nft", "-f", "-"], input=rules, text=True, check=True)
    _shell(f"ip -n {prospect.name} link set eth0 up")
    _files(prospect, own, authority)
    log = (own / "log").open("wb")
    script = f"D={shlex.quote(str(own))}; cd $D\n{prospect.servers}\nwait"
    return subprocess.Popen(["ip", "netns", "exec", prospect.name, "sh", "-c", script], stdout=log, stderr=log)


def _files(prospect: Prospect, own: Path, authority: Authority) -> None:
    _shell(f"ssh-keygen -q -t ed25519 -N '' -f {shlex.quote(str(own / 'key'))}")
    (own / "sshd_config").write_text(f"HostKey {own}/key\nPidFile none\nUsePAM no\nPasswordAuthentication no\n")
    issued = authority.issue(f"{prospect.name}.example", prospect.address)
    (own / "site.pem").write_text(issued.certificate)
    (own / "site.key").write_text(issued.key)
    (own / "www").mkdir()
    (own / "www" / "index.html").write_text("<!doctype html><title>Hello</title>")
    (own / "nginx.conf").write_text(_nginx(own))


def _nginx(own: Path) -> str:
    return f"""user root; worker_processes 1; daemon off; pid {own}/pid; error_log stderr;
events {{ worker_connections 256; }}
http {{ access_log off; server_tokens off; client_body_temp_path {own}/1; proxy_temp_path {own}/2;
  fastcgi_temp_path {own}/3; uwsgi_temp_path {own}/4; scgi_temp_path {own}/5;
  server {{ listen 443 ssl; server_name _; root {own}/www;
    ssl_certificate {own}/site.pem; ssl_certificate_key {own}/site.key; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers on;
    add_header Strict-Transport-Security "max-age=31536000" always; }} }}
"""


def _wait(prospect: Prospect, folder: Path) -> None:
    end = time.monotonic() + UP_WITHIN
    while True:
        said = _shell(f"ip netns exec {prospect.name} ss -Hltn").stdout
        if all(f":{port} " in said for port in prospect.ports):
            return
        log = (folder / prospect.name / "log").read_text(errors="replace")
        assert time.monotonic() < end, f"{prospect.name} listens on {said!r} only:\n{log}"
        time.sleep(0.05)


def _answer(asked: dict[str, Any], folder: Path, lab: DnsLab) -> dict[str, Any]:
    if "run" in asked:
        environment = {
            **os.environ, "POSTURE_RESOLVER": lab.resolver, "SSL_CERT_FILE": str(folder / "authority.pem"),
            "SSL_CERT_DIR": str(folder / "none"), "NO_COLOR": "1", **asked.get("env", {}),
        }  # fmt: skip
        began = time.monotonic()
        done = subprocess.run(
            asked["run"], capture_output=True, text=True, check=False, env=environment, cwd=folder, timeout=400
        )
        took = time.monotonic() - began
        return {"code": done.returncode, "out": done.stdout, "err": done.stderr, "seconds": took}
    if "publish" in asked:
        lab.change(*asked["publish"])
        return {}
    told = _shell(f"ip netns exec {asked['packets']} nft -j list counter inet posture seen").stdout
    return {"packets": next(one["counter"]["packets"] for one in json.loads(told)["nftables"] if "counter" in one)}


def _shell(script: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    return done


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
