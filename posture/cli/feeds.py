from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import click

from posture.advisories.errors import RefreshError
from posture.advisories.feeds.config import Feed, Feeds
from posture.advisories.feeds.status import feed_sources
from posture.advisories.feeds.update import Updated, update_feed
from posture.advisories.fetch import shown
from posture.advisories.indexes.advisor import IndexAdvisor
from posture.advisories.indexes.name import IndexName
from posture.cli.errors import Exit, Usage
from posture.cli.options import cache_folder, json_option, now
from posture.cli.output import as_json as print_json
from posture.cli.output import coloured, interactive, note, say, table
from posture.cli.wiring import advisor, archives, configured_feeds
from posture.model.run import SourceState
from posture.model.text import visible


def _named(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    """What the option names, the whole program is to use: also where mirrors of indexes are looked up."""
    if file is not None:
        os.environ["POSTURE_FEEDS"] = str(file)
    return file


_feeds_option = click.option(
    "--feeds",
    "feeds_file",
    envvar="POSTURE_FEEDS",
    show_envvar=True,
    type=click.Path(path_type=Path),
    callback=_named,
    expose_value=False,
    help="A TOML file that changes which feeds and mirrors are used, and where they come from.",
)


@click.group()
def feeds() -> None:
    """The data that verdicts stand on: signed package indexes of distributions, and feeds of advisories.

    \b
    Fetch everything that is out of date:   posture feeds update
    How old is everything:                  posture feeds status
    What is fetched, and from where:        posture feeds list

    \b
    Without a way to the internet: fetch the files of `posture feeds list` elsewhere, bring them over,
    and name them, either one by one
      posture feeds update kev --from /media/stick/known_exploited_vulnerabilities.json
    or for good, in a file named by --feeds or POSTURE_FEEDS (a location is a URL, a file or a folder):
      [feed.kev]
      location = "/srv/feeds/known_exploited_vulnerabilities.json"
      [mirror.almalinux.repositories]
      BaseOS = "file:///srv/almalinux/{release}/BaseOS/{arch}/os/"
    """


@feeds.command("list")
@_feeds_option
@json_option
def list_(as_json: bool) -> None:
    """The feeds that are configured, and where they come from."""
    known = configured_feeds().feeds
    if as_json:
        print_json(
            [
                {
                    "name": feed.name,
                    "format": feed.format,
                    "enabled": feed.enabled,
                    "locations": [shown(place) for place in feed.locations],
                    "max_age_days": feed.max_age.days,
                }
                for feed in known
            ]
        )
        return
    rows = [(f.name, f.format, "yes" if f.enabled else "no", " ".join(map(shown, f.locations))) for f in known]
    table(("NAME", "FORMAT", "ENABLED", "FROM"), rows)


@feeds.command()
@_feeds_option
@json_option
def status(as_json: bool) -> int:
    """Each index and each feed with its age. Exit code 3 when one is stale or missing."""
    at = now()
    sources = (*advisor().indexes.sources(at), *feed_sources(_folder(), configured_feeds().feeds, at))
    if as_json:
        print_json([asdict(source) for source in sources])
    else:
        rows = [(s.name, s.state.value, _day(s.newest), _day(s.fetched), s.note) for s in sources]
        table(("SOURCE", "STATE", "NEWEST", "FETCHED", "NOTE"), rows)
        if old := sum(source.state is not SourceState.CURRENT for source in sources):
            say("")
            say(f"{old} of {len(sources)} missing or stale: what rests on them is not assessed, or as of their day.")
            say("Next: posture feeds update")
    return Exit.DONE if all(source.state is SourceState.CURRENT for source in sources) else Exit.INCOMPLETE


@feeds.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--from",
    "locations",
    multiple=True,
    metavar="LOCATION",
    help="Take one feed from another URL, file or folder this once.",
)
@click.option("--force", is_flag=True, help="Fetch even what is fresh, and take what has shrunk.")
@_feeds_option
@json_option
def update(names: tuple[str, ...], locations: tuple[str, ...], force: bool, as_json: bool) -> int:
    """Fetch every feed, and every index that an audit has used; or only those named.

    What has not changed is not fetched again. A new one is taken only when it is whole, not older than the last, and
    has not lost more than a tenth of its entries; the last good one stays otherwise, and the two before it are kept
    beside it. --force never takes one that is older, forged or damaged. One that fails does not stop the others.

    \b
    Exit codes: 0 all are up to date; 2 wrong usage; 3 at least one is not.

    \b
      posture feeds update
      posture feeds update kev epss
      posture feeds update osv-debian --from /media/stick/all.zip
    """
    indexes = advisor().indexes
    jobs = _jobs(names, locations, indexes, configured_feeds(), force=force)
    outcomes = []
    for job in jobs:
        with _progress() as tell:
            outcomes.append(_outcome(job, tell))
        if not as_json:
            say(outcomes[-1].line)
            for text in outcomes[-1].notes:
                say(f"  {text}")
    if as_json:
        print_json([asdict(outcome) for outcome in outcomes])
    elif failed := [outcome.name for outcome in outcomes if outcome.reason]:
        say("")
        say(f"{len(failed)} of {len(jobs)} not brought up to date: {', '.join(failed)}. What was kept of them stays.")
        say("From another place: posture feeds update NAME --from FILE, or for good in POSTURE_FEEDS (--help).")
    elif not jobs:
        say("Nothing to do: every feed is switched off, and no index is kept yet.")
    return Exit.INCOMPLETE if any(outcome.reason for outcome in outcomes) else Exit.DONE


_Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """A feed or an index to bring up to date; `run` answers with what changed."""

    name: str
    run: Callable[[_Tell], Updated | None]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a job; `reason` why it failed. An index tells no more than that it is up to date."""

    name: str
    reason: str
    changed: bool | None
    rows: int | None
    before: int | None
    refused: int | None
    newest: datetime | None
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        if self.reason:
            return f"{self.name}: {self.reason}"
        if self.rows is None:
            return f"{self.name}: up to date, {self.seconds:.1f} s"
        if not self.changed:
            return f"{self.name}: unchanged, {self.rows:,} rows, newest {_day(self.newest)}, {self.seconds:.1f} s"
        more = f" ({self.rows - self.before:+,})" if self.before is not None else ""
        unread = f", {self.refused:,} records could not be read" if self.refused else ""
        return f"{self.name}: {self.rows:,} rows{more}, newest {_day(self.newest)}{unread}, {self.seconds:.1f} s"


def _jobs(
    names: Sequence[str], locations: Sequence[str], indexes: IndexAdvisor, configured: Feeds, *, force: bool
) -> list[_Job]:
    kept = {_slug(name): name for name in indexes.known()}
    by_name = {feed.name: feed for feed in configured.feeds}
    wanted = [name.replace(" ", "-") for name in names]
    if locations and (len(wanted) != 1 or wanted[0] not in by_name):
        raise Usage("--from is for one feed", "name it: posture feeds update kev --from FILE")
    unknown = [name for name in wanted if name not in by_name and name not in kept]
    if unknown:
        known = ", ".join((*by_name, *kept))
        raise Usage(f"there is no feed or kept index named {', '.join(unknown)}", f"known are: {known}")
    chosen = wanted or [*kept, *(feed.name for feed in configured.feeds if feed.enabled)]
    return [
        _feed_job(by_name[name], locations, force=force)
        if name in by_name
        else _index_job(kept[name], indexes, force=force)
        for name in dict.fromkeys(chosen)
    ]


def _feed_job(feed: Feed, locations: Sequence[str], *, force: bool) -> _Job:
    def run(tell: _Tell) -> Updated:
        return update_feed(feed, _folder(), now(), locations=locations, force=force, archives=archives(), tell=tell)

    return _Job(feed.name, run)


def _index_job(name: IndexName, indexes: IndexAdvisor, *, force: bool) -> _Job:
    def run(tell: _Tell) -> None:
        tell("fetching")
        indexes.refresh(name, now(), force=force)

    return _Job(str(name), run)


def _outcome(job: _Job, tell: _Tell) -> _Outcome:
    started = time.monotonic()
    try:
        done = job.run(lambda what: tell(f"{job.name}: {what}"))
    except RefreshError as error:
        reason = visible(str(error), 600)
        return _Outcome(job.name, reason, False, None, None, None, None, _since(started))
    if done is None:
        return _Outcome(job.name, "", None, None, None, None, None, _since(started))
    head, seconds, notes = done.head, _since(started), tuple(visible(text, 400) for text in done.notes)
    return _Outcome(job.name, "", done.changed, head.total, done.before, head.refused, head.newest, seconds, notes)


@contextmanager
def _progress() -> Iterator[_Tell]:
    """Tells what goes on: in one moving line on a terminal, in a line each elsewhere."""
    if not interactive():
        yield note
        return
    from rich.console import Console  # noqa: PLC0415  only for a terminal
    from rich.text import Text  # noqa: PLC0415  likewise

    console = Console(stderr=True, no_color=not coloured(stream_is_terminal=True))
    with console.status("") as moving:
        yield lambda what: moving.update(Text(visible(what, max(20, console.width - 4))))


def _folder() -> Path:
    return cache_folder() / "feeds"


def _slug(name: IndexName) -> str:
    return str(name).replace(" ", "-")


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M %Z}"
