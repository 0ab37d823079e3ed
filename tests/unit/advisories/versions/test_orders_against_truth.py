"""Keys against the libraries whose order they are: 100,000 random pairs each, no difference."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version
from random_versions import PAIRS, ours, pairs

from posture.advisories.feeds.records import Scheme

_APT = """
import apt_pkg, json, sys
apt_pkg.init_system()
sign = lambda n: (n > 0) - (n < 0)
print(json.dumps([sign(apt_pkg.version_compare(a, b)) for a, b in json.load(sys.stdin)]))
"""
_RPM = """
import json, rpm, sys
def evr(text):
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    version, dash, release = rest.rpartition("-")
    return (epoch, version, release) if dash else (epoch, rest, None)
print(json.dumps([rpm.labelCompare(evr(a), evr(b)) for a, b in json.load(sys.stdin)]))
"""
_RUBY = """
require "json"
puts JSON.generate(JSON.parse(STDIN.read).map { |a, b| Gem::Version.new(a) <=> Gem::Version.new(b) })
"""
_PHP = """
require "Composer/Semver/autoload.php";
$parser = new Composer\\Semver\\VersionParser();
$known = [];
$plain = function ($v) use ($parser, &$known) {
    if (!array_key_exists($v, $known)) {
        try { $known[$v] = $parser->normalize($v); } catch (\\UnexpectedValueException $e) { $known[$v] = null; }
    }
    return $known[$v];
};
$found = [];
foreach (json_decode(stream_get_contents(STDIN)) as [$a, $b]) {
    $x = $plain($a); $y = $plain($b);
    $found[] = $x === null || $y === null ? null : version_compare($x, $y);
}
echo json_encode($found);
"""


def told(scheme: Scheme, command: list[str]) -> tuple[list[tuple[str, str]], list[int | None]]:
    """The pairs, and how the library orders each; skips the test where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    given = pairs(scheme)
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0 and (
        "No module named" in done.stderr or "Failed opening required" in done.stderr + done.stdout
    ):
        pytest.skip(f"the library is not installed: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr[-500:]
    return given, json.loads(done.stdout)


_MISSING = ("No module named", "Failed opening required")
LIBRARIES = {
    Scheme.DPKG: ["/usr/bin/python3", "-c", _APT],
    Scheme.RPM: ["/usr/bin/python3", "-c", _RPM],
    Scheme.GEM: ["ruby", "-e", _RUBY],
    Scheme.COMPOSER: ["php", "-d", "include_path=/usr/share/php", "-r", _PHP],
}


@pytest.mark.parametrize("scheme", LIBRARIES, ids=str)
def test_keys_order_as_the_managers_own_library(scheme: Scheme) -> None:
    """A hundred thousand pairs, plain and bent, are ordered as apt, rpm, RubyGems and Composer order them."""
    given, truth = told(scheme, LIBRARIES[scheme])
    wrong = [(pair, t) for pair, t in zip(given, truth, strict=True) if t is not None and ours(scheme, pair) != t]
    assert wrong[:10] == []
    assert sum(t is not None for t in truth) >= PAIRS * 0.9


def test_python_versions_order_as_packaging_does() -> None:
    """PEP 440 keys order as the library that pip uses."""
    wrong = []
    for pair in pairs(Scheme.PEP440):
        first, second = map(Version, pair)
        if ours(Scheme.PEP440, pair) != (first > second) - (first < second):
            wrong.append(pair)
    assert wrong[:10] == []


def _semver() -> str | None:
    places = ("/usr/share/nodejs/semver", "/usr/lib/node_modules/npm/node_modules/semver")
    return next((place for place in places if Path(place).is_dir()), None)


def test_semantic_versions_order_as_npm_does() -> None:
    """Semver keys order as the library that npm uses, where it takes both versions."""
    library = _semver()
    if library is None:
        pytest.skip("npm's semver is not installed")
    script = (
        f"const s = require({json.dumps(library)}); const g = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(g.map(([a, b]) => s.valid(a) && s.valid(b) ? s.compare(a, b) : null)))"
    )
    given, truth = told(Scheme.SEMVER, ["node", "-e", script])
    wrong = [(p, t) for p, t in zip(given, truth, strict=True) if t is not None and ours(Scheme.SEMVER, p) != t]
    assert wrong[:10] == []
    assert sum(t is not None for t in truth) >= PAIRS * 0.5
