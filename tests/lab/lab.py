"""A network of real servers on one machine, from Debian's packages, to audit for real.

    python tests/lab/lab.py up         makes it; `truth` tells what is in it
    python tests/lab/lab.py exec nmap -n -Pn 198.51.100.12
    python tests/lab/lab.py exec --on weak-ssh sshd -T
    python tests/lab/lab.py down       leaves nothing behind, also of labs whose owner was killed

One process holds a network namespace with a bridge; below it every host has namespaces of its own (network, mounts,
processes, host name), and so has the scanner. The addresses are from 198.51.100.0/24 and, for one host, 2001:db8::/32.
They exist inside these namespaces only, and no namespace has a route out. `up --delay 20 --loss 0.5` puts the
internet's habits between the scanner and the hosts. All namespaces are nameless: they end with the processes in them,
and these end with the first one. A lab is known by its folder, `posture-lab-ID` in the temporary folder; labs do not
see each other.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).resolve().parent))  # run as a program and imported by tests alike

import lab_wire
from lab_boot import PATH, links, write_host, write_root, write_scanner
from lab_certificates import Authority
from lab_hosts import HOSTS
from lab_inventory import write_inventory
from lab_keys import KeyPair, make_key
from lab_namespaces import MARK, Process, enter, in_network, listeners, marked, network_of, wait_until
from lab_requirements import missing
from truth import ADDRESSES, PORTS, REASONS, SCANNER, listening

PREFIX = "posture-lab-"
UP_WITHIN = 90.0  # seconds: it takes five, on a machine with nothing else to do


class LabError(Exception):
    """The lab did not come up, or there is none."""


def folder_of(lab_id: str) -> Path:
    return Path(tempfile.gettempdir()).resolve() / f"{PREFIX}{lab_id}"


class Lab:
    """The lab, as a context: up when entered, and gone without a trace when left, however it is left."""

    def __init__(
        self, lab_id: str | None = None, *, delay_ms: float = 0.0, loss_percent: float = 0.0, seed: int = 1
    ) -> None:
        """`delay_ms` is the round trip between scanner and hosts, `loss_percent` what is lost in each direction.

        Which frames are lost follows from `seed` and from how many went before.
        """
        self.wire = lab_wire.Wire(delay_ms, loss_percent, seed)
        self.folder = folder_of(lab_id or f"{os.getpid()}-{os.urandom(3).hex()}")
        self.keys: dict[str, KeyPair] = {}
        self._root: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.down()

    @classmethod
    def attach(cls, lab_id: str) -> Self:
        """The lab of this id that somebody else brought up.

        Raises:
            LabError: there is none.
        """
        lab = cls(lab_id)
        if not lab.state().get("up"):
            raise LabError(f"no lab in {lab.folder}: bring it up first")
        lab.keys = {path.stem: KeyPair(path.with_suffix("")) for path in (lab.folder / "keys").glob("*.pub")}
        return lab

    # -- coming and going

    def up(self) -> None:
        """Bring up every host and wait until every port of the truth table listens.

        Raises:
            LabError: what is missing, or which server did not come up, with the end of its log.
        """
        if reasons := missing():
            raise LabError("; ".join(reasons))
        try:
            self.folder.mkdir(mode=0o700)
        except FileExistsError:
            raise LabError(f"{self.folder} is there already: take it down first") from None
        with contextlib.ExitStack() as undo:
            undo.callback(self.down)
            self._remember()
            self._write()
            self._boot()
            self._remember(up=True)
            undo.pop_all()

    def stay(self) -> None:
        """Let the lab outlive this process."""
        if self._root is None or self._root.stdin is None:
            raise LabError("only the process that brought the lab up can let it stay")
        self._remember(up=True, stay=True)
        self._root.stdin.write("stay\n")
        self._root.stdin.close()

    def down(self) -> None:
        """End every process of the lab and remove its folder; what is gone already is no error."""
        state = self.state()
        alive = [root for pair in state.get("processes", {}).values() if (root := Process(*pair)).alive]
        # an inode names a namespace only while the namespace lives: of a dead lab it may be somebody else's by now
        networks = frozenset[int](state["networks"] if alive else ())

        def gone() -> bool:
            left = [*(root for root in alive if root.alive), *marked(self.folder), *in_network(networks)]
            for process in left:
                process.kill()
            return not left

        if not wait_until(gone, 10):
            raise LabError(f"processes of {self.folder} do not end")
        if self._root is not None:
            with contextlib.suppress(OSError):
                self._root.communicate()  # ours to bury
            self._root = None
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder)

    def _write(self) -> None:
        keys = self.folder / "keys"
        keys.mkdir()
        for name in ("auditor", "dead", "restricted", "lying-open", *(f"host-{host}" for host in ADDRESSES)):
            self.keys[name] = make_key(keys, name)
        self.keys["small-rsa"] = make_key(keys, "small-rsa", "-t", "rsa", "-b", "1024")
        self.keys["old-host"] = make_key(keys, "old-host", "-t", "rsa", "-b", "2048")
        authority = Authority()
        for name in ADDRESSES:
            write_host(self.folder, HOSTS[name](self.keys, authority))
        write_scanner(self.folder, authority.certificate, self.wire)
        if self.wire.slowed:
            lab_wire.build(self.folder)
        write_root(self.folder, tuple(ADDRESSES))

    def _boot(self) -> None:
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "sh", str(self.folder / "boot.sh")]
        with (self.folder / "log").open("w") as log:
            self._root = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                env={**os.environ, MARK: str(self.folder)},
                start_new_session=True,  # Ctrl-C is for us: we take it down in order
            )
        names = ("wire", "scan", *ADDRESSES)
        self._wait(lambda: [name for name in names if not (self.folder / "pids" / name).exists()])
        self._remember()
        ends = {name: self.pid(name) for name in ("scan", *ADDRESSES)}
        self._command(
            [*enter(self.pid("wire"), "net"), "ip", "-batch", "-"],
            input=links(ends, slowed=self.wire.slowed),
            check=True,
        )
        for name in ("scan", *ADDRESSES):
            self._wait(partial(self._silent, name))

    def _silent(self, name: str) -> list[str]:
        tcp = (frozenset({53}) if name == "scan" else listening(name)) - listeners(self.pid(name))
        udp = listening(name, "udp") - listeners(self.pid(name), "udp")
        return [*(f"{name}:{port}/tcp" for port in sorted(tcp)), *(f"{name}:{port}/udp" for port in sorted(udp))]

    def _wait(self, still_missing: Callable[[], list[str]]) -> None:
        def done() -> bool:
            if self._root is not None and self._root.poll() is not None:
                raise LabError(f"the lab ended while it came up:\n{self.logs()}")
            if ended := [path.name for path in self._pids() if Process.of(int(path.read_text())) is None]:
                raise LabError(f"ended while it came up: {', '.join(ended)}\n{self.logs()}")
            return not still_missing()

        if not wait_until(done, UP_WITHIN):
            raise LabError(f"did not come up: {', '.join(still_missing())}\n{self.logs()}")

    def logs(self) -> str:
        """The end of what each host's servers said."""
        files = (self.folder / "log", *sorted(self.folder.glob("*/log")), *sorted(self.folder.glob("hosts/*/log")))
        ends = {path.parent.name: path.read_text(errors="replace")[-600:] for path in files if path.exists()}
        return "\n".join(f"-- {name}\n{end}" for name, end in ends.items())

    # -- what is remembered on disk, for whoever has to clean up

    def state(self) -> dict[str, Any]:
        """What the owner wrote down; empty where there is nothing, or where the folder is not ours."""
        try:
            if self.folder.lstat().st_uid != os.geteuid():
                return {}
            state: dict[str, Any] = json.loads((self.folder / "lab.json").read_text())
        except (OSError, ValueError):
            return {}
        return state

    def _remember(self, **more: Any) -> None:
        pids = {path.name: int(path.read_text()) for path in self._pids()}
        running = {name: process for name, pid in pids.items() if (process := Process.of(pid))}
        owner = Process.of(os.getpid())
        state = {
            "owner": (owner.pid, owner.started) if owner else None,
            "processes": {name: (process.pid, process.started) for name, process in running.items()},
            "networks": [network_of(process.pid) for process in running.values()],
            **more,
        }
        new = self.folder / "lab.json.new"
        new.write_text(json.dumps(state))
        new.replace(self.folder / "lab.json")

    def _pids(self) -> list[Path]:
        return list((self.folder / "pids").glob("[!.]*"))

    def pid(self, name: str) -> int:
        """The first process of a host, of the scanner (`scan`) or the bridge (`wire`), as this machine numbers it."""
        return int((self.folder / "pids" / name).read_text())

    # -- for tests

    def run(self, argv: Sequence[str], *, on: str | None = None, **kw: Any) -> subprocess.CompletedProcess[Any]:
        """Run a command from the scanner's place, or inside a host; as `subprocess.run`, captured, text, from here.

        From the scanner's place it sees the machine's files and processes, but the lab's network and resolver. In a
        host it sees what somebody logged in there sees.
        """
        return self._command(self.words(argv, on=on, cwd=kw.pop("cwd", None)), **kw)

    def words(self, argv: Sequence[str], *, on: str | None = None, cwd: str | Path | None = None) -> list[str]:
        """The whole command line of `run`, for Popen. Set `MARK` in the environment, so that `down` finds it."""
        if on is None:
            return [*enter(self.pid("scan"), "net", "mount", "uts", cwd=str(cwd or Path.cwd())), *argv]
        return [*enter(self.pid(on), "net", "mount", "uts", "ipc", "pid", cwd=str(cwd or "/")), *argv]

    def _command(self, words: Sequence[str], **kw: Any) -> subprocess.CompletedProcess[Any]:
        env = {**(kw.pop("env", None) or os.environ), MARK: str(self.folder)}
        env["PATH"] = f"{env.get('PATH', '')}:{PATH}"
        captured = {} if {"stdout", "stderr"} & kw.keys() else {"capture_output": True}
        return subprocess.run(words, check=kw.pop("check", False), env=env, **{"text": True, **captured, **kw})

    def neighbour_packets(self) -> int:
        """How many IP packets have reached the neighbour since it came up, of any protocol, whatever became of them."""
        return self._counter("inet", "arrived")

    def neighbour_arp_requests(self) -> int:
        """How many ARP questions for the neighbour's address were heard: no contact yet, but somebody meant it."""
        return self._counter("arp", "asked")

    def carried(self) -> lab_wire.Carried:
        """What went over a slowed cable between the scanner and everybody else."""
        return lab_wire.carried(self.folder)

    def _counter(self, family: str, name: str) -> int:
        told = self.run(["nft", "--json", "list", "counter", family, "counted", name], on="neighbour", check=True)
        return int(
            next(item["counter"]["packets"] for item in json.loads(told.stdout)["nftables"] if "counter" in item)
        )

    def inventory(self, folder: Path, hosts: Sequence[str] | None = None, **variant: Any) -> Path:
        """An inventory of the lab in this folder; `write_inventory` tells the variants."""
        return write_inventory(folder, self.keys, hosts, **variant)


def left_behind() -> Iterator[str]:
    """The ids of labs whose owner is dead and that were not meant to stay."""
    for folder in folder_of("").parent.glob(f"{PREFIX}*"):
        lab = Lab(folder.name.removeprefix(PREFIX))
        state = lab.state()
        with contextlib.suppress(OSError):
            told = folder.lstat()
            fresh = not state and time.time() - told.st_mtime < 60
            owner = Process(*state["owner"]) if state.get("owner") else None
            root = state.get("processes", {}).get("wire")
            lives = (owner and owner.alive) or (state.get("stay") and root and Process(*root).alive)
            if not fresh and not lives and told.st_uid == os.geteuid():
                yield folder.name.removeprefix(PREFIX)


def _status(lab: Lab) -> None:
    for name, address in {"scan": SCANNER, **ADDRESSES}.items():
        ports = [*map(str, sorted(listeners(lab.pid(name)))), *(f"{n}/udp" for n in sorted(listening(name, "udp")))]
        print(f"{name:<11} {address:<21} pid {lab.pid(name):<8} listening: {' '.join(ports) or '-'}")
    print(f"packets at the neighbour: {lab.neighbour_packets()}, ARP questions for it: {lab.neighbour_arp_requests()}")


def _truth() -> None:
    for name, reason in REASONS.items():
        print(f"{name}: {reason}")
        for port in (port for port in PORTS if port.host == name):
            login = "without login" if port.without_login else "-"
            seen = "outside" if port.outside else "inside only"
            print(f"  {port.endpoint:<22} {port.service:<11} {port.process or '-':<13} {login:<14} {seen}")


def _down(lab_id: str) -> None:
    started = time.monotonic()
    for name in {lab_id, *left_behind()}:
        Lab(name).down()
    print(f"down in {time.monotonic() - started:.1f} s")


def _up(given: argparse.Namespace) -> None:
    started = time.monotonic()
    lab = Lab(given.id, delay_ms=given.delay, loss_percent=given.loss, seed=given.seed)
    lab.up()
    lab.stay()
    print(f"up in {time.monotonic() - started:.1f} s; folder {lab.folder}, key {lab.keys['auditor'].path}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--id", default="main", help="which lab, where several are up at once (default: main)")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make it")
    up.add_argument("--delay", type=float, default=0.0, help="milliseconds there and back (default: none)")
    up.add_argument("--loss", type=float, default=0.0, help="percent of the frames lost in each direction")
    up.add_argument("--seed", type=int, default=1, help="another one loses other frames")
    for name in ("down", "status", "truth"):
        commands.add_parser(name)
    execute = commands.add_parser("exec", help="run a command from the scanner's place")
    execute.add_argument("--on", choices=tuple(ADDRESSES), help="run it inside this host instead")
    execute.add_argument("words", nargs=argparse.REMAINDER)
    given = parser.parse_args(argv)
    try:
        return _dispatch(given.command, given)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _dispatch(command: str, given: argparse.Namespace) -> int:
    if command == "up":
        _up(given)
    elif command == "down":
        _down(given.id)
    elif command == "status":
        _status(Lab.attach(given.id))
    elif command == "truth":
        _truth()
    else:
        words = given.words[given.words[:1] == ["--"] :]
        return Lab.attach(given.id).run(words, on=given.on, stdout=None, stderr=None).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
