from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import click

from posture.advisories.errors import RefreshError
from posture.cli.errors import Exit
from posture.cli.options import json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.cli.wiring import advisor
from posture.model.run import SourceState


@click.group()
def feeds() -> None:
    """The data that verdicts stand on: distributions' signed package indexes, and how long a release is supported."""


@feeds.command()
@json_option
def status(as_json: bool) -> int:
    """Each source with its age. Exit code 3 when one is stale or missing."""
    sources = advisor().sources(now())
    if as_json:
        print_json([asdict(source) for source in sources])
    else:
        rows = [(s.name, s.state.value, _day(s.newest), _day(s.fetched), s.note) for s in sources]
        table(("SOURCE", "STATE", "NEWEST", "FETCHED", "NOTE"), rows)
    return Exit.DONE if all(source.state is SourceState.CURRENT for source in sources) else Exit.INCOMPLETE


@feeds.command()
@click.option("--force", is_flag=True, help="Ask the mirrors even when the index is fresh; take one that has shrunk.")
def update(force: bool) -> int:
    """Fetch every index again that an audit has used. The last good one stays where that fails; then exit code 3."""
    indexes = advisor().indexes
    known = indexes.known()
    if not known:
        say("No index is kept yet: each is fetched when an audit first meets its distribution.")
    failed = False
    for name in known:
        note(f"fetching {name}")
        try:
            indexes.refresh(name, now(), force=force)
            say(f"{name}: up to date")
        except RefreshError as error:
            failed = True
            say(f"{name}: {error}")
    return Exit.INCOMPLETE if failed else Exit.DONE


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M %Z}"
