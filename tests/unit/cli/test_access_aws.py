"""The commands by which an AWS account is opened for the audit."""

import json
import stat
from pathlib import Path

import pytest
import yaml
from aws_server import AwsServer, _server, aws_server  # noqa: F401  fixtures
from click.testing import CliRunner, Result

from posture.cli.errors import Exit, Usage
from posture.cli.main import cli
from posture.collect.aws.session_policy import ACTIONS

INVENTORY = """customers:
  - id: bakery
    name: Example Bakery
    authorization: {method: contract, reference: MSA-1, granted_by: Jane Doe,
      valid_from: 2026-01-01T00:00:00+00:00, valid_until: 2126-01-01T00:00:00+00:00}
    networks: [198.51.100.0/28]
    resources:
      - kind: aws-account
        id: "200000000001"
        role_arn: arn:aws:iam::200000000001:role/audit/Posture
        external_id: "file:%s"
        regions: [us-east-1]
"""
PRINCIPAL = "arn:aws:iam::999988887777:role/posture"


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words, standalone_mode=False)


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """An inventory with one account, and its external id beside it."""
    assert run("access", "external-id", "--out", str(tmp_path / "id")).return_value == Exit.DONE
    file = tmp_path / "customers.yaml"
    file.write_text(INVENTORY % (tmp_path / "id"))
    return file


def test_an_external_id_is_long_its_owners_alone_and_made_once(tmp_path: Path) -> None:
    """Nobody guesses it, and a second call leaves the first in place."""
    file = tmp_path / "id"
    run("access", "external-id", "--out", str(file))
    assert (len(file.read_text().strip()), stat.S_IMODE(file.stat().st_mode)) == (32, 0o600)
    before = file.read_text()
    assert isinstance(run("access", "external-id", "--out", str(file)).exception, Usage)
    assert file.read_text() == before


def test_the_template_that_is_printed_can_be_deployed_and_opens_the_account(
    aws_server: AwsServer,  # noqa: F811
    inventory: Path,
) -> None:
    """It makes the role of the inventory, for our principal alone, with the external id, and to read what is asked."""
    done = run("access", "setup", "bakery", "--inventory", str(inventory), "--principal", PRINCIPAL)
    aws_server.client("cloudformation", "200000000001").create_stack(
        StackName="posture-audit", TemplateBody=done.stdout, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    iam = aws_server.client("iam", "200000000001")
    role = iam.get_role(RoleName="Posture")["Role"]
    assert role["Arn"] == "arn:aws:iam::200000000001:role/audit/Posture"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": PRINCIPAL}
    external = inventory.with_name("id").read_text().strip()
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": external}}
    assert iam.list_role_policies(RoleName="Posture")["PolicyNames"] == ["read-what-is-audited"]
    (granted,) = json.loads(done.stdout)["Resources"]["AuditRole"]["Properties"]["Policies"]
    assert granted["PolicyDocument"]["Statement"][0]["Action"] == list(ACTIONS)
    assert "aws cloudformation deploy" in done.stderr
    aws_server.faults(external_id=external)
    tried = run("access", "try", "bakery", "--inventory", str(inventory))
    assert (tried.return_value, "AWS refuses it" in tried.stdout) == (Exit.DONE, True)


def test_a_role_that_anybody_of_ours_could_name_is_told(aws_server: AwsServer, inventory: Path) -> None:  # noqa: F811
    """A trust policy without the condition lets the role be taken without the external id."""
    tried = run("access", "try", "bakery", "--inventory", str(inventory))
    assert tried.return_value == Exit.FINDINGS
    assert "WITHOUT the external id" in tried.stdout
    assert aws_server.calls["sts:AssumeRole"] == 2


def test_an_account_that_lets_nobody_in_is_told_with_the_next_step(
    aws_server: AwsServer,  # noqa: F811
    inventory: Path,
) -> None:
    """The command to print the template again stands there."""
    aws_server.faults(denied=["sts:AssumeRole"])
    refused = run("access", "try", "bakery", "--inventory", str(inventory)).exception
    assert isinstance(refused, Usage)
    assert "posture access setup bakery" in refused.step


def test_the_template_needs_to_know_who_asks_and_an_id_that_is_no_guess(inventory: Path) -> None:
    """Without either nothing is printed that would open the account to others."""
    unnamed = run("access", "setup", "bakery", "--inventory", str(inventory))
    assert isinstance(unnamed.exception, Usage)
    assert "--principal" in unnamed.exception.message
    inventory.with_name("id").write_text("1234\n")
    short = run("access", "setup", "bakery", "--inventory", str(inventory), "--principal", PRINCIPAL)
    assert isinstance(short.exception, Usage)
    assert "shorter" in short.exception.message
    assert not short.stdout or not json.loads(short.stdout)


def test_accounts_of_the_organization_that_the_inventory_lacks_are_told_as_its_lines(
    aws_server: AwsServer,  # noqa: F811
    inventory: Path,
) -> None:
    """With the same role and external id; an account whose name holds YAML is a comment and stays one."""
    organizations = aws_server.client("organizations", "200000000001")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="Shop: [x]", Email="a@shop.example")["CreateAccountStatus"][
        "AccountId"
    ]
    listed = run("access", "organization", "bakery", "--inventory", str(inventory))
    assert listed.return_value == Exit.DONE
    (entry,) = yaml.safe_load(listed.stdout)
    assert entry == {
        "kind": "aws-account",
        "id": made,
        "role_arn": f"arn:aws:iam::{made}:role/audit/Posture",
        "external_id": f"file:{inventory.with_name('id')}",
    }
    assert "200000000001" in listed.stderr
    aws_server.faults(denied=["organizations:ListAccounts"])
    refused = run("access", "organization", "bakery", "--inventory", str(inventory)).exception
    assert isinstance(refused, Usage)
    assert "organizations:ListAccounts" in refused.message
