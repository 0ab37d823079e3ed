"""The manifest of a customer's report files, and its signature where there is a key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from posture.cli.errors import Usage
from posture.cli.whole_file import write_whole
from posture.collect.secrets import SecretError, resolve
from posture.model.secret import SecretRef
from posture.report.manifest import MOST, NAMESPACE, SUFFIX, ManifestError, manifest, parsed
from posture.report.model import Report
from posture.signatures.signing import NoSigningKey, SigningKey, signing_key

UNSIGNED = "The manifest of the reports is not signed: nobody can tell whose it is. posture signing new makes a key."

Command = TypeVar("Command", bound=Callable[..., Any])

sign_option = click.option(
    "--sign-key",
    envvar="POSTURE_SIGN_KEY",
    show_envvar=True,
    metavar="REF",
    help="Sign with this Ed25519 key: file:PATH, env:NAME, command:... (posture signing new makes one).",
)


def key_of(reference: str | None) -> SigningKey | None:
    """The key of --sign-key; None without one.

    Raises:
        Usage: it is not there, or no key that can sign.
    """
    if not reference:
        return None
    try:
        return signing_key(resolve(SecretRef.parse(reference)))
    except (SecretError, NoSigningKey, ValueError) as error:
        raise Usage(
            f"--sign-key: {error}", "make one with: posture signing new FILE, then --sign-key file:FILE"
        ) from error


def seal(report: Report, files: Mapping[Path, bytes], key: SigningKey | None) -> list[Path]:
    """Write the manifest beside a report's files, and its signature; what an older key signed does not stay behind.

    Files of the same run that an earlier command wrote there, and that are unchanged, stay in it.

    Raises:
        Failure: it cannot be written.
    """
    place = place_of(report, next(iter(files)))
    digests = {path.name: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    content = manifest(report, _others(report, place) | digests, key.fingerprint if key else "")
    written = [write_whole(place, content)]
    signature = place.with_name(place.name + ".sig")
    if key is None:
        signature.unlink(missing_ok=True)
    else:
        written.append(write_whole(signature, key.signature(content, NAMESPACE)))
    return written


def place_of(report: Report, file: Path) -> Path:
    """Where the manifest of a report's file lies: beside it, ``CUSTOMER.sha256``."""
    name = file.name.partition(".")[0]
    return file.with_name(f"{name}{'' if report.view.run.whole else '.partial'}{SUFFIX}")


def sealed(report: Report, files: Mapping[str, bytes], key: SigningKey | None) -> dict[str, bytes]:
    """Files that leave by themselves, by name; with a key, their manifest and its signature beside them."""
    if key is None or not files:
        return dict(files)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    listed = manifest(report, digests, key.fingerprint)
    place = f"{report.view.customer.id}{SUFFIX}"
    return {**files, place: listed, f"{place}.sig": key.signature(listed, NAMESPACE)}


def _others(report: Report, place: Path) -> dict[str, str]:
    """The digests of a manifest that is there already, where it is of this very run and they still hold."""
    try:
        with place.open("rb") as stream:
            found = parsed(stream.read(MOST + 1))
        if not found.of(report):
            return {}
        return {name: digest for name, digest in found.files.items() if _digest(place.with_name(name)) == digest}
    except (OSError, ManifestError):
        return {}


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
