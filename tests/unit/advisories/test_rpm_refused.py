"""RPM repositories that are taken, and those that are not: then nothing changes, and it is said."""

import gzip
import hashlib
import http.server
import re
import shutil
import subprocess
import threading
from datetime import timedelta

import pytest
from rpm_repository import MISSING, Rpm, RpmRepository
from small_alma import ALMA, NAME, NOTICES, host, mirror, told

from posture.advisories.errors import NoSources, Refused, Unreachable
from posture.advisories.feeds.config import Feeds, Mirror
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.name import IndexName
from posture.advisories.indexes.rpm.mirrors import KEYS, shipped_keys
from posture.model.run import SourceState

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}: they make RPM repositories")


@pytest.fixture
def advisor(base, tmp_path):
    """An advisor that reads `base` and has no index yet."""
    return IndexAdvisor(tmp_path / "cache", feeds=mirror(base))


def expect_refused(advisor, now, match, kind=Refused):
    """Nothing changes, and it says so."""
    with pytest.raises(kind, match=match):
        advisor.refresh(NAME, now, timedelta(0))
    pending = advisor.pending(ALMA, host(now, Rpm("glibc", "2.34-60.el9")), now)
    assert told(pending) == {("glibc", "x86_64"): ("2.34-100.el9_4.2", "made", True)}
    if kind is Refused:
        assert "a newer index was refused" in pending.stale
        (source,) = (each for each in advisor.sources(now) if each.name.endswith("almalinux 9 x86_64"))
        assert source.state is SourceState.STALE


def test_a_well_signed_repository_is_taken_and_left_alone_while_unchanged(advisor, base, now):
    assert advisor.refresh(NAME, now).changed == ("made",)
    assert advisor.refresh(NAME, now, timedelta(0)).changed == ()
    assert advisor.pending(ALMA, host(now, Rpm("bash", "5.1.8-9.el9")), now).stale == ""
    stands = advisor.pending(ALMA, host(now, Rpm("bash", "5.1.8-9.el9")), now + timedelta(days=40)).stale
    assert stands.startswith("no known update as of")


def test_another_key_is_refused(advisor, base, keys, now):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES, key=keys("theirs"))
    expect_refused(advisor, now, "not among those configured")


def test_a_changed_head_is_refused(advisor, base, now):
    advisor.refresh(NAME, now)
    base.head.write_bytes(base.head.read_bytes().replace(b"<repomd ", b"<repomd  "))
    expect_refused(advisor, now, "does not fit its content")


def test_an_unsigned_repository_is_refused_unless_configured_so(advisor, base, now, tmp_path):
    """And where it is configured so, every report says that it is not signed."""
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    base.head.with_name("repomd.xml.asc").unlink()
    expect_refused(advisor, now, "signed = false")
    trusting = IndexAdvisor(tmp_path / "other", feeds=mirror(base, signed=False))
    trusting.refresh(NAME, now)
    (source,) = (each for each in trusting.sources(now) if each.name.endswith("almalinux 9 x86_64"))
    assert "made: not signed" in source.note


def test_without_a_key_nothing_is_taken(base, now, tmp_path):
    """No key of that release comes with posture, and none is named."""
    place = {"BaseOS": base.folder.as_uri()}
    lone = IndexAdvisor(tmp_path / "cache", feeds=Feeds((), (Mirror("test", "rocky", (), place),)))
    with pytest.raises(NoSources, match="name its key files with the mirror"):
        lone.refresh(IndexName("rocky", "9", "x86_64"), now)


def test_an_older_repository_is_refused(advisor, base, now):
    """Playing back what was signed before would hide updates."""
    advisor.refresh(NAME, now)
    base.publish(now - timedelta(days=2), NOTICES)
    expect_refused(advisor, now, "older than the one")


def test_a_repository_from_the_future_is_refused(advisor, base, now):
    """It would make every true one look older."""
    advisor.refresh(NAME, now)
    base.publish(now + timedelta(days=400), NOTICES)
    expect_refused(advisor, now, "dated in the future")


def primary_of(base):
    return next(base.folder.glob("repodata/*-primary.xml.gz"))


def test_a_forged_list_of_packages_is_refused(advisor, base, now):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    path = primary_of(base)
    text = gzip.decompress(path.read_bytes()).replace(b"el9_4.2", b"el9_4.1")
    path.write_bytes(gzip.compress(text, mtime=0)[: path.stat().st_size])
    expect_refused(advisor, now, "its hash is another|larger than")


def test_a_truncated_list_of_packages_is_refused(advisor, base, now):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    path = primary_of(base)
    path.write_bytes(path.read_bytes()[:-40])
    expect_refused(advisor, now, "its hash is another")


def swap_primary(base, content: bytes, open_size: int | None = None) -> None:
    """Put other content in place of the packages, with a head that fits it and is well signed."""
    path = primary_of(base)
    packed = gzip.compress(content)
    path.write_bytes(packed)
    head = base.head.read_text()
    block = re.search(r'<data type="primary">.*?</data>', head, re.DOTALL)[0]
    changed = re.sub(r"(<checksum[^>]*>)[0-9a-f]+", rf"\g<1>{hashlib.sha256(packed).hexdigest()}", block)
    changed = re.sub(r"<size>\d+", f"<size>{len(packed)}", changed)
    changed = re.sub(r"<open-size>\d+", f"<open-size>{open_size or len(content)}", changed)
    base.head.write_text(head.replace(block, changed))
    base.sign()


@pytest.mark.parametrize(
    ("content", "open_size", "match"),
    [
        (b"<metadata>" + b" " * 50_000_000, 5_000, "holds more than the 5000 bytes"),
        (b"<metadata><package>", None, "not well-formed XML, or cut short"),
        (b"<metadata>" * 500, None, "nested too deeply"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><metadata>&b;</metadata>', None, "document type or an entity"),
        (b"<html></html>", None, "document of another kind"),
        (b"<metadata></metadata>", None, "offers no package"),
        (b"<metadata><package>" + b"<a/>" * 300_000 + b"</package></metadata>", None, "elements"),
    ],
    ids=["bomb", "cut short", "deep", "entities", "another document", "empty", "endless record"],
)
def test_what_is_built_to_hurt_is_refused_though_it_is_signed(advisor, base, now, content, open_size, match):
    """A stolen key, or a publisher gone wrong: the last good index stays."""
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    swap_primary(base, content, open_size)
    expect_refused(advisor, now, match)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (r'href="[^"]*primary', 'href="../../../etc/primary', "outside of the repository"),
        (r'href="[^"]*primary', 'href="https://evil.example/primary', "outside of the repository"),
        (r"<location href", '<location xml:base="https://evil.example/" href', "outside of the repository"),
        ('<checksum type="sha256">', '<checksum type="md5">', "no hash to trust"),
    ],
)
def test_a_head_that_points_elsewhere_or_protects_nothing_is_refused(advisor, base, now, old, new, match):
    advisor.refresh(NAME, now)
    base.publish(now, NOTICES)
    base.head.write_text(re.sub(old, new, base.head.read_text(), count=1))
    base.sign()
    expect_refused(advisor, now, match)


def test_hostile_strings_end_up_nowhere_but_in_a_comparison(base, now, tmp_path):
    """Names and titles are data; an alias in modules.yaml stands for an endless document."""
    (base.folder / "modules.yaml").write_text("a: &a [x]\nb: [*a, *a]\n")
    subprocess.run(
        ["modifyrepo_c", "--mdtype", "modules", base.folder / "modules.yaml", base.folder / "repodata"],
        check=True,
        capture_output=True,
    )
    base.sign()
    with pytest.raises(Refused, match="aliases"):
        IndexAdvisor(tmp_path / "cache", feeds=mirror(base)).refresh(NAME, now)


@pytest.mark.parametrize("kind", ["gz", "xz", "bz2", "zstd"])
def test_every_packing_is_read(base, now, tmp_path, kind):
    if kind == "zstd":
        if not shutil.which("zstd"):
            pytest.skip("needs zstd")
        path = primary_of(base)
        swap = path.with_name(path.name.replace(".gz", ".zst"))
        packed = subprocess.run(
            ["zstd", "-qc"], input=gzip.decompress(path.read_bytes()), capture_output=True, check=True
        )
        swap.write_bytes(packed.stdout)
        text = base.head.read_text().replace(path.name, swap.name)
        block = re.search(r'<data type="primary">.*?</data>', text, re.DOTALL)[0]
        fixed = re.sub(r"(<checksum[^>]*>)[0-9a-f]+", rf"\g<1>{hashlib.sha256(packed.stdout).hexdigest()}", block)
        base.head.write_text(text.replace(block, re.sub(r"<size>\d+", f"<size>{len(packed.stdout)}", fixed)))
        base.sign()
    else:
        base.publish(now - timedelta(hours=1), NOTICES, compress=kind)
    advisor = IndexAdvisor(tmp_path / "cache", feeds=mirror(base))
    advisor.refresh(NAME, now)
    assert advisor.pending(ALMA, host(now, Rpm("glibc", "2.34-60.el9")), now).updates[0].security


def test_a_mirror_is_asked_over_http_for_its_head_only_while_that_is_the_same(base, now, tmp_path):
    """The head and its signature, then one request a file; the first two while nothing changes."""
    asked = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(base.folder))

        def log_message(self, *_):
            asked.append(self.path.rpartition("-")[2].rpartition("/")[2])

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            place = {"BaseOS": f"http://127.0.0.1:{server.server_address[1]}/"}
            feeds = Feeds((), (Mirror("test", "almalinux", ("9",), place, (base.key.public,)),))
            advisor = IndexAdvisor(tmp_path / "cache", feeds=feeds)
            assert advisor.refresh(NAME, now).rows > 5
            first, asked[:] = list(asked), []
            advisor.refresh(NAME, now, timedelta(0))
        finally:
            server.shutdown()
            thread.join()
    head = ["repomd.xml", "repomd.xml.asc"]
    assert ({*first}, asked) == ({*head, "primary.xml.gz", "modules.yaml.gz", "updateinfo.xml.gz"}, head)


def test_a_mirror_that_is_gone_is_no_fraud(advisor, base, now):
    advisor.refresh(NAME, now)
    base.folder.rename(base.folder.with_name("gone"))
    expect_refused(advisor, now, "repomd.xml", kind=Unreachable)


@pytest.mark.parametrize("path", sorted(KEYS.glob("*.asc")), ids=lambda path: path.stem)
def test_shipped_keys_are_those_of_the_list(path, tmp_path):
    """The fingerprint that gpg reads from the file stands beside its name in the list of keys."""
    command = ["gpg", "--homedir", tmp_path, "--batch", "--with-colons", "--show-keys", path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (fingerprint,) = re.findall(r"^fpr:+([0-9A-F]{40}):", said, re.MULTILINE)
    listed = KEYS.with_name("README.md").read_text()
    (line,) = (line for line in listed.splitlines() if f"`rpm/{path.name}`" in line)
    assert fingerprint in line.replace(" ", "")
    distribution, _, release = path.stem.partition("-")
    assert shipped_keys(IndexName(distribution, release or "9", "x86_64")) == (path,)


def test_the_well_signed_repository_of_another_architecture_or_name_is_refused(advisor, base, keys, now, tmp_path):
    """One key signs all of a distribution: a mirror that serves another part of it must not make updates vanish."""
    advisor.refresh(NAME, now)
    for name, rpms in (
        ("arm", [Rpm(one.name, one.version, "noarch") for one in base.rpms if not one.module]),
        ("appstream", [Rpm("httpd", "2.4-1.el9"), *(Rpm(f"part{number}", "1-1.el9") for number in range(12))]),
    ):
        other = RpmRepository(tmp_path / name, base.key).add(*dict.fromkeys(rpms))
        other.publish(now)
        shutil.rmtree(base.folder / "repodata")
        shutil.copytree(other.folder, base.folder, dirs_exist_ok=True)
        expect_refused(advisor, now, "another archive is served in its place|no package for x86_64|shrink")


def test_one_repository_does_not_stand_for_two(base, now, tmp_path):
    """Two names with the same packages: one of them is served in the other's place."""
    twin = RpmRepository(tmp_path / "twin", base.key)
    shutil.copytree(base.folder, twin.folder, dirs_exist_ok=True)
    with pytest.raises(Refused, match="serves the packages of made in its place"):
        IndexAdvisor(tmp_path / "cache", feeds=mirror(base, twin)).refresh(NAME, now)
