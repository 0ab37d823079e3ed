"""A provider's policy file: what it becomes, and how each mistake in it is answered."""

# ruff: noqa: E501  an answer is one line, and reads best beside its mistake

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.model.policy import Precheck, Rule
from posture.model.severity import Severity
from posture.policy.load import PolicyError, default_policy, load_policy

OWN = """\
name = "Example AUP"
version = "1"
must_fix = "High"
[provider]
name = "Example Hosting"
[[clauses]]
id = "7"
headline = "Patches"
text = "Keep software patched."
[days]
critical = 1
high = 14
[[ladder]]
severity = "high"
action = "we call you"
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], object]:
    monkeypatch.chdir(tmp_path)

    def read(text: str | bytes) -> object:
        Path("policy.toml").write_bytes(text.encode() if isinstance(text, str) else text)
        return load_policy(Path("policy.toml"))

    return read


def test_the_shipped_policy_has_every_clause_a_check_may_cite():
    """A report without the clause's text explains nothing."""
    policy = default_policy()
    assert {clause.id for clause in policy.clauses} >= {"3", "4.1", "4.2", "4.3", "4.4"}
    assert all(policy.allowed[s] > timedelta(0) for s in Severity if s >= policy.must_fix)
    assert all(policy.consequence(s) for s in Severity if s >= policy.must_fix)


def test_graver_findings_have_less_time():
    """The order of the dates in a report follows from it."""
    allowed = default_policy().allowed
    days = [allowed[severity] for severity in sorted(allowed, reverse=True)]
    assert days == sorted(days)


def test_a_provider_writes_its_own(load):
    """Severities in any case; contact, colour and ladder may be left out."""
    policy = load(OWN)
    assert (policy.name, policy.version, policy.provider.name) == ("Example AUP", "1", "Example Hosting")
    assert policy.must_fix is Severity.HIGH
    assert dict(policy.allowed) == {Severity.CRITICAL: timedelta(days=1), Severity.HIGH: timedelta(days=14)}
    assert policy.clause("7").headline == "Patches"
    assert policy.consequence(Severity.HIGH) == "we call you"
    assert policy.consequence(Severity.CRITICAL) == ""


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [
        ('version = "1"', "version = 1", "version: Input should be a valid string"),
        ('version = "1"', 'versoin = "1"', "version: Field required\npolicy.toml: versoin: Extra inputs are not permitted"),
        ('"High"', '"urgent"', "must_fix: no severity is called 'urgent'; use one of info, low, medium, high, critical"),
        ('"High"', "3", "must_fix: a severity is one of the words info, low, medium, high, critical"),
        ('"High"', '"medium"', "days: what must be fixed needs a number of days; there is none for medium"),
        ("high = 14", "high = true", "days.high: Input should be a valid integer"),
        ("high = 14", "high = -1", "days.high: Input should be greater than or equal to 0"),
        ("high = 14", "high = 14\nHIGH = 15", "days: severity high is there twice"),
        ("high = 14", "high = 14\nhihg = 1", "days.hihg: no severity is called 'hihg'; use one of info, low, medium, high, critical"),
        ("[days]", '[[clauses]]\nid = "7"\nheadline = "x"\ntext = "x"\n[days]', "clauses: clause 7 is there twice"),
        ("[[ladder]]", '[[ladder]]\nseverity = "high"\naction = "x"\n[[ladder]]', "ladder: severity high is there twice"),
        ('"Example Hosting"', '"Example Hosting"\naccent = "red; }"', "provider.accent: a colour is written #rrggbb"),
        ('"Example Hosting"', r'"\u001b[31m"', "provider.name: there is a character in it that cannot be seen"),
        ('"Patches"', '""', "clauses.0.headline: String should have at least 1 character"),
        ('"1"', '"1', "Illegal character '\\n' (at line 2, column 13)"),
        ('"1"', "[" * 50_000, "is nested too deeply"),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_a_mistake_is_answered_with_file_and_field(load, right, wrong, answer):
    """A policy that is not what its writer thinks must not date findings."""
    assert right in OWN
    with pytest.raises(PolicyError) as caught:
        load(OWN.replace(right, wrong, 1))
    assert str(caught.value) == f"policy.toml: {answer}"


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(PolicyError, match=r"missing\.toml: cannot be read: No such file"):
        load_policy(tmp_path / "missing.toml")
    with pytest.raises(PolicyError, match="cannot be read: Is a directory"):
        load_policy(tmp_path)


@pytest.mark.parametrize(
    ("content", "answer"),
    [(b'name = "B\xe4cker"', "is not UTF-8"), (b"#" * 1_100_000, "is larger than 1024 KiB, which no policy is")],
    ids=["latin-1", "huge"],
)
def test_a_file_that_is_no_policy_is_refused(load, content, answer):
    """Whatever was named by mistake."""
    with pytest.raises(PolicyError, match=answer):
        load(content)


def test_a_byte_order_mark_is_no_mistake(load):
    """Some editors write one."""
    assert load(b"\xef\xbb\xbf" + OWN.encode()).name == "Example AUP"


@given(place=st.integers(0, len(OWN)), length=st.integers(0, 12), text=st.text('"[]=.#\n\\0a\x00é', max_size=6))
def test_no_slip_of_the_keyboard_raises_anything_else(tmp_path_factory, place, length, text):
    """It loads or is refused with a line that names the file."""
    path = tmp_path_factory.getbasetemp() / "policy.toml"
    path.write_text(OWN[:place] + text + OWN[place + length :])
    try:
        load_policy(path)
    except PolicyError as error:
        lines = str(error).splitlines()
    else:
        return
    assert all(line.startswith(f"{path}: ") for line in lines)


GATE = """
[precheck]
valid_days = 3
hidden_ports = [6379]
[[precheck.block]]
checks = ["exposure.*"]
severity = "High"
[[precheck.warn]]
checks = ["*"]
"""


def test_a_gate_of_ones_own_is_read_and_without_one_there_is_a_default(load):
    """What blocks, what warns, for how long; the shipped policy spells out the default."""
    gate = load(OWN + GATE).precheck
    assert (gate.valid, gate.hidden_ports, gate.must_be_assessed) == (timedelta(days=3), (6379,), ())
    assert gate.block == (Rule(("exposure.*",), Severity.HIGH),)
    assert gate.warn == (Rule(("*",), Severity.INFO),)
    assert load(OWN).precheck == Precheck() == default_policy().precheck


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [
        ("valid_days = 3", "valid_days = 0", "precheck.valid_days: Input should be greater than or equal to 1"),
        ("[6379]", "[6379, 6379]", "precheck.hidden_ports: port 6379 is there twice"),
        ("[6379]", "[70000]", "precheck.hidden_ports.0: Input should be less than or equal to 65535"),
        (
            '"High"',
            '"bad"',
            "precheck.block.0.severity: no severity is called 'bad'; use one of info, low, medium, high, critical",
        ),
        ('["exposure.*"]', "[]", "precheck.block.0.checks: List should have at least 1 item after validation, not 0"),
        (
            '["exposure.*"]',
            '["Redis!!"]',
            "precheck.block.0.checks.0: checks are named by their ids, like exposure.* or email.open-relay",
        ),
        (
            "[[precheck.block]]",
            "[[precheck.blocks]]",
            "precheck.block: Field required\npolicy.toml: precheck.blocks: Extra inputs are not permitted",
        ),
    ],
    ids=["no day", "twice", "no port", "no severity", "no check", "no id", "misspelt"],
)
def test_a_slip_in_the_gate_is_named(load, right, wrong, answer):
    """As everywhere in the file: the field, and what would be right."""
    assert right in GATE
    with pytest.raises(PolicyError) as caught:
        load(OWN + GATE.replace(right, wrong, 1))
    assert str(caught.value) == f"policy.toml: {answer}"
