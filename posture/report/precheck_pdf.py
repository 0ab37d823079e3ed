"""The pre-onboarding check on one page of A4, whatever there is to say: for the clerk who decides, and the prospect.

What does not fit is counted on the page and stands in the JSON, which is attached.
"""

from __future__ import annotations

import hashlib
import shlex
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import weasyprint
from jinja2 import Environment
from markupsafe import Markup

from posture.model.precheck import PrecheckVerdict
from posture.model.text import visible
from posture.report.breaks import breakable
from posture.report.html import accent, environment
from posture.report.language import language
from posture.report.paper import laid_out, written
from posture.report.precheck import PrecheckReport
from posture.report.precheck_json import precheck_json

_LONGEST: Final = 600  # characters of any one string


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each list a page shows, and how wide a sentence may be (in Latin characters)."""

    blocks: int
    open: int
    remarks: int
    places: int = 3
    words: int = 220
    limits: int = 6
    limit_words: int = 240


FULL: Final = Room(12, 12, 5)
ROOMS: Final = (
    *(Room(blocks, seen, 5) for blocks, seen in ((12, 8), (10, 6), (9, 5), (8, 5), (7, 4), (6, 4))),
    *(Room(blocks, seen, 3, 2, 170, 5, 200) for blocks, seen in ((8, 4), (7, 4), (6, 4), (6, 3), (5, 3), (4, 3))),
    *(Room(blocks, seen, 2, 1, 130, 4, 160) for blocks, seen in ((6, 3), (5, 3), (4, 3), (4, 2), (3, 2), (2, 2))),
    *(Room(blocks, seen, 0, 1, 80, 2, 100) for blocks, seen in ((3, 2), (2, 1), (1, 1))),
)
"""From the most to the least; hostile names in the widest letters fit into the last."""

_ROOMY: Final = 4  # things to tell; up to so many, the letters are larger

_WORDS: Final = {
    PrecheckVerdict.GO: "GO",
    PrecheckVerdict.NO_GO: "NO-GO",
    PrecheckVerdict.UNDECIDED: "UNDECIDED",
}
_CONSEQUENCES: Final = {
    PrecheckVerdict.GO: "Yes: the prospect can be taken on now.",
    PrecheckVerdict.NO_GO: "Not yet: what blocks has to be fixed first.",
    PrecheckVerdict.UNDECIDED: "Not known yet: what decides could not all be looked at.",
}


def precheck_pdf(report: PrecheckReport) -> bytes:
    """The page as PDF/UA-1; the same report gives the same bytes.

    Raises:
        NoFonts: there is no font on this machine.
    """
    attached = precheck_json(report)
    digest = hashlib.sha256(attached).hexdigest()
    html, document = _fitting(report, digest)
    return written(document, html, f"{report.prospect_id}.precheck.json", attached, report.made_at)


def _fitting(report: PrecheckReport, digest: str) -> tuple[str, weasyprint.Document]:
    """One page with as much as it holds: in large letters what is little, in small ones what is much."""
    few = len(report.blocks) + len(report.open) <= _ROOMY
    for style in ("roomy", "usual") if few else ("usual",):
        html, document = _laid_out(report, FULL, digest, style)
        if len(document.pages) == 1:
            return html, document
    html, document = _laid_out(report, ROOMS[-1], digest, "tight")
    least, most = 0, len(ROOMS) - 1  # the first room that fits is between them; each layout takes a quarter of a second
    while least < most:
        middle = (least + most) // 2
        tried = _laid_out(report, ROOMS[middle], digest, "tight")
        if len(tried[1].pages) == 1:
            most, (html, document) = middle, tried
        else:
            least = middle + 1
    return html, document if len(document.pages) == 1 else document.copy(document.pages[:1])


def _laid_out(report: PrecheckReport, room: Room, digest: str, style: str) -> tuple[str, weasyprint.Document]:
    html = precheck_page(report, room, digest, style)
    return html, laid_out(html)


def precheck_page(report: PrecheckReport, room: Room, digest: str, style: str = "usual") -> str:
    """The page as HTML, with as much as there is room for."""
    return (
        _templates()
        .get_template("precheck.html.j2")
        .render(
            report=report,
            room=room,
            style=style,
            digest=digest,
            accent=Markup(accent(report.provider.accent)),  # noqa: S704 - six digits
            word=_WORDS[report.verdict],
            consequence=_CONSEQUENCES[report.verdict],
            reason=_reason(report.headline),
            places=_looked_at(report),
            effort=_effort(report),
            file=f"{report.prospect_id}.precheck.json",
            come_back=_come_back(report),
            accept=f"posture precheck accept {shlex.quote(report.authorization)} --inventory customers.yaml",
        )
    )


@cache
def _templates() -> Environment:
    made = environment("precheck")
    made.filters.update(cut=cut, ends=_ends, place=_place, whose=_whose)
    return made


def _reason(headline: str) -> str:
    """The headline without the verdict's word, which stands above it."""
    word, colon, rest = headline.partition(": ")
    told = rest if colon and word.lower() in set(PrecheckVerdict) else headline
    return f"{told[:1].upper()}{told[1:]}".rstrip(".") + "."


def _looked_at(report: PrecheckReport) -> str:
    every = (*report.looked_at.addresses, *report.looked_at.domains)
    shown = [_ends(place, 40) for place in every[:4]]
    return language("en").listed(shown, len(every) - len(shown)) or "nothing"


def _effort(report: PrecheckReport) -> str:
    """How long all of it takes; empty where that is not known of each."""
    minutes = [block.minutes for block in report.blocks]
    if not minutes or report.blocks_left or None in minutes:
        return ""
    return language("en").duration(sum(filter(None, minutes)))


def _come_back(report: PrecheckReport) -> Markup:
    """When and how, the command in the letters of commands."""
    command = f"posture precheck --again --authorization {report.authorization}"
    before, found, after = report.come_back.partition(command)
    if not found:
        return breakable(cut(report.come_back, 400))
    return breakable(cut(before, 300)) + Markup("<code>{}</code>").format(command) + breakable(cut(after, 300))


def _whose(check: str) -> str:
    """Who can mend what a check found."""
    family = check.partition(".")[0]
    return {"email": "DNS and mail", "precheck": "firewall"}.get(family, "server") + " admin"


def _place(text: str) -> str:
    """A place without the resource's name where the subject begins with it."""
    resource, _, subject = text.partition(" · ")
    return subject if subject.startswith(resource) and resource else text


def cut(text: str, width: int) -> str:
    """The text, harmless, about as wide as so many letters at most; an ellipsis tells that it was longer."""
    shown = visible(str(text), _LONGEST)
    used = 0.0
    for at, character in enumerate(shown):
        used += _width(character)
        if used > width:
            return shown[: max(1, at - 1)].rstrip() + "…"
    return shown


def _width(character: str) -> float:
    """In letters of usual width."""
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return 2
    return 1.5 if character.isupper() or character in "mw@%" else 1


def _ends(text: str, width: int) -> str:
    """As `cut`, without the middle: names differ at both ends."""
    shown = visible(str(text), _LONGEST)
    if cut(shown, width) == shown:
        return shown
    half = width // 2
    return cut(shown, half).rstrip("…") + "…" + cut(shown[::-1], half).rstrip("…")[::-1]
