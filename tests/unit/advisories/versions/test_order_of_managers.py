"""Keys order versions as the package managers' own libraries do: real versions and made-up ones, 100,000 pairs each."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest
from packaging.version import InvalidVersion, Version

from posture.advisories.feeds.records import Scheme
from posture.advisories.versions.order import NotComparable, key

REAL = Path(__file__).resolve().parents[3] / "data" / "advisories" / "versions"
PAIRS = 100_000

# Each program reads two versions a line, parted by a tab, and answers -1, 0, 1, or ? where it takes one for no version.
APT = """
import sys, apt_pkg
apt_pkg.init_system()
for line in sys.stdin:
    order = apt_pkg.version_compare(*line.rstrip("\\n").split("\\t"))
    print((order > 0) - (order < 0))
"""
RPM = """
import sys, rpm
for line in sys.stdin:
    left, right = map(rpm.ver, line.rstrip("\\n").split("\\t"))
    one, other = (left.e or "0", left.v, left.r), (right.e or "0", right.v, right.r)
    print(rpm.labelCompare(one, other))
"""
RUBY = """
STDIN.each_line do |line|
  left, right = line.chomp.split("\\t")
  fine = Gem::Version.correct?(left) && Gem::Version.correct?(right)
  puts fine ? Gem::Version.new(left) <=> Gem::Version.new(right) : "?"
end
"""
NODE = """
const semver = require("semver");
const lines = require("fs").readFileSync(0, "utf8").split("\\n");
lines.pop();
console.log(lines.map((line) => {
  const [left, right] = line.split("\\t").map((text) => semver.parse(text));
  return left && right ? semver.compare(left, right) : "?";
}).join("\\n"));
"""
PHP = """
require "Composer/Semver/autoload.php";
$parser = new Composer\\Semver\\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$left, $right] = explode("\\t", rtrim($line, "\\n"));
    try {
        [$left, $right] = [$parser->normalize($left), $parser->normalize($right)];
        $branch = strpos($left, "dev-") === 0 || strpos($right, "dev-") === 0;
        echo $branch ? "?" : version_compare($left, $right), "\\n";
    } catch (UnexpectedValueException $e) {
        echo "?\\n";
    }
}
"""


def made_up(random: Random, pieces: Iterable[str], beginnings: Iterable[str] = ("",)) -> str:
    """A version of pieces of its scheme: few different ones, so that pairs share their beginnings."""
    count = random.choice((1, 2, 2, 3, 3, 4, 6))
    return random.choice(tuple(beginnings)) + "".join(random.choice(tuple(pieces)) for _ in range(count))


def pairs(scheme: Scheme, real: Iterable[str], made: Callable[[Random], str]) -> list[tuple[str, str]]:
    """Two of the real, two of the made-up, and neighbours: a version and the same with something behind it."""
    random = Random(4)
    known = sorted({version for version in real if is_version(scheme, version)})
    assert len(known) > 100
    invented = sorted({text for text in (made(random) for _ in range(20_000)) if is_version(scheme, text)})
    assert len(invented) > 2000
    found = [(random.choice(known), random.choice(known)) for _ in range(PAIRS // 4)]
    while len(found) < PAIRS:
        left = random.choice(invented)
        right = (
            left[: random.randrange(len(left)) + 1] + made(random) if random.random() < 0.4 else random.choice(invented)
        )
        if is_version(scheme, right):
            found.append((left, right) if random.random() < 0.5 else (right, left))
    return found


def is_version(scheme: Scheme, text: str) -> bool:
    try:
        key(scheme, text)
    except NotComparable:
        return False
    return True


def by_key(scheme: Scheme, left: str, right: str) -> int:
    one, other = key(scheme, left), key(scheme, right)
    return (one > other) - (one < other)


def differences(scheme: Scheme, asked: list[tuple[str, str]], answers: list[str]) -> list[tuple[str, ...]]:
    """Where the keys say something else."""
    assert len(answers) == len(asked)
    return [
        (left, right, f"they say {answer}")
        for (left, right), answer in zip(asked, answers, strict=True)
        if answer != str(by_key(scheme, left, right))
    ]


def answers_of(command: list[str], asked: list[tuple[str, str]], **more) -> list[str]:
    text = "".join(f"{left}\t{right}\n" for left, right in asked)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False, **more)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def listed(name: str) -> list[str]:
    return (REAL / f"{name}.txt").read_text().split()


def python_of_the_system(module: str) -> str:
    """The system's python, which has the libraries of its package managers."""
    python = "/usr/bin/python3"
    done = (
        subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
        if Path(python).exists()
        else None
    )
    if done is None or done.returncode:
        pytest.skip(f"needs {module} in the system's python (Debian: python3-apt, python3-rpm)")
    return python


def program(name: str, hint: str) -> str:
    return shutil.which(name) or pytest.skip(f"needs {name} (Debian: {hint})")


NUMBERS = ("0", "00", "1", "2", "9", "10", "09", "123", "20230101", "18446744073709551616")


def test_debian():
    """Keys order as libapt orders: real versions of this machine and made-up ones."""
    python = python_of_the_system("apt_pkg")
    real = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n"], capture_output=True, text=True, check=True).stdout
    pieces = (*NUMBERS, ".", "~", "+", "-", "a", "Z", "deb12u", "+b", "~bpo", "~~", ".0")
    asked = pairs(Scheme.DPKG, real.split(), lambda random: made_up(random, pieces, ("", "0", "1", "0:", "1:1", "2:0")))
    assert differences(Scheme.DPKG, asked, answers_of([python, "-c", APT], asked)) == []


def test_rpm():
    """Keys order as librpm orders, with and without epoch and release."""
    python = python_of_the_system("rpm")
    pieces = (*NUMBERS, ".", "~", "^", "-", "_", "+", "a", "Z", "el", "rc", "..", ".el9_4", "-1", "~rc1", "^git")
    asked = pairs(
        Scheme.RPM,
        listed("rpm"),
        lambda random: made_up(random, pieces, ("", "1", "0:", "1:", ":", "10:2", "1.2-", "a")),
    )
    asked = [(left, right) for left, right in asked if not {"-"} & {left[-1], right[-1]}]
    assert differences(Scheme.RPM, asked, answers_of([python, "-c", RPM], asked)) == []


def test_python():
    """Keys order as packaging orders, and neither takes what the other refuses."""
    pieces = (
        ".0",
        ".1",
        ".10",
        ".01",
        "a1",
        "b",
        "rc2",
        "-alpha",
        ".post1",
        "-2",
        ".dev0",
        "dev3",
        "+local.1",
        "+a",
        "pre4",
        "c0",
    )
    real = [*listed("semver"), *listed("gem")]
    asked = pairs(Scheme.PEP440, real, lambda random: made_up(random, pieces, ("1", "0", "v1", "1!1", "10", "1.0.0")))
    answers = [(Version(left) > Version(right)) - (Version(left) < Version(right)) for left, right in asked]
    assert differences(Scheme.PEP440, asked, list(map(str, answers))) == []
    random = Random(5)
    for text in {made_up(random, pieces, ("1", "", "x1")) for _ in range(2000)}:
        try:
            Version(text)
        except InvalidVersion:
            assert not is_version(Scheme.PEP440, text), text
        else:
            assert is_version(Scheme.PEP440, text), text


def test_node():
    """Keys order as npm's semver orders what it takes for a version."""
    node = program("node", "nodejs, node-semver")
    environment = {"NODE_PATH": "/usr/share/nodejs", "PATH": "/usr/bin:/bin"}
    if subprocess.run([node, "-e", 'require("semver")'], capture_output=True, env=environment, check=False).returncode:
        pytest.skip("needs npm's semver (Debian: node-semver)")
    pieces = ("-0", "-1", "-10", "-a", "-a.1", "-rc.2", ".0", ".1", ".a", ".10", "+build", "-", "b", "1")
    asked = pairs(
        Scheme.SEMVER,
        listed("semver"),
        lambda random: made_up(random, pieces, ("1.2.3", "1.2.3-", "0.0.0-1", "1.2.4-a", "v1.2.3")),
    )
    answers = answers_of([node, "-e", NODE], asked, env=environment)
    theirs = [(pair, answer) for pair, answer in zip(asked, answers, strict=True) if answer != "?"]
    assert len(theirs) > PAIRS // 2
    assert differences(Scheme.SEMVER, [pair for pair, _ in theirs], [answer for _, answer in theirs]) == []


def test_ruby():
    """Keys order as Gem::Version orders, and every version with a key is one to RubyGems."""
    ruby = program("ruby", "ruby")
    pieces = (".0", ".1", ".10", ".01", ".a", ".b2", ".rc1", "-1", ".pre", "a", ".0.0", "-x86")
    asked = pairs(Scheme.GEM, listed("gem"), lambda random: made_up(random, pieces, ("1", "0", "10", "1.0", "2.0.0")))
    assert differences(Scheme.GEM, asked, answers_of([ruby, "-e", RUBY], asked)) == []


def test_composer():
    """Keys order as composer/semver orders what it takes for one; its releases differ in which dates they take."""
    php = program("php", "php-cli, php-composer-semver")
    if not Path("/usr/share/php/Composer/Semver").exists():
        pytest.skip("needs composer/semver (Debian: php-composer-semver)")
    pieces = (
        ".0",
        ".1",
        ".10",
        ".01",
        "-dev",
        "-alpha",
        "alpha1",
        "-beta.2",
        "RC1",
        "-rc2",
        "-p1",
        "pl3",
        "+meta",
        "-stable",
    )
    asked = pairs(
        Scheme.COMPOSER,
        listed("composer"),
        lambda random: made_up(random, pieces, ("1", "0", "v1", "1.2.3", "2010.01", "20100102", "1.0.0.0")),
    )
    answers = answers_of([php, "-d", "include_path=/usr/share/php", "-r", PHP], asked)
    theirs = [(pair, answer) for pair, answer in zip(asked, answers, strict=True) if answer != "?"]
    assert len(theirs) > PAIRS * 0.9
    assert differences(Scheme.COMPOSER, [pair for pair, _ in theirs], [answer for _, answer in theirs]) == []
