from __future__ import annotations

from pathlib import Path

import click

from posture.cli.errors import Broken
from posture.cli.findings import known_finding
from posture.cli.options import database_option, existing, policy_of, policy_option
from posture.cli.output import note, say
from posture.cli.reports import report_of
from posture.cli.sealing import key_of, sign_option
from posture.cli.whole_file import write_whole


@click.command()
@click.argument("finding_id", metavar="ID")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File; default: ID.zip here.")
@sign_option
@policy_option
@database_option
def evidence(finding_id: str, out: Path | None, sign_key: str | None, policy_file: Path | None, database: str) -> None:
    """Put together what is known of the finding ID: for the customer, an abuse desk, a court. Nothing is contacted.

    \b
    posture evidence F-5c1e09aa11223344 --out redis.zip --sign-key file:/etc/posture/sign.key

    What was observed with UTC and local time, what was sent and from where, who allowed it, the finding's history,
    XARF 4 and a mail of RFC 5965 for abuse desks; with digests, and signed where there is a key. No secret and nothing
    of another customer is in it. `posture verify redis.zip` tells whether it is genuine.
    """
    from posture.report.evidence.bundle import bundle  # noqa: PLC0415 - XARF's library takes half a second to load

    key = key_of(sign_key)
    with existing(database) as store:
        finding = known_finding(store, finding_id)
        case = store.dossier(finding, policy_of(policy_file))
        if case is None:
            raise Broken(f"the audit that saw {finding_id} last is not in the database any more")
    content, lacking = bundle(case, report_of(case.view), key.signature if key else None)
    say(str(write_whole(out or Path(f"{finding.id}.zip"), content)))
    if lacking:
        note(f"warning: {lacking}")
    if case.log_fault:
        note(f"warning: the log of contacts is not as it was written ({case.log_fault}); the bundle says so")
    if key is None:
        note("It is not signed: whoever gets it cannot tell that it is yours. Give --sign-key.")
