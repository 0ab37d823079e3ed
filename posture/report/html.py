"""The report as one self-contained HTML page: no script, nothing fetched. The PDF is made from the same templates."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from posture.model.text import visible
from posture.report import limits
from posture.report.bars import segments
from posture.report.breaks import breakable
from posture.report.frameworks import together
from posture.report.glossed import FirstUses
from posture.report.language import language
from posture.report.logo import logo
from posture.report.markdown import to_html
from posture.report.model import Report
from posture.report.moments import stamp
from posture.report.page_one import first_tasks
from posture.report.places import clipped

_LONGEST = 600  # characters of any one string on a page
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_ACCENT = "#0a4f8f"


class HtmlRenderer:
    """The page for a browser, a phone, or a printer."""

    format = "html"

    def render(self, report: Report) -> bytes:
        """The page, UTF-8."""
        return page(report, paper=False).encode()


def page(report: Report, *, paper: bool, digest: str = "", short: bool = False) -> str:
    """The page as text.

    Args:
        report: what it says.
        paper: for pages of paper, with page numbers and the file of findings attached.
        digest: SHA-256 of the attached findings, in hexadecimal.
        short: only what stands on page one, for a report that is too much for this machine.
    """
    template = environment("customer", report.language).get_template("report.html.j2")
    return template.render(
        report=report,
        paper=paper,
        digest=digest,
        short=short,
        accent=Markup(accent(report.provider.accent)),  # noqa: S704 - six digits
        logo=logo(report.provider),
        glossed=FirstUses(report.glossary),
        first=first_tasks(report),
        **_marked(report, digest, paper=paper),
    )


def _marked(report: Report, digest: str, *, paper: bool) -> dict[str, Markup]:
    """Values that stand within a message and carry an element: the page's margins repeat some of them."""
    following = first_tasks(report) + 1
    label = "" if paper else escape(language(report.language).text("no. {number}", number=following))
    kind = Markup(' class="page"') if paper else Markup()
    return {
        "said_who": Markup('<span class="who">{}</span>').format(_harmless(report.customer)),
        "said_from": Markup('<span class="from">{}</span>').format(_harmless(report.provider.name)),
        "said_run": Markup('<span class="rid">{}</span>').format(_harmless(report.run)),
        "said_digest": Markup('<span class="mono">{}</span>').format(digest),
        "next_task": Markup('<a{} href="#task-{}">{}</a>').format(kind, following, label),
    }


def accent(colour: str) -> str:
    """The provider's colour where it is one and reads well on white (WCAG 2.2, 1.4.3: 4.5 to 1), else our own."""
    if not _COLOUR.fullmatch(colour):
        return _ACCENT
    return colour if contrast_on_white(colour) >= 4.5 else _ACCENT


def contrast_on_white(colour: str) -> float:
    """The contrast ratio of ``#rrggbb`` to white, as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


@cache
def environment(folder: str, code: str = "en") -> Environment:
    """The templates of a folder of `report_templates` in a language; every value they show becomes harmless.

    In a template ``say("{things} by {date}", things=..., date=...)`` is a message of the catalogue with its values;
    the message is ours and may hold markup, the values are strangers'.
    """
    words = language(code)

    def say(message: str, /, **values: object) -> Markup:
        return Markup(words.template(message)).format(  # noqa: S704 - ours, or the catalogue's
            **{name: _harmless(value) for name, value in values.items()}
        )

    def css(message: str) -> Markup:
        """A message within a string of a style sheet (CSS Syntax 3, 4.3.7)."""
        text = words.template(message)
        return Markup("".join(c if c.isalnum() or c == " " else f"\\{ord(c):06x} " for c in text))  # noqa: S704 - escaped

    made = Environment(
        loader=PackageLoader("report_templates", folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    made.filters.update(
        aged=words.age,
        brief=words.brief,
        day=words.day,
        duration=words.duration,
        figure=words.figure,
        listed=words.listed,
        markdown=to_html,
        clipped=clipped,
        near=words.near,
        plain=_plain,
        short=words.short,
        stamp=stamp,
        together=together,
        when=words.when,
    )
    made.globals.update(counted=words.counted, css=css, limits=limits, number=words.number, say=say, segments=segments)
    return made


def _harmless(value: object) -> object:
    """What every inserted value passes through: printable, bounded, breakable; HTML of our own stays as it is."""
    if isinstance(value, Markup):
        return value
    return breakable(visible(str(value), _LONGEST))


def _plain(value: object) -> Markup:
    """For titles and attributes, which hold no break opportunity."""
    return escape(visible(str(value), 160))
