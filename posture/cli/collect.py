from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import click
from click.core import ParameterSource

from posture.cli.bundles import read_bundle
from posture.cli.errors import Exit, Usage
from posture.cli.inventory import read
from posture.cli.options import inventory_option, now, redaction_key
from posture.cli.output import note, raw, say
from posture.collect.host.bundle import MAXIMUM_AGE
from posture.collect.host.installed import bundle_script
from posture.collect.redaction_key import customer_key
from posture.inventory.local import LOCAL_CUSTOMER


@click.command()
@click.option("--offline", is_flag=True, help="Write the script that a customer runs alone, as root, on a host.")
@click.option("--customer", default=LOCAL_CUSTOMER, show_default=True, metavar="ID", help="Whose hosts it is for.")
@inventory_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here instead of printing it.")
@click.option("--check", "file", type=click.Path(path_type=Path), help="Show what is in a bundle, and who signed it.")
def collect(offline: bool, customer: str, inventory_file: Path, out: Path | None, file: Path | None) -> int:
    """For customers who let nobody in: they run the collector alone, and send in what it wrote.

    \b
    1. Write the script:       posture collect --offline --customer bakery --out posture-collect.sh
    2. On each host, as root:  sh posture-collect.sh         (writes posture-HOST-TIME.bundle)
    3. Look into it:           posture collect --check FILE
    4. Audit with it:          posture audit bakery --bundle FILE

    The bundle is signed with the host's own SSH keys; the host's host_key in the inventory says whose they are. The
    script holds the customer's own key for fingerprints of secrets: give it to that customer only.
    Exit codes of --check: 0 signed and whole; 2 no bundle, or changed; 3 not signed.
    """
    if offline == (file is not None):
        raise Usage("give either --offline, to write the script, or --check FILE, to look into a bundle")
    if file is not None:
        return _shown(file)
    if not customer.replace("-", "").isalnum() or not customer.isascii():
        raise Usage("a customer's id has letters, digits and hyphens only", "give the id that the inventory has")
    _refuse_unknown(customer, inventory_file)
    script = bundle_script(customer, customer_key(redaction_key(), customer))
    if out is None:
        raw(script.removesuffix("\n"))
        return Exit.DONE
    try:
        # It holds the customer's key for fingerprints.
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file_:
            os.fchmod(file_.fileno(), 0o600)
            file_.write(script)
    except OSError as error:
        raise Usage(f"{out} cannot be written: {error.strerror}", "name another file with --out") from error
    note(f"Written: {out}. The customer starts it as root: sh {out.name}")
    return Exit.DONE


def _refuse_unknown(customer: str, inventory_file: Path) -> None:
    """No bundle of a customer that the inventory lacks could be used; without an inventory nobody can say."""
    asked = click.get_current_context().get_parameter_source("inventory_file") is not ParameterSource.DEFAULT
    if customer == LOCAL_CUSTOMER or not (asked or inventory_file.exists()):
        return
    if not inventory_file.exists():
        raise Usage(f"there is no inventory {inventory_file}", "name another with --inventory")
    known = sorted(one.id for one in read(inventory_file).customers)
    if customer not in known:
        raise Usage(f"{inventory_file} has no customer {customer}", f"it has: {', '.join(known[:20])}")


def _shown(file: Path) -> int:
    bundle = read_bundle(file)
    version, kind = bundle.sections.collector
    say(f"customer:  {bundle.customer}")
    say(f"host:      {bundle.host} (the name it gives itself)")
    say(f"made:      {bundle.made.isoformat()} ({_age(now() - bundle.made)})")
    say(f"collector: {version} ({kind})")
    for name, section in bundle.sections.found.items():
        say(f"section:   {name}, {len(section.body)} bytes{', ' + section.cut if section.cut else ''}")
    if bundle.sections.cut:
        say(f"missing:   {bundle.sections.cut}")
    for fingerprint in bundle.signed_by:
        say(f"signed by: {fingerprint}")
    if not bundle.signed_by:
        say("signed by: nobody, so it proves nothing and no audit uses it")
        return Exit.INCOMPLETE
    return Exit.DONE


def _age(age: timedelta) -> str:
    if age < timedelta():
        return "in the future"
    hours = f"{age.total_seconds() / 3600:.0f} hours ago"
    return f"{hours}, too old for an audit" if age > MAXIMUM_AGE else hours
