"""Web applications on disk against upstream's versions."""

from __future__ import annotations

from datetime import UTC, datetime

from posture.advisories.flaws.heads import NEXT_STEP, oldest, staleness
from posture.advisories.flaws.products import PRODUCTS
from posture.advisories.flaws.shelf import FeedFile
from posture.advisories.flaws.software import Found, by_urgency
from posture.advisories.flaws.upstream import Upstream
from posture.facts.flaws import ApplicationFlaws
from posture.facts.software import InstalledApplication, InstalledApplications
from posture.facts.unavailable import Unavailable


def application_flaws(
    found: InstalledApplications, upstream: Upstream, now: datetime
) -> ApplicationFlaws | Unavailable:
    """Every application by its version; plug-ins and themes are in no free database, and are named as not known."""
    today = now.astimezone(UTC).date()
    outcome = Found()
    used: dict[str, FeedFile] = {}
    for application in found.applications:
        product = PRODUCTS.get(application.product) if not application.extension else None
        feeds = upstream.feeds_of(product) if product else ()
        if product is None or not feeds:
            outcome.no_data.append(_label(application))
            continue
        used.update((feed.head.name, feed) for feed in feeds)
        if application.version:
            judged = upstream.judge(product, application.version, today)
            known = upstream.has_advisories(product)
            outcome.put(*judged, application.product, application.place, application.owner, advisories=known)
        else:
            outcome.not_comparable.append(f"{application.product} in {application.place} (does not tell its version)")
    if found.applications and not used:
        return Unavailable(f"no data about {', '.join(dict.fromkeys(outcome.no_data))} is at hand: {NEXT_STEP}")
    newest, fetched = oldest(tuple(used.values()))
    return ApplicationFlaws(
        flawed=tuple(sorted(outcome.flawed, key=by_urgency)),
        judged=outcome.judged,
        not_comparable=tuple(dict.fromkeys(outcome.not_comparable)),
        no_data=tuple(dict.fromkeys(outcome.no_data)),
        data_date=newest,
        fetched=fetched,
        stale=staleness(used.values(), now),
        observed=found.observed,
    )


def _label(application: InstalledApplication) -> str:
    return " ".join(part for part in (application.product, application.extension, application.version) if part)
