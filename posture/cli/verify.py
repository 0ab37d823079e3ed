from __future__ import annotations

from pathlib import Path

import click

from posture.cli.errors import Usage
from posture.cli.options import json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import say
from posture.cli.verified import CODES, trusted_of, verified


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--signer",
    envvar="POSTURE_SIGNER",
    show_envvar=True,
    metavar="FILE|FINGERPRINT",
    help="Whom you trust: a public key, a file of them or of allowed signers, or SHA256:... of the key.",
)
@json_option
def verify(file: Path, signer: str | None, as_json: bool) -> int:
    """Tell whether FILE is genuine: a report, a manifest (CUSTOMER.sha256) or an evidence bundle. Works offline.

    \b
    posture verify bakery.pdf --signer provider.pub
    posture verify bakery.sha256 --signer SHA256:kKuJ...
    posture verify F-5c1e09aa11223344.zip --signer allowed_signers

    Of a report, the manifest beside it is looked for. The same can be told without posture:

    \b
    sha256sum -c bakery.sha256
    ssh-keygen -Y verify -f allowed_signers -I provider -n posture-report -s bakery.sha256.sig < bakery.sha256

    Exit codes: 0 genuine; 1 not genuine; 3 it cannot be told: no signature, or nobody named whom to trust.
    """
    if not file.is_file():
        raise Usage(f"there is no file {file}", "name a report, a manifest or an evidence bundle")
    found = verified(file, trusted_of(signer))
    if as_json:
        print_json({"file": file.name, "verdict": found.verdict.value, "said": list(found.said)})
    else:
        for line in found.said:
            say(line)
        say(f"{file.name}: {found.verdict.value}")
    return CODES[found.verdict]
