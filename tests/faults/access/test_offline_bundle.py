"""What a customer runs alone, on a real host: the bundle is believed by the host's own keys, and by nothing else."""

from __future__ import annotations

import gzip
import subprocess
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture.cli.bundles import sent_in
from posture.cli.errors import Usage
from posture.cli.main import cli
from posture.collect.host.bundle import Bundle, SentIn
from posture.collect.host.bundle_file import BundleError, opened
from posture.collect.host.collect import inside_of
from posture.collect.host.installed import bundle_script
from posture.collect.redaction_key import customer_key, installation_key
from posture.facts.codec import to_json
from posture.facts.host import OsRelease
from posture.facts.ssh_trust import SshHostTrust, Trust
from posture.facts.unavailable import Unavailable
from posture.facts.web import WebSites
from posture.model.customer import Authorization, AuthorizationMethod, Customer
from posture.model.resource import Resource, ResourceKind, SshAccess
from posture.model.run import Run
from posture.model.unit import UnitResult
from posture.store.store import open_store

WEB1 = Resource(ResourceKind.HOST, "web1", "198.51.100.2")


@dataclass
class Made:
    """A bundle of a host, as its bytes, and that host's key."""

    data: bytes
    host_key: str
    said: str
    key: str

    @property
    def bundle(self) -> Bundle:
        return opened(self.data)


@pytest.fixture
def made(host, tmp_path) -> Made:
    machine = host()
    key = customer_key(installation_key(tmp_path / "data"), "bakery")
    script = tmp_path / "posture-collect.sh"
    script.write_text(bundle_script("bakery", key))
    done = machine.run("sh", str(script), str(tmp_path / "out.bundle"))
    return Made((tmp_path / "out.bundle").read_bytes(), machine.host_key, done.stdout + done.stderr, key)


def inside(bundle: Bundle, known: set[str], now: datetime) -> object:
    return inside_of(SentIn(bundle, frozenset(known)), WEB1, now)[OsRelease]


def reason(fact: object) -> str:
    assert isinstance(fact, Unavailable)
    return fact.reason


def test_a_bundle_is_the_hosts_own_word_until_it_is_too_old(made) -> None:
    """Its facts are of when it was made; another host's keys, a week, and a clock in the future refuse it."""
    bundle = made.bundle
    assert (bundle.customer, bundle.signed_by) == ("bakery", (made.host_key,))
    assert bundle.sections.collector[1] == "offline"
    assert bundle.sections.cut == ""
    system = inside(bundle, {made.host_key}, bundle.made + timedelta(days=6))
    assert isinstance(system, OsRelease)
    assert system.observed == bundle.made
    assert made.key not in made.said + made.data.decode("latin-1")
    assert "no key of this host" in reason(inside(bundle, {"SHA256:" + "A" * 43}, bundle.made))
    unknown = reason(inside(bundle, set(), bundle.made))
    assert unknown.endswith(f"run: posture access pin bakery web1 {made.host_key}")
    assert "7 days ago" in reason(inside(bundle, {made.host_key}, bundle.made + timedelta(days=7, seconds=1)))
    assert "in the future" in reason(inside(bundle, {made.host_key}, bundle.made - timedelta(hours=1)))


def test_a_bundle_that_anybody_touched_is_refused(made, tmp_path) -> None:
    """Wherever a byte changed, something was cut off or put behind, or the signature was made for something else."""
    data = made.data
    start = data.index(b"\n") + 1
    size = int(data[:start].split()[2])
    for place in (start + 4, start + size // 2, start + size - 3, start + size + 60, len(data) - 60):
        with pytest.raises(BundleError):
            opened(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    for wrong in (b"", b"posture-bundle 1 99999999\n", data[: start + size // 2], data + b"more", data[start:]):
        with pytest.raises(BundleError):
            opened(wrong)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True)
    said = tmp_path / "said"
    said.write_bytes(data[start : start + size])
    for namespace in ("file", "posture-collect"):
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", tmp_path / "k", "-n", namespace, said],
            check=True, stdin=subprocess.DEVNULL, capture_output=True,
        )  # fmt: skip
        forged = data[: start + size] + Path(f"{said}.sig").read_bytes()
        Path(f"{said}.sig").unlink()
        if namespace == "file":
            with pytest.raises(BundleError, match="made for file"):
                opened(forged)
        else:
            other = opened(forged)  # whole, but signed by somebody else
            assert "no key of this host" in reason(inside(other, {made.host_key}, other.made))
    unsigned = opened(data[: start + size])
    assert "not signed" in reason(inside(unsigned, {made.host_key}, unsigned.made))


def test_a_small_file_that_unpacks_to_much_is_refused() -> None:
    """Memory stays bounded whatever is sent in."""
    packed = gzip.compress(bytes(100_000_000))
    with pytest.raises(BundleError, match="bigger"):
        opened(b"posture-bundle 1 %d\n" % len(packed) + packed)


def test_an_audit_takes_a_bundle_for_the_host_whose_key_signed_it(made, tmp_path) -> None:
    """Not for the one whose name it bears; a customer who is not audited, or the same host twice, stops the audit."""
    file = tmp_path / "b"
    file.write_bytes(made.data)
    hosts = tuple(
        replace(WEB1, id=name, ssh=SshAccess("root", None, (key,)))
        for name, key in ((made.bundle.host, "SHA256:" + "A" * 43), ("web2", made.host_key))
    )
    day = timedelta(days=1)
    grant = Authorization(AuthorizationMethod.CONTRACT, "MSA-1", "Jane", made.bundle.made - day, made.bundle.made + day)
    bakery = Customer("bakery", "Bakery", grant, resources=hosts)
    with open_store(f"sqlite:///{tmp_path / 'db'}") as store:
        assert list(sent_in([file], [bakery], store)) == [("bakery", "web2")]
        with pytest.raises(Usage, match="second bundle"):
            sent_in([file, file], [bakery], store)
        with pytest.raises(Usage, match="not audited"):
            sent_in([file], [replace(bakery, id="mill")], store)
        unknown = replace(bakery, resources=(hosts[0], replace(hosts[0], id="web2")))
        assert list(sent_in([file], [unknown], store)) == [("bakery", made.bundle.host)]


def test_a_bundle_does_not_bring_back_what_a_newer_look_has_seen_gone(made, tmp_path) -> None:
    """Neither behind a later look from outside only; the same bundle again, and a newer one, are taken."""
    file = tmp_path / "b"
    file.write_bytes(made.data)
    moment = made.bundle.made
    web1 = replace(WEB1, ssh=SshAccess("root", None, (made.host_key,)))
    day = timedelta(days=1)
    bakery = Customer(
        "bakery", "Bakery",
        Authorization(AuthorizationMethod.CONTRACT, "MSA-1", "Jane", moment - day, moment + day), resources=(web1,),
    )  # fmt: skip
    hour = timedelta(hours=1)
    with open_store(f"sqlite:///{tmp_path / 'db'}") as store:

        def look(number: int, **facts: datetime) -> None:
            trust = SshHostTrust(Trust.INVENTORY, "", "", (), "", moment)
            kinds = {"inside": OsRelease("debian", "12", "", ""), "outside": WebSites((), (), moment), "shown": trust}
            seen = {type(kinds[name]): replace(kinds[name], observed=when) for name, when in facts.items()}
            run = Run(f"run-{number}", moment, "1", "p")
            store.start_run(run, "plan", [(bakery, ["web1"])], moment)
            unit = store.claim(run.id, "worker", hour, moment)
            assert unit is not None
            assert store.commit(unit, UnitResult(to_json(seen), ()), lambda _known, _accepted: (), moment)

        def told() -> object:
            return inside_of(sent_in([file], [bakery], store)["bakery", "web1"], web1, moment)[OsRelease]

        assert isinstance(told(), OsRelease)
        look(1, inside=moment - hour)
        assert isinstance(told(), OsRelease)
        look(2, inside=moment)
        assert isinstance(told(), OsRelease)
        look(3, outside=moment + hour, shown=moment + hour)
        assert isinstance(told(), OsRelease)
        look(4, inside=moment + hour)
        look(5, outside=moment + hour, shown=moment + hour)
        assert f"newer look at this host is known, of {(moment + hour).isoformat()}" in reason(told())


def test_looking_into_a_bundle_tells_whose_it_is(made, tmp_path) -> None:
    """Host, time, sections and the key that signed it; an unsigned one proves nothing, which the exit code says."""
    file = tmp_path / "b"
    file.write_bytes(made.data)
    shown = CliRunner().invoke(cli, ["collect", "--check", str(file)], standalone_mode=False)
    assert shown.return_value == 0
    for word in (made.host_key, "bakery", "packages"):
        assert word in shown.output
    start = made.data.index(b"\n") + 1
    file.write_bytes(made.data[: start + int(made.data[:start].split()[2])])
    shown = CliRunner().invoke(cli, ["collect", "--check", str(file)], standalone_mode=False)
    assert shown.return_value == 3
    assert "nobody" in shown.output
