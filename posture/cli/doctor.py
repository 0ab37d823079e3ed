from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import click

from posture.advisories.feeds.status import NEXT_STEP, feed_sources
from posture.cli.errors import Exit, Failure
from posture.cli.options import cache_folder, database_option, json_option, now, stored
from posture.cli.output import as_json as print_json
from posture.cli.output import table
from posture.cli.wiring import configured_feeds
from posture.model.run import SourceState
from posture.store.condition import mending
from posture.store.errors import StoreError

FINE, LESS, BROKEN = "ok", "less", "broken"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at: ok, less (audits work, with less seen) or broken, and what to do."""

    what: str
    state: str
    detail: str
    step: str = ""


@click.command()
@json_option
@database_option
def doctor(as_json: bool, database: str) -> int:
    """Look at what an audit needs on this machine, and say what to do where something lacks. Contacts nobody.

    Exit code 0 when all is there, 3 when audits would see less, 5 when they cannot work.
    """
    probes = (
        _nmap,
        _programs,
        _feeds,
        _secret_engine,
        _raw_sockets,
        _pango,
        _fonts,
        _plugins,
        _own_checks,
        _cache,
        lambda: _store(database),
    )
    points = [point for probe in probes for point in probe()]
    if as_json:
        print_json([asdict(point) for point in points])
    else:
        rows = [(p.state, p.what, p.detail + (f"; {p.step}" if p.step else "")) for p in points]
        table(("STATE", "WHAT", "DETAIL"), rows)
    states = {point.state for point in points}
    return Exit.BROKEN if BROKEN in states else Exit.INCOMPLETE if LESS in states else Exit.DONE


def _nmap() -> Iterator[Point]:
    path = shutil.which("nmap")
    if path is None:
        yield Point("nmap", LESS, "not installed: no port can be looked at", "apt-get install nmap")
        return
    said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    yield Point("nmap", FINE, said.stdout.partition("\n")[0].strip() or path)


def _programs() -> Iterator[Point]:
    """What indexes and feeds are read with."""
    needed = {
        "gpgv": ("no signature can be verified, so no index of Debian, Ubuntu or RPM is taken", "gpgv"),
        "zstd": ("RPM repositories packed with it cannot be read", "zstd"),
        "apt-get": ("indexes of Debian and Ubuntu need a mirror in POSTURE_FEEDS", ""),
    }
    for program, (less, package) in needed.items():
        path = shutil.which(program)
        if path:
            yield Point(program, FINE, path)
        else:
            yield Point(program, LESS, f"not installed: {less}", f"apt-get install {package}" if package else "")


def _feeds() -> Iterator[Point]:
    try:
        configured = configured_feeds().feeds
    except Failure as failure:
        yield Point("feeds", BROKEN, failure.message, failure.step)
        return
    sources = feed_sources(cache_folder() / "feeds", configured, now())
    current = sum(source.state is SourceState.CURRENT for source in sources)
    fine = current == len(sources)
    yield Point("feeds", FINE if fine else LESS, f"{current} of {len(sources)} current", "" if fine else NEXT_STEP)


def _secret_engine() -> Iterator[Point]:
    from posture.collect.leaks.engine import fastest  # noqa: PLC0415  loads an engine and all rules
    from posture.collect.leaks.ruleset import own_rules  # noqa: PLC0415

    rules = own_rules()
    engine = fastest(rules)
    said = f"{engine.name}, {len(rules.kinds)} kinds of secrets"
    slow = engine.name == "standard library"
    step = "pip install 'coma-posture[vectorscan]'" if engine.passed_over else ""
    yield Point("secrets", LESS if slow else FINE, "; ".join(filter(None, (said, engine.passed_over))), step)


def _raw_sockets() -> Iterator[Point]:
    if os.geteuid() == 0:
        yield Point("privileges", FINE, "root: everything on this machine can be read")
    else:
        from posture.collect.network.nmap_run import raw_sockets_allowed  # noqa: PLC0415  as the others

        sweeps = "" if raw_sockets_allowed() else "sweeps connect instead of SYN; "
        less = f"not root: {sweeps}a local audit cannot read other accounts' files"
        yield Point("privileges", LESS, less, "run as root to see all")


def _pango() -> Iterator[Point]:
    try:
        import weasyprint  # noqa: PLC0415  loads Pango; slow
    except (ImportError, OSError) as error:
        yield Point("PDF", BROKEN, f"Pango does not load: {error}", "apt-get install libpango-1.0-0 libpangoft2-1.0-0")
        return
    yield Point("PDF", FINE, f"WeasyPrint {weasyprint.__version__}")


def _fonts() -> Iterator[Point]:
    program = shutil.which("fc-list")
    if program is None:
        yield Point("fonts", LESS, "fc-list is not installed, so nobody knows", "apt-get install fontconfig")
        return
    said = subprocess.run([program, ":", "family"], capture_output=True, text=True, timeout=30, check=False).stdout
    missing = [name for name in ("Noto Sans", "Noto Sans Mono") if name not in said]
    if missing:
        step = "apt-get install fonts-noto-core fonts-noto-mono"
        yield Point("fonts", LESS, f"no {' and no '.join(missing)}: reports look different", step)
    else:
        yield Point("fonts", FINE, "Noto Sans, Noto Sans Mono")


def _plugins() -> Iterator[Point]:
    from posture.cli.plugins import loaded  # noqa: PLC0415  a broken plugin must not stop the doctor

    found = loaded()
    yield Point("checks", FINE if found.plugins else BROKEN, f"{len(found.plugins)} checks")
    for problem in found.problems:
        yield Point(f"check {problem.name}", LESS, problem.reason, "mend or uninstall the plugin")


def _own_checks() -> Iterator[Point]:
    """Another distribution that brings a top-level package `checks` overwrites ours without a word."""
    try:
        package = importlib.import_module("checks")
        ours = bool(getattr(package, "BELONGS_TO_POSTURE", False))
        installed = distribution("coma-posture").version
    except (ImportError, PackageNotFoundError) as error:
        yield Point("installation", BROKEN, str(error), "install coma-posture again")
        return
    where = Path(str(package.__file__)).parent
    if ours:
        yield Point("installation", FINE, f"coma-posture {installed}, Python {sys.version.split()[0]}")
    else:
        step = "uninstall what brought it, and install coma-posture again"
        yield Point("installation", BROKEN, f"{where} is another project's package `checks`", step)


def _cache() -> Iterator[Point]:
    yield _writable("cache", cache_folder(), "name another folder in POSTURE_CACHE")


def _store(url: str) -> Iterator[Point]:
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file).exists():
        yield _writable("database", Path(file).absolute().parent, "name another place with --database")
        return
    try:
        with stored(url) as store:
            broken = store.verify_actions()
            to_mend = mending(store.database, now)
    except Failure as failure:
        yield Point("database", BROKEN, failure.message, failure.step)
        return
    except StoreError as error:
        yield Point("database", BROKEN, str(error))
        return
    for one in to_mend:
        yield Point("database", LESS, one, "docs/database.md")
    if broken is None:
        yield Point("database", FINE, "opens, its tables are up to date, its action log is unbroken")
    else:
        yield Point("database", BROKEN, f"entry {broken.entry} of the action log was changed", "compare with a backup")


def _writable(what: str, folder: Path, step: str) -> Point:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if os.access(existing, os.W_OK):
        free = shutil.disk_usage(existing).free // 2**20
        short = free < 200  # MiB: an index and a small database
        return Point(what, LESS if short else FINE, f"{folder}, {free:,} MiB free", step if short else "")
    return Point(what, BROKEN, f"{existing} cannot be written", step)
