from __future__ import annotations

import click

from posture.cli.authorize_check import check
from posture.cli.authorize_list import list_, show
from posture.cli.authorize_revoke import revoke
from posture.cli.authorize_start import start


@click.group()
def authorize() -> None:
    """Proof before packets: who may be looked at, what of theirs, until when."""


for command in (start, check, list_, show, revoke):
    authorize.add_command(command)
