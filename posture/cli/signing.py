from __future__ import annotations

import os
from pathlib import Path

import click

from posture.cli.errors import Usage
from posture.cli.options import policy_of, policy_option
from posture.cli.output import note, say
from posture.cli.sealing import key_of, sign_option
from posture.report.evidence.manifest import NAMESPACE as EVIDENCE
from posture.report.manifest import NAMESPACE as REPORT
from posture.signatures.signing import SigningKey, new_key, signing_key


@click.group()
def signing() -> None:
    """The key that reports and evidence are signed with."""


@signing.command("new", short_help="Make a key.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@policy_option
def new(file: Path, policy_file: Path | None) -> None:
    """Make an Ed25519 key in FILE, which only you can read, and print what customers verify with.

    \b
    posture signing new /etc/posture/sign.key
    posture audit --sign-key file:/etc/posture/sign.key

    The line that is printed belongs on your web site and into your contract: whoever has it can tell a genuine report.
    """
    made = new_key()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(made)
    except FileExistsError as error:
        raise Usage(f"{file} is already there", "a key that signed reports is kept: name another file") from error
    except OSError as error:
        raise Usage(f"{file} cannot be written: {error.strerror}") from error
    _tell(signing_key(made), policy_file)
    note(f"The private key is in {file}. Sign with: --sign-key file:{file.resolve()}")


@signing.command("show", short_help="Print the public half.")
@sign_option
@policy_option
def show(sign_key: str | None, policy_file: Path | None) -> None:
    """Print what customers verify with, of the key of --sign-key."""
    key = key_of(sign_key)
    if key is None:
        raise Usage("no key was named", "give --sign-key file:FILE, or set POSTURE_SIGN_KEY")
    _tell(key, policy_file)


def _tell(key: SigningKey, policy_file: Path | None) -> None:
    """A line of allowed_signers (ssh-keygen(1)); the identity is the provider's address."""
    contact = policy_of(policy_file).provider.contact
    identity = contact if contact and not set(contact) & set(' "*?!,') else "provider"
    say(f'{identity} namespaces="{REPORT},{EVIDENCE}" {key.public}')
    note(f"Fingerprint: {key.fingerprint}")
