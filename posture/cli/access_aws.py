from __future__ import annotations

import json
import os
import secrets
import shlex
from pathlib import Path

import click

from posture.cli.errors import Exit, NotAllowed, Usage
from posture.cli.options import now
from posture.cli.output import note, raw, say
from posture.collect.secrets import SecretError, resolve
from posture.model.action import Action
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind
from posture.model.secret import SecretRef

STACK = "posture-audit"


def account_of(customer: Customer, wanted: str | None) -> Resource | None:
    """The AWS account that is meant: the one named, else the only one of a customer without hosts."""
    accounts = [one for one in customer.resources if one.kind is ResourceKind.AWS_ACCOUNT]
    if wanted is not None:
        return next((one for one in accounts if one.id == wanted), None)
    hosts = any(one.kind is ResourceKind.HOST for one in customer.resources)
    if hosts or not accounts:
        return None
    if len(accounts) > 1:
        raise Usage(f"{customer.id} has {len(accounts)} AWS accounts", "name one with --resource")
    return accounts[0]


def print_setup(account: Resource, principal: str | None, out: Path | None) -> Exit:
    """Print or write the template that opens an account, and what to do with it."""
    from posture.collect.aws.setup import EXTERNAL_ID, PRINCIPAL, template  # noqa: PLC0415  boto3's part of the code

    if principal is None or not PRINCIPAL.fullmatch(principal):
        raise Usage(
            "--principal is needed: the ARN of the role or user that posture itself runs as",
            "aws sts get-caller-identity shows it; e.g. --principal arn:aws:iam::999988887777:role/posture",
        )
    settings = dict(account.settings)
    external = external_id(account)
    if not EXTERNAL_ID.fullmatch(external):
        raise Usage(
            "the external id is shorter than 16 characters, or holds others than letters, digits and +=,.@:/-",
            "make one: posture access external-id --out FILE",
        )
    path = settings.get("role_arn", "").partition(":role")[2]
    text = template(path, principal, external)
    if out is None:
        raw(text)
    else:
        try:
            out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise Usage(f"{out} cannot be written: {error.strerror}", "name another file with --out") from error
    name = shlex.quote(out.name if out else "setup.json")
    note(f"The owner of {account.id} reads it, then deploys it:")
    note(f"  aws cloudformation deploy --stack-name {STACK} --template-file {name} --capabilities CAPABILITY_NAMED_IAM")
    note(f"To end all access: aws cloudformation delete-stack --stack-name {STACK}")
    return Exit.DONE


def external_id(account: Resource) -> str:
    """The external id that the inventory names.

    Raises:
        Usage: it is not available.
    """
    try:
        return resolve(SecretRef.parse(dict(account.settings).get("external_id", "")))
    except SecretError as error:
        raise Usage(
            f"the external id of {account.id} is not available: {error}",
            "make one: posture access external-id --out FILE",
        ) from error


@click.command("external-id")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Write it to this file.")
def new_external_id(out: Path) -> int:
    """Make the external id of one customer's AWS role: 32 random characters that nobody else knows.

    \b
    posture access external-id --out /etc/posture/external-ids/bakery
    external_id: "file:/etc/posture/external-ids/bakery"          in the inventory

    One a customer, made here and never by the customer: it is what keeps others who have us as their auditor from
    naming this customer's role (AWS: the confused deputy problem).
    """
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(16) + "\n")
    except FileExistsError as error:
        raise Usage(f"{out} is there already and stays as it is", "name another file") from error
    except OSError as error:
        raise Usage(f"{out} cannot be written: {error.strerror}", "make its folder, or name another file") from error
    note(f'Written: {out}. In the inventory: external_id: "file:{out.absolute()}"')
    return Exit.DONE


class _Noted:
    """The actions of a trial, told on standard error."""

    def record(self, action: Action) -> None:
        """Tell it."""
        note(f"  {action.what}, {action.target}: {action.result}")


def try_account(customer: Customer, account: Resource) -> Exit:
    """Log in as an audit would, and without the external id, which must be refused."""
    from posture.collect.aws.collect import log_in_to  # noqa: PLC0415  boto3 takes 200 ms to load
    from posture.collect.aws.errors import Unanswered  # noqa: PLC0415
    from posture.collect.aws.trial import look_of, refused_without_id  # noqa: PLC0415
    from posture.collect.scope import ScopeError  # noqa: PLC0415

    look = look_of(customer, now, _Noted())
    try:
        api = log_in_to(account, look)
        safe = refused_without_id(account, look)
    except ScopeError as refusal:
        raise NotAllowed(str(refusal)) from refusal
    except (Unanswered, SecretError) as error:
        gap = error.gap if isinstance(error, Unanswered) else None
        what = f"{gap} ({gap.said})" if gap else str(error)
        raise Usage(f"{account.id} lets nobody in: {what}", f"posture access setup {customer.id}") from error
    say(f"{account.id}: the role is open to this audit; {len(api.regions)} regions are read")
    if safe:
        say("Without the external id, and with a wrong one, AWS refuses it: as it should be")
        return Exit.DONE
    say("The role can be taken WITHOUT the external id: any customer of ours could name it as its own")
    note(f"  next: deploy the template again: posture access setup {customer.id} --resource {account.id}")
    return Exit.FINDINGS


def print_organization(customer: Customer, account: Resource) -> Exit:
    """List the accounts of the organization that an account manages, and the inventory's lines for those it lacks."""
    from posture.collect.aws.collect import log_in_to  # noqa: PLC0415  boto3 takes 200 ms to load
    from posture.collect.aws.errors import Unanswered  # noqa: PLC0415
    from posture.collect.aws.organization import members  # noqa: PLC0415
    from posture.collect.aws.trial import look_of  # noqa: PLC0415
    from posture.collect.scope import ScopeError  # noqa: PLC0415

    try:
        found = members(log_in_to(account, look_of(customer, now, _Noted())))
    except ScopeError as refusal:
        raise NotAllowed(str(refusal)) from refusal
    except (Unanswered, SecretError) as error:
        gap = error.gap if isinstance(error, Unanswered) else None
        raise Usage(
            f"{account.id} does not tell its organization: {gap or error}",
            "name the management account, or one that it has delegated to",
        ) from error
    known = {one.id for one in customer.resources if one.kind is ResourceKind.AWS_ACCOUNT}
    settings = dict(account.settings)
    for member in found:
        if member.id in known or not member.active:
            note(f"{member.id} {member.name}: {'in the inventory' if member.id in known else 'closed or suspended'}")
            continue
        role = settings.get("role_arn", "").replace(f":{account.id}:", f":{member.id}:")
        external = settings.get("external_id", "")
        # One line of JSON is YAML too, whatever the name holds.
        entry = {"kind": "aws-account", "id": member.id, "role_arn": role, "external_id": external}
        raw(f"# {member.name}\n- {json.dumps(entry)}")
    note("Each account needs the role before it can be audited: posture access setup")
    return Exit.DONE
