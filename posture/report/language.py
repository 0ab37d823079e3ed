"""The language of a report: its words from a catalogue (gettext), its dates, numbers and lists from the CLDR (Babel).

A message is the English text, with `{names}` for values. What a catalogue lacks is English.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.numbers import format_decimal

from posture.model.customer import REPORT_LANGUAGES
from posture.report.catalogues import catalogue
from posture.report.moments import offset, zone_of
from posture.report.said import Said, sentences

_LOCALES = {"en": "en_GB"}  # day before month, as everybody but one country reads it


@dataclass(frozen=True, slots=True)
class Language:
    """One language that reports are written in; `code` is its tag (RFC 5646)."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    def text(self, message: str, /, **values: object) -> str:
        """A message in this language with its values."""
        return self.template(message).format(**values)

    def template(self, message: str, /) -> str:
        """A message in this language, its values still to come."""
        return self.catalogue.gettext(message)

    def number(self, count: int, one: str, many: str = "") -> str:
        """``1 task``, ``1,200 tasks``; `one` is the message, `many` its plural where that is not with an s."""
        return f"{self.figure(count)} {self.counted(count, one, many)}"

    def counted(self, count: int, one: str, many: str = "") -> str:
        """``task`` or ``tasks``."""
        return self.catalogue.ngettext(one, many or f"{one}s", count)

    def said(self, sentence: str) -> Said:
        """A sentence of a check or a collector in this language, or as it is."""
        if self.code == "en":
            return Said(sentence)
        known = sentences(self.code).translated(sentence)
        return Said(sentence, foreign=True) if known is None else Said(known)

    def value(self, text: str) -> str:
        """What a check puts into a sentence, in this language where it is known, or as it is."""
        return self.said(text).text

    def figure(self, count: int) -> str:
        """``1,200``."""
        return format_decimal(count, locale=self.locale)

    def day(self, moment: date) -> str:
        """``24 November 2026``."""
        return format_date(moment, "long", self.locale)

    def short(self, moment: datetime) -> str:
        """``24 Nov 2026, 18:00``."""
        return f"{format_skeleton('yMMMd', moment, locale=self.locale)}, {moment:%H:%M}"

    def near(self, moment: datetime) -> str:
        """``24 Nov, 18:00``: where the year stands beside it."""
        return f"{format_skeleton('MMMd', moment, locale=self.locale)}, {moment:%H:%M}"

    def when(self, moment: datetime) -> str:
        """``22 Nov 2026, 03:14 CET (UTC+01:00)``."""
        zone = zone_of(moment)
        return f"{self.short(moment)} {zone}" + ("" if zone.startswith(("UTC+", "UTC-")) else f" ({offset(moment)})")

    def deadline(self, moment: datetime) -> str:
        """``Tuesday 24 November 2026, 18:00 CET``."""
        return f"{format_date(moment, 'full', self.locale)}, {moment:%H:%M} {zone_of(moment)}"

    def duration(self, minutes: int) -> str:
        """``about 30 minutes``, ``about 2 hours 15 minutes``, ``about 9 hours``: no finer than anybody can know."""
        if minutes < 60:
            time = self.number(minutes, "minute")
        else:
            hours, rest = divmod(5 * round(minutes / 5), 60)
            if minutes >= 5 * 60:
                hours, rest = round(minutes / 60), 0
            time = self.number(hours, "hour") + (f" {self.number(rest, 'minute')}" if rest else "")
        return self.text("about {time}", time=time)

    def brief(self, minutes: int) -> str:
        """``30 min``, ``2 h 15``, ``9 h``: for a column, and the same everywhere."""
        if minutes < 60:
            return f"{minutes} min"
        hours, rest = divmod(5 * round(minutes / 5), 60)
        return f"{hours} h {rest:02}" if rest and hours < 5 else f"{round(minutes / 60)} h"

    def age(self, then: datetime, now: datetime) -> str:
        """``3 hours``, ``12 days``; ``under a minute`` for what is not in the past."""
        passed = now - then
        if passed < timedelta(minutes=1):
            return self.text("under a minute")
        if passed < timedelta(hours=1):
            return self.number(int(passed.total_seconds() // 60), "minute")
        if passed < timedelta(days=2):
            return self.number(int(passed.total_seconds() // 3600), "hour")
        return self.number(passed.days, "day")

    def listed(self, names: Sequence[str], left: int = 0) -> str:
        """``a, b and 3 more``, ``a and b``."""
        more = [self.text("{count} more", count=self.figure(left))] if left else []
        return format_list([*names, *more], locale=self.locale) if names or more else ""


@cache
def language(code: str) -> Language:
    """The language of a tag (``de``, ``de-AT``); English for what no report is written in."""
    short = code.lower().partition("-")[0]
    known = short if short in REPORT_LANGUAGES else "en"
    return Language(known, Locale.parse(_LOCALES.get(known, known)), _translations(known))


def _translations(code: str) -> NullTranslations:
    known = catalogue(code, "report")
    if known is None:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, known)
    compiled.seek(0)
    return GNUTranslations(compiled)
