"""From what a host is to how it boots: its files on disk and the shell scripts that run inside its namespaces."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from lab_accounts import owner_of
from lab_host import Entry, Host
from lab_namespaces import MARK
from lab_wire import BRIDGE_END, Wire, start
from truth import ADDRESSES, NAMES, NETWORK, NETWORK6, SCANNER, SCANNER6

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# /proc is still the machine's here: a shell reads its number as the machine sees it. mv: nobody reads half a number.
_REPORT_PID = 'read -r pid _ </proc/self/stat; echo "$pid" >pids/.{name}; mv pids/.{name} pids/{name}'
# with no address of its own making an interface says nothing by itself: no router solicitation, no multicast report
_QUIET = "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 2>/dev/null || true"


def write_host(folder: Path, host: Host) -> None:
    """Lay out the host's own files under `hosts/NAME/files` and its boot script beside them."""
    base = folder / "hosts" / host.name
    files = base / "files"
    everywhere = (
        Entry("/etc/hosts", f"127.0.0.1 localhost\n{ADDRESSES[host.name]} {host.name}.lab.test {host.name}\n"),
        Entry("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
        Entry("/etc/hostname", f"{host.name}\n"),
    )
    for entry in (*host.entries, *everywhere):
        _write(files, entry, owner_of(entry.owner, host.people))
    binds = [path for path in (*host.binds, *(entry.path for entry in everywhere)) if Path(path).exists()]
    (base / "boot.sh").write_text(_boot_script(host, files, binds))


def _write(files: Path, entry: Entry, owner: tuple[int, int]) -> None:
    path = files / entry.path.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.content is None:
        path.mkdir(exist_ok=True)
    else:
        path.write_text(entry.content)
    os.chown(path, *owner)
    path.chmod(entry.mode)


def _boot_script(host: Host, files: Path, binds: list[str]) -> str:
    lines = [
        "set -eu",
        f"export PATH={PATH} LC_ALL=C",
        _QUIET,
        _REPORT_PID.format(name=host.name),
        "mount -t proc proc /proc",
        "mount -t tmpfs -o mode=1777 lab /dev/shm",  # a killed server leaves its segments there: not on the machine
        f"echo {host.name} >/proc/sys/kernel/hostname",
        *(f"mount --bind {shlex.quote(str(files / path.lstrip('/')))} {path}" for path in binds),
        *(f"mount -t tmpfs -o mode={'1777' if path == '/tmp' else '755'} lab {path}" for path in host.scratch),
        "cd /",
        "ip link set lo up",
        *([f"nft -f - <<'RULES'\n{host.firewall}\nRULES"] if host.firewall else []),
        *_join(ADDRESSES[host.name]),
        host.servers,
        "sleep infinity & wait",  # wait, not exec: the first process has to bury the orphans
    ]
    return "\n".join(lines) + "\n"


_AWAIT_CABLE = "until grep -q eth0: /proc/self/net/dev; do sleep 0.03; done"


def _join(*addresses: str) -> list[str]:
    """IPv6 only for those who have such an address: the others must not say or hear anything over it."""
    return [_AWAIT_CABLE, *(line for address in addresses for line in _own(address)), "ip link set eth0 up"]


def _own(address: str) -> list[str]:
    if ":" not in address:
        return [f"ip addr add {address}/{NETWORK.partition('/')[2]} dev eth0"]
    length = NETWORK6.partition("/")[2]
    return [
        "ip link set eth0 addrgenmode none",
        "echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6",
        f"ip addr add {address}/{length} dev eth0 nodad",
    ]


def write_scanner(folder: Path, authority: str, wire: Wire) -> None:
    """The scanner's namespace: a resolver of its own, the machine's files, and no process namespace.

    It trusts the lab's certification authority, given as PEM, and no other.

    It keeps the machine's /proc, so that a command entering from outside sees itself there.
    """
    base = folder / "scan"
    base.mkdir()
    cname = NAMES["alias.lab.test"]
    addresses = "".join(
        f"{address} {name}\n" for name, group in NAMES.items() for address in group if name != "alias.lab.test"
    )
    assert cname == NAMES["neighbour.lab.test"], "alias.lab.test is a CNAME: it has what the neighbour has"
    replaced = {
        "hosts": "127.0.0.1 localhost\n",
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:2 attempts:1\n",
        "nsswitch.conf": "".join(f"{what}: files\n" for what in ("passwd", "group", "shadow", "services", "protocols"))
        + "hosts: files dns\n",
    }
    for name, text in {**replaced, "addresses": addresses}.items():
        (base / name).write_text(text)
    dnsmasq = (
        "dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --no-resolv --no-hosts "
        "--listen-address=127.0.0.1 --bind-interfaces --local=/#/ --cname=alias.lab.test,neighbour.lab.test "
        f"--addn-hosts={shlex.quote(str(base / 'addresses'))} --pid-file={shlex.quote(str(base / 'pid'))} &"
    )
    _trust(base / "certificates", authority)
    lines = [
        "set -eu",
        f"export PATH={PATH}",
        _QUIET,
        *([*start(wire), _AWAIT_CABLE] if wire.slowed else []),  # before anybody plugs its other end in
        _REPORT_PID.format(name="scan"),
        *(f"mount --bind {shlex.quote(str(base / name))} /etc/{name}" for name in replaced),
        f"mount --bind {shlex.quote(str(base / 'certificates'))} /etc/ssl/certs",
        "ip link set lo up",
        *_join(SCANNER, SCANNER6),
        dnsmasq,
        "sleep infinity & wait",
    ]
    (base / "boot.sh").write_text("\n".join(lines) + "\n")


def _trust(folder: Path, authority: str) -> None:
    """A folder that OpenSSL takes for /etc/ssl/certs, by its file and by the hashes of its names."""
    folder.mkdir()
    bundle = folder / "ca-certificates.crt"
    bundle.write_text(authority)
    words = ["openssl", "x509", "-subject_hash", "-noout", "-in", str(bundle)]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    (folder / f"{told}.0").symlink_to(bundle.name)


def write_root(folder: Path, hosts: tuple[str, ...]) -> None:
    """The lab's first process: it holds the bridge, starts everything, and takes everything with it when it ends.

    It ends when its standard input does, that is with whoever made the lab, however that ends; the line `stay` lets it
    outlive its maker.
    """
    (folder / "pids").mkdir()
    alone = "unshare --net --mount --uts --ipc --pid --fork --kill-child"
    lines = [
        "set -eu",
        f"export PATH={PATH} {MARK}={shlex.quote(str(folder))}",
        f"cd {shlex.quote(str(folder))}",
        _QUIET,
        "ip link set lo up",
        "ip link add lab0 type bridge mcast_snooping 0",  # a snooping bridge announces itself (RFC 4286): not silent
        "ip link set lab0 addrgenmode none up",
        _REPORT_PID.format(name="wire"),
        *(f"{alone} sh hosts/{name}/boot.sh >hosts/{name}/log 2>&1 </dev/null &" for name in hosts),
        "unshare --net --mount --uts sh scan/boot.sh >scan/log 2>&1 </dev/null &",
        "read -r word || exit 0",
        '[ "$word" = stay ] || exit 0',
        "sleep infinity & wait",
    ]
    (folder / "boot.sh").write_text("\n".join(lines) + "\n")


def links(pids: dict[str, int], *, slowed: bool) -> str:
    """For `ip -batch` in the bridge's namespace: a cable from the bridge to each host and to the scanner.

    The scanner's is there already where it is slowed.
    """
    lines = []
    for name, pid in pids.items():
        end = BRIDGE_END if name == "scan" else f"v-{name}"
        if not (slowed and name == "scan"):
            lines.append(f"link add {end} type veth peer name eth0 netns {pid}")
        lines.append(f"link set {end} master lab0 addrgenmode none up")
    return "\n".join(lines) + "\n"
