"""The part of a policy that says what is done about breaches, and how mistakes in it are answered."""

from datetime import timedelta
from pathlib import Path

import pytest

from posture.model.enforcement import Measure
from posture.model.severity import Severity
from posture.policy.load import PolicyError, default_policy, load_policy

OWN = """\
name = "Example AUP"
version = "1"
must_fix = "high"
[provider]
name = "Example Hosting"
[[clauses]]
id = "7"
headline = "Patches"
text = "Keep software patched."
[days]
critical = 1
high = 14
[enforcement]
most_a_night = 3
[[enforcement.classes]]
id = "X"
name = "bad"
apart_minutes = 60
matters = [{ checks = ["exposure.*"], severity = "high" }]
steps = [
    { step = "notify", after_hours = 0 },
    { step = "isolate-port", after_hours = 24, words = "we block the port" },
    { step = "isolate-host", after_hours = 48 },
]
[[enforcement.hooks]]
name = "portal"
url = "https://portal.example/in"
secret = "env:KEY"
steps = ["notify", "isolate-port"]
confirms = ["notify"]
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def read(text: str):
        Path("policy.toml").write_text(text)
        return load_policy(Path("policy.toml"))

    return read


def test_the_shipped_ladders_begin_with_a_notice_and_say_what_follows():
    """What the report tells the customer is the ladder's own word."""
    rules = default_policy().enforcement
    assert [one.id for one in rules.classes] == ["A", "B", "C", "D"]
    assert all(one.rungs[0].measure is Measure.NOTIFY and one.consequence for one in rules.classes)
    assert not rules.sees_through, "that is for a provider to say who has seen to it"


@pytest.mark.parametrize(
    ("check", "severity", "exploited", "expected"),
    [
        ("email.open-relay", Severity.CRITICAL, False, "A"),
        ("exposure.redis-no-auth", Severity.CRITICAL, False, "B"),
        ("packages.security-updates", Severity.CRITICAL, True, "B"),
        ("packages.security-updates", Severity.CRITICAL, False, "C"),
        ("exposure.telnet", Severity.HIGH, False, "C"),
        ("email.dmarc-missing", Severity.MEDIUM, False, "D"),
        ("email.dmarc-missing", Severity.LOW, False, None),
    ],
)
def test_the_first_class_that_holds_a_finding_is_its_class(check, severity, exploited, expected):
    """Advice is in none: nothing is done about it."""
    found = default_policy().enforcement.class_of(check, severity, exploited=exploited)
    assert (found.id if found else None) == expected


def test_the_reports_consequence_is_the_first_restriction_of_the_ladder(load):
    """One truth: the sentence cannot say another thing than the steps."""
    policy = load(OWN)
    assert policy.consequence(Severity.HIGH, "exposure.telnet") == "we block the port"
    assert policy.consequence(Severity.HIGH, "packages.security-updates") == ""
    assert policy.enforcement.hooks[0].timeout == timedelta(seconds=10)


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [
        ('"notify", after_hours = 0', '"isolate-key", after_hours = 0', "nobody is restricted without a notice"),
        ('"notify", after_hours = 0', '"notify", after_hours = 1', "nobody is restricted without a notice"),
        ("after_hours = 48", "after_hours = 12", "isolate-host stands behind isolate-port, but is milder or"),
        ('"isolate-host"', '"remind"', "remind stands behind isolate-port, but is milder"),
        ('"isolate-host"', '"isolate-port"', "step isolate-port is there twice"),
        ('"isolate-host"', '"destroy"', "a step is one of the words notify, remind,"),
        ('"isolate-port"]', '"suspend"]', "it is proposed to a person, and no hook is told to do it"),
        ("https://portal.example", "http://portal.example", "http:// is for this machine only"),
        ("https://portal.example", "http://localhost.example", "http:// is for this machine only"),
        ("https://portal.example", "https://user:word@portal.example", "there is a login in the address"),
        ("https://portal.example", "file:///etc", "a hook's address begins with https://"),
        ('secret = "env:KEY"', "", "needs a secret that its requests are signed with"),
        ('"env:KEY"', '"hunter2"', "a secret must be a reference"),
        ('confirms = ["notify"]', 'confirms = ["remind"]', "confirms a step that it is not handed"),
        ('secret = "env:KEY"', 'secret = "env:KEY"\ncommand = ["/bin/true"]', "either a url or a command"),
        ("apart_minutes = 60", "apart_minutes = 0", "greater than or equal to 1"),
        ("[enforcement]", '[[ladder]]\nseverity = "high"\naction = "x"\n[enforcement]', "leave out [[ladder]]"),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_a_mistake_in_the_ladder_is_answered(load, right, wrong, answer):
    """A ladder that is not what its writer thinks must not restrict anybody."""
    assert right in OWN
    with pytest.raises(PolicyError) as caught:
        load(OWN.replace(right, wrong, 1))
    assert answer in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_hooks_program_is_named_by_its_full_path(load):
    """There is no search path that somebody could put another program on."""
    of_url = 'url = "https://portal.example/in"\nsecret = "env:KEY"'
    assert (
        load(OWN.replace(of_url, 'command = ["/usr/bin/logger", "-s"]')).enforcement.hooks[0].command[0]
        == "/usr/bin/logger"
    )
    with pytest.raises(PolicyError, match="full path"):
        load(OWN.replace(of_url, 'command = ["logger"]'))
