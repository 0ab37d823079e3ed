from __future__ import annotations

import errno
import os
import shlex
from ipaddress import ip_address, ip_network
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from posture.cli import access_aws, access_pin
from posture.cli.audit import allowed_customers, chosen_customers
from posture.cli.errors import Exit, Usage
from posture.cli.options import database_option, inventory_option
from posture.cli.output import note, raw, say
from posture.collect.host.capture import NotCollected
from posture.collect.host.certificate import loaded
from posture.collect.host.installed import ACCOUNT, Login, Tier, digest, setup_script
from posture.collect.host.ssh_key import login_key
from posture.collect.scope import own_address
from posture.model.customer import Customer
from posture.model.resource import Resource, ResourceKind
from posture.model.secret import SecretRef
from posture.model.text import visible


def _reference(_: click.Context, __: click.Parameter, text: str | None) -> SecretRef | None:
    try:
        return SecretRef.parse(text) if text is not None else None
    except ValueError as error:
        raise Usage(str(error), "e.g. file:/etc/posture/ca or keyring:posture/ca") from error


@click.group()
def access() -> None:
    """How posture gets into hosts: an account that can do nothing but run the collector.

    \b
    0. Make a folder of your own (once):        sudo install -d -m 700 -o "$(id -un)" /etc/posture
    1. Make a certificate authority (once):     posture access ca --out /etc/posture/ca
    2. Write a customer's setup script:
         posture access setup bakery --authority file:/etc/posture/ca --out setup.sh
    3. The customer reads it, and runs it as root on each host; it prints the host's keys.
    4. Put the lines it shows into the inventory:
         ssh: {user: posture-audit, authority: "file:/etc/posture/ca", host_key: "SHA256:..."}

    Every login then has a certificate of its own: for 15 minutes, for one program, and named after the run in the
    host's log. To end all access: the customer runs `sh setup.sh --uninstall`, or empties
    /etc/ssh/posture-audit.principals.

    A customer who lets nobody in runs the collector alone: see `posture collect --help`.
    """


access.add_command(access_pin.pin)
access.add_command(access_pin.pins)
access.add_command(access_aws.new_external_id)


@access.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Make a new key in this file.")
@click.option(
    "--key", "reference", callback=_reference, metavar="REF", help="Show an existing one: file:, keyring:, ..."
)
def ca(out: Path | None, reference: SecretRef | None) -> int:
    """Make the key of a certificate authority, or show the public half of one.

    \b
    sudo install -d -m 700 -o "$(id -un)" /etc/posture
    posture access ca --out /etc/posture/ca
    posture access ca --key keyring:posture/ca

    The private half is never shown. Whoever has it can run the collector on every host that trusts it, and no more:
    keep it where only posture's account can read it, best behind a keyring: or command: reference.
    """
    if (out is None) == (reference is None):
        raise Usage(
            "give either --out, to make a key, or --key, to show one", "e.g. posture access ca --out /etc/posture/ca"
        )
    if out is not None:
        _make(out)
        note(f"warning: {out} has no passphrase, as nobody is there at night to type one: guard the file")
        reference = SecretRef.parse(f"file:{out.absolute()}")
    assert reference is not None  # noqa: S101  one of them is there
    say(_public_authority(reference))
    return Exit.DONE


def _make(out: Path) -> None:
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    except FileExistsError as error:
        raise Usage(f"{out} is there already and stays as it is", f"posture access ca --key file:{out}") from error
    except OSError as error:
        folder = shlex.quote(str(out.absolute().parent))
        step = f'make a folder of your own: sudo install -d -m 700 -o "$(id -un)" {folder}'
        if error.errno not in {errno.ENOENT, errno.EACCES}:
            step = "name another file with --out"
        raise Usage(f"{out} cannot be written: {error.strerror}", step) from error


def _public_authority(reference: SecretRef) -> str:
    try:
        public = loaded(reference).public_key()
    except NotCollected as error:
        raise Usage(str(error)) from error
    return f"{public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()} posture-ca"


def _public_key(reference: SecretRef) -> str:
    try:
        key = login_key(reference)
    except NotCollected as error:
        raise Usage(str(error)) from error
    return f"{key.get_name()} {key.get_base64()} {ACCOUNT}"


@access.command()
@click.argument("customer")
@inventory_option
@click.option("--resource", help="For this host's ssh: entry, where the customer's hosts differ.")
@click.option("--with", "way", type=click.Choice(("certificate", "key")), help="Default: what the inventory has.")
@click.option("--tier", type=click.Choice([tier.value for tier in Tier]), default="user", show_default=True,
              help="root: one sudo line besides, and nothing of the audit stays unknown.")  # fmt: skip
@click.option("--from", "sources", multiple=True, metavar="NET", help="Where logins come from; for --with key.")
@click.option("--authority", callback=_reference, metavar="REF", help="The authority's key, if the inventory has none.")
@click.option("--key", callback=_reference, metavar="REF", help="The login's key, if the inventory has none.")
@click.option("--principal", metavar="ARN", help="For an AWS account: the role or user that posture runs as.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of printing it.")
def setup(
    customer: str,
    inventory_file: Path,
    resource: str | None,
    way: str | None,
    tier: str,
    sources: tuple[str, ...],
    authority: SecretRef | None,
    key: SecretRef | None,
    principal: str | None,
    out: Path | None,
) -> int:
    """Print the script that CUSTOMER reads and runs as root on each host (`--uninstall` takes it all away again).

    \b
    posture access setup bakery --authority file:/etc/posture/ca --out setup.sh
    posture access setup bakery --tier root --out setup.sh
    posture access setup bakery --with key --key file:/etc/posture/keys/bakery --from 198.51.100.7 --out setup.sh

    Without root (--tier user) packages, services and accounts are seen; other people's keys, the logs, who may use
    sudo and which process owns a port stay "not assessed". Nothing is contacted.

    \b
    posture access setup bakery --resource 111122223333 --principal arn:aws:iam::999988887777:role/posture

    For an AWS account it prints a CloudFormation template: one role that may read what is audited, and nothing else.
    """
    (who,) = chosen_customers(inventory_file, (customer,))
    if account := access_aws.account_of(who, resource):
        return access_aws.print_setup(account, principal, out)
    host = _host(who, resource, alike=authority is None and key is None)
    held = host.ssh if host else None
    if way is None and key is not None and authority is None:
        way = "key"
    authority = authority or (held.authority if held else None)
    key = key or (held.key if held else None)
    way = way or ("certificate" if authority else "key")
    login = _login(way, authority, key, _networks(sources, host))
    script = setup_script(who.id, login, Tier(tier))
    if out is None:
        raw(script.removesuffix("\n"))
    else:
        _write(out, script)
    reference = authority if way == "certificate" else key
    entry = "authority" if way == "certificate" else "key"
    note(f"The collector's SHA-256: {digest()}")
    note("In the inventory, for each host that ran it (it prints the host's keys):")
    note(f'  ssh: {{user: {ACCOUNT}, {entry}: "{reference}", host_key: "SHA256:..."}}')
    if held and held.user != ACCOUNT:
        note(f"  (it has user: {visible(held.user)} now)")
    return Exit.DONE


def _write(out: Path, script: str) -> None:
    try:
        out.write_text(script, encoding="utf-8")
    except OSError as error:
        raise Usage(f"{out} cannot be written: {error.strerror}", "name another file with --out") from error
    note(f"Written: {out}. The customer reads it, and starts it as root on each host: sh {out.name}")


def _host(customer: Customer, wanted: str | None, *, alike: bool) -> Resource | None:
    """The host wanted, else any with an ssh: entry; with `alike` only where all are logged in to alike."""
    hosts = [host for host in customer.resources if host.kind is ResourceKind.HOST]
    if wanted is not None:
        found = [host for host in hosts if host.id == wanted]
        if not found:
            raise Usage(f"{customer.id} has no host {wanted}", f"it has: {', '.join(host.id for host in hosts[:20])}")
        return found[0]
    ways = {(host.ssh.key, host.ssh.authority) for host in hosts if host.ssh}
    if alike and len(ways) > 1:
        raise Usage(
            f"the hosts of {customer.id} are logged in to in different ways",
            "name one with --resource, or say the way with --authority or --key",
        )
    return next((host for host in hosts if host.ssh), hosts[0] if hosts else None)


def _login(way: str, authority: SecretRef | None, key: SecretRef | None, sources: tuple[str, ...]) -> Login:
    if way == "certificate":
        if authority is None:
            raise Usage("no certificate authority is named", "posture access ca --out FILE, then --authority file:FILE")
        return Login(_public_authority(authority), certificates=True)
    if key is None:
        raise Usage("no key for the login is named", "ssh-keygen -t ed25519 -N '' -f FILE, then --key file:FILE")
    if not sources:
        note("warning: the key may be used from anywhere; name where logins come from with --from")
    return Login(_public_key(key), certificates=False, sources=sources)


def _networks(given: tuple[str, ...], host: Resource | None) -> tuple[str, ...]:
    """The networks of --from, else of POSTURE_SOURCES, else this machine's address towards the host (nothing is sent).

    A private address of ours is none that a public host would see.
    """
    given = given or tuple(os.environ.get("POSTURE_SOURCES", "").replace(",", " ").split())
    try:
        if not given and host is not None:
            there = ip_address(host.address)
            own = own_address(there)
            return () if not own or (there.is_global and not ip_address(own).is_global) else (own,)
        return tuple(str(ip_network(net, strict=False)) for net in given)
    except ValueError as error:
        if not given:
            return ()  # the host has a name, and looking it up would be a contact
        raise Usage(
            f"--from or POSTURE_SOURCES: {visible(str(error))}", "give addresses or networks, e.g. 198.51.100.7"
        ) from error


@access.command("try")
@click.argument("customer")
@inventory_option
@click.option("--resource", help="The AWS account, where the customer has several.")
@database_option
def try_(customer: str, inventory_file: Path, resource: str | None, database: str) -> int:
    """Log in to CUSTOMER's AWS account once, as an audit would, and without the external id, which must be refused.

    Exit code 1 when the role can be taken without it.
    """
    (who,) = allowed_customers(inventory_file, (customer,), database)
    account = access_aws.account_of(who, resource)
    if account is None:
        raise Usage(f"{customer} has no such AWS account", "name one of the inventory with --resource")
    return access_aws.try_account(who, account)


@access.command()
@click.argument("customer")
@inventory_option
@click.option("--resource", help="The management account, where the customer has several in the inventory.")
@database_option
def organization(customer: str, inventory_file: Path, resource: str | None, database: str) -> int:
    """List the accounts of CUSTOMER's AWS organization, as lines for the inventory where it lacks them.

    \b
    posture access organization bakery --resource 111122223333 >>more.yaml

    Asks the account once (organizations:ListAccounts); only a management account or a delegated one can tell.
    """
    (who,) = allowed_customers(inventory_file, (customer,), database)
    account = access_aws.account_of(who, resource)
    if account is None:
        raise Usage(f"{customer} has no such AWS account", "name one of the inventory with --resource")
    return access_aws.print_organization(who, account)
