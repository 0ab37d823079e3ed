from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from posture.cli.errors import Broken, Exit, Usage
from posture.cli.options import SEVERITY, json_option, now, redaction_key
from posture.cli.output import as_json as print_json
from posture.cli.output import note, say, table
from posture.collect.leaks.allow_list import LARGEST as LARGEST_LIST
from posture.collect.leaks.allow_list import NAME, Excuse, read, sorted_out
from posture.collect.leaks.detector import Detector, own_detector
from posture.collect.leaks.folder import Walked, files_in, opened
from posture.collect.redaction_key import customer_key
from posture.collect.repository.collect import leaks_of
from posture.collect.repository.git import GitFailed
from posture.collect.repository.place import own_folder
from posture.facts.leaks import LeakedSecret, RepositoryLeaks
from posture.model.severity import Severity

BASELINE = "posture.secrets-baseline/1"
_PRINT = re.compile(r"hmac:[0-9a-f]{32}")


@click.group()
def secrets() -> None:
    """Search files and repositories for passwords, keys and tokens."""


@secrets.command("scan")
@click.argument("place", type=click.Path(path_type=Path, exists=True), default=Path(), metavar="[FOLDER]")
@click.option("--history/--no-history", default=None, help="All commits of a git repository, or its files as they are. "
              "Default: --history for a repository.")  # fmt: skip
@click.option(
    "--customer", default="this-machine", show_default=True, help="Whose: fingerprints are each customer's own."
)
@click.option("--severity", type=SEVERITY, help="Only of this severity or worse.")
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Leave out what this file knows.")
@click.option(
    "--write-baseline", type=click.Path(path_type=Path, dir_okay=False), help="Write what was found to a file."
)
@click.option("--minutes", type=click.IntRange(1, 1440), default=60, show_default=True, help="Give up after.")
@json_option
def scan(
    place: Path, history: bool | None, customer: str, severity: str | None, baseline: Path | None,
    write_baseline: Path | None, minutes: int, as_json: bool,
) -> int:  # fmt: skip
    """Search FOLDER (default: this one) for secrets; of a git repository its whole history.

    \b
    posture secrets scan --customer bakery
    posture secrets scan /srv/app --customer bakery --no-history --severity high
    posture secrets scan --customer bakery --write-baseline known.json     # once; then only what is new:
    posture secrets scan --customer bakery --baseline known.json

    A secret is shown by its kind, place, first characters and a fingerprint, which is the same for the same value at
    every place of the customer; never by its value, and it is never tried out. Secrets that .posture-secrets.toml in
    the folder excuses (docs/secrets.md) are left out. Nothing leaves this machine. Without --customer the fingerprints
    are this machine's own and fit no report.
    Exit codes: 0 none found, or written by --write-baseline; 1 some were; 3 neither, and not everything was read.
    """
    until = time.monotonic() + 60 * minutes
    known = _baseline(baseline) if baseline else frozenset()
    detector = _detector(customer)
    found = _searched(place, history, detector, lambda: time.monotonic() > until)
    least = Severity.parse(severity) if severity else Severity.INFO
    shown = [one for one in found.secrets if one.severity >= least and one.fingerprint not in known]
    if _foreign(place):
        note(f"{NAME} names fingerprints: without --customer they are this machine's own and fit no report")
    if as_json:
        print_json(_document(found, shown))
    else:
        _print(found, shown)
    if write_baseline:
        _write(write_baseline, found.secrets)
    elif shown:
        return Exit.FINDINGS
    return Exit.INCOMPLETE if found.gaps else Exit.DONE


def _foreign(place: Path) -> bool:
    """Whether fingerprints of the folder's allow list are held against ones made for no customer of the inventory."""
    asked = click.get_current_context().get_parameter_source("customer") is not ParameterSource.DEFAULT
    return not asked and any(excuse.fingerprint for excuse in _excuses(place, now())[0])


def _detector(customer: str) -> Detector:
    return own_detector(bytes.fromhex(customer_key(redaction_key(), customer)))


def _searched(place: Path, history: bool | None, detector: Detector, over: Any) -> RepositoryLeaks:
    if history is not False:
        try:
            return leaks_of(own_folder(place), detector, now(), over)
        except GitFailed as error:
            if history:
                raise Usage(str(error), "leave out --history to search the files as they are") from error
            if (place / ".git").exists():
                raise Broken(str(error), "search the files as they are with --no-history") from error
    return _files(place, detector, over)


def _files(place: Path, detector: Detector, over: Any) -> RepositoryLeaks:
    walked, at = Walked(), now()
    found = [
        detector.told(seen, path)
        for path, data in files_in(place, walked, over)
        for seen in detector.seen(path, data, at)
    ]
    excuses, wrong = _excuses(place, at)
    left, allowed, ended = sorted_out(found, excuses, at)
    gaps = [walked.gap] if walked.gap else []
    if walked.too_large:
        are = "file is" if walked.too_large == 1 else "files are"
        gaps.append(f"{walked.too_large} {are} larger than what is read")
    if walked.unreadable:
        what = "file or folder" if walked.unreadable == 1 else "files or folders"
        gaps.append(f"{walked.unreadable} {what} could not be read")
    return RepositoryLeaks(left, allowed, ended, 0, walked.files, (*gaps, *wrong), detector.rules.digest, at)


def _excuses(place: Path, at: datetime) -> tuple[tuple[Excuse, ...], tuple[str, ...]]:
    file = place / NAME
    if not os.path.lexists(file):
        return (), ()
    try:
        with opened(file) as list_:
            if not stat.S_ISREG(os.fstat(list_.fileno()).st_mode):
                return (), (f"{NAME} is no file, and excuses nothing",)
            data = list_.read(LARGEST_LIST + 1)
    except OSError as error:
        return (), (f"{NAME} is a link or cannot be read, and excuses nothing ({error.strerror})",)
    if len(data) > LARGEST_LIST:
        return (), (f"{NAME} is larger than {LARGEST_LIST >> 20} MiB, and excuses nothing",)
    return read(data, at)


def _print(found: RepositoryLeaks, shown: Sequence[LeakedSecret]) -> None:
    if shown:
        rows = [
            (one.severity.word, one.kind, f"{one.path}:{one.line}" if one.line else one.path, one.start + "…",
             one.fingerprint, _more(one))
            for one in sorted(shown, key=lambda one: (-one.severity, one.path, one.line))
        ]  # fmt: skip
        table(("SEVERITY", "WHAT", "WHERE", "BEGINS", "FINGERPRINT", "MORE"), rows)
    what = f"{found.commits:,} commits with {found.blobs:,} contents" if found.commits else f"{found.blobs:,} files"
    say(f"{_secrets(len(shown))} in {what}")
    hidden = len(found.secrets) - len(shown)
    if hidden:
        note(f"{_more_are(hidden)} in the baseline, or less severe than asked for")
    if found.allowed:
        note(f"{_more_are(len(found.allowed))} excused by {NAME}")
    for gap in found.gaps:
        note(f"not read: {gap}")


def _secrets(count: int) -> str:
    return "1 secret" if count == 1 else f"{count} secrets"


def _more_are(count: int) -> str:
    return "1 more is" if count == 1 else f"{count} more are"


def _more(one: LeakedSecret) -> str:
    parts = (
        one.proof, one.note, f"ended {one.expired:%Y-%m-%d}" if one.expired else "",
        f"commit {one.commit[:12]}" if one.commit else "", "" if one.current else "removed later",
    )  # fmt: skip
    return "; ".join(part for part in parts if part)


def _document(found: RepositoryLeaks, shown: Sequence[LeakedSecret]) -> dict[str, Any]:
    return {
        "secrets": [
            {
                "rule": one.rule, "kind": one.kind, "severity": one.severity.word, "path": one.path, "line": one.line,
                "start": one.start, "fingerprint": one.fingerprint, "proof": one.proof, "note": one.note,
                "expired": one.expired.isoformat() if one.expired else None, "commit": one.commit or None,
                "author_date": one.author_date.isoformat() if one.author_date else None, "current": one.current,
            }
            for one in shown
        ],
        "excused": len(found.allowed),
        "commits": found.commits,
        "read": found.blobs,
        "gaps": list(found.gaps),
        "rules": found.rules,
    }  # fmt: skip


def _baseline(file: Path) -> frozenset[str]:
    step = "write one with --write-baseline"
    try:
        known = json.loads(file.read_bytes()[: 64 << 20])
    except OSError as error:
        raise Usage(f"the baseline {file} cannot be read: {error.strerror}", step) from error
    except ValueError:
        known = None
    if not isinstance(known, dict) or known.get("schema") != BASELINE:
        raise Usage(f"{file} is no baseline of posture", step)
    return frozenset(one for one in known.get("fingerprints", ()) if isinstance(one, str) and _PRINT.fullmatch(one))


def _write(file: Path, found: Sequence[LeakedSecret]) -> None:
    prints = sorted({one.fingerprint for one in found})
    try:
        file.write_text(json.dumps({"schema": BASELINE, "fingerprints": prints}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise Usage(f"the baseline cannot be written to {file}: {error.strerror}", "name another file") from error
    note(f"Written: {file}, {_secrets(len(prints))}")
