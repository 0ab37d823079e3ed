from __future__ import annotations

from importlib.resources import files

import click

from posture.cli.errors import Usage
from posture.cli.options import json_option
from posture.cli.output import as_json as print_json
from posture.cli.output import raw, table

SERVICES = {
    "posture-nightly.service": "systemd: the night, hardened; /etc/systemd/system",
    "posture-nightly.timer": "systemd: begins the night at ten in the evening",
    "posture-deliver.service": "systemd: reports to customers when the night has ended; nothing is sent without it",
    "posture-enforce.service": "systemd: steps of the policy to its hooks when the night has ended",
    "posture-worker.service": "systemd: a worker of nights that another machine leads",
    "posture.cron": "cron: the same without systemd; /etc/cron.d/posture",
    "kubernetes.yaml": "Kubernetes: a CronJob for the night, a Deployment of workers",
}


@click.group()
def services() -> None:
    """Files that let systemd, cron or Kubernetes begin nights: to print, change and install."""


@services.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Which files there are, and what for."""
    if as_json:
        print_json([{"file": name, "for": purpose} for name, purpose in SERVICES.items()])
        return
    table(("FILE", "FOR"), list(SERVICES.items()))


@services.command()
@click.argument("name")
def show(name: str) -> None:
    """Print the file NAME.

    \b
    posture services show posture-nightly.service | sudo tee /etc/systemd/system/posture-nightly.service
    """
    if name not in SERVICES:
        raise Usage(f"there is no file {name}", f"there are: {', '.join(SERVICES)}")
    raw((files("posture.services") / name).read_text(encoding="utf-8").rstrip())
