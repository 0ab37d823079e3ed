"""How long releases of distributions without a table of their own get updates: endoflife.date's cycles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from posture.advisories.flaws.cycles import FREE, Life, cycle_of, lives
from posture.advisories.flaws.heads import NEXT_STEP, oldest, staleness
from posture.advisories.flaws.shelf import FeedFile
from posture.facts.host import OsRelease
from posture.facts.packages import Release, ReleaseSupport, Support
from posture.facts.unavailable import Unavailable

# os-release's ID -> the product at endoflife.date, and what it is called.
_PRODUCTS = {
    "almalinux": ("almalinux", "AlmaLinux"),
    "alpine": ("alpine-linux", "Alpine Linux"),
    "amzn": ("amazon-linux", "Amazon Linux"),
    "centos": ("centos", "CentOS Linux"),
    "fedora": ("fedora", "Fedora Linux"),
    "ol": ("oracle-linux", "Oracle Linux"),
    "opensuse-leap": ("opensuse", "openSUSE Leap"),
    "rhel": ("rhel", "Red Hat Enterprise Linux"),
    "rocky": ("rocky-linux", "Rocky Linux"),
    "sled": ("sles", "SUSE Linux Enterprise Desktop"),
    "sles": ("sles", "SUSE Linux Enterprise Server"),
    "sles_sap": ("sles", "SUSE Linux Enterprise Server for SAP Applications"),
}
_STREAM = ("centos-stream", "CentOS Stream")
_JUMPS = frozenset({"alpine-linux"})  # from any release to the newest in one step
_SKIPS = frozenset({"sles"})  # from any release to the first that gets updates
# A distribution that ended as a whole, and the one whose packages take the place of its own (ELevate).
_HEIRS = {"centos": ("almalinux", "AlmaLinux")}


def has_cycles(release: OsRelease) -> bool:
    """Whether how long a release is supported is told by cycles."""
    return release.id in _PRODUCTS


def support_by_cycles(release: OsRelease, feeds: Sequence[FeedFile], now: datetime) -> ReleaseSupport | Unavailable:
    """The phase of a release's life on the day of `now`. Dates are midnight UTC of the last day itself."""
    name = release.name or release.id or "an unnamed system"
    product = _STREAM if release.id == "centos" and "Stream" in release.name else _PRODUCTS.get(release.id)
    unknown = "how long this release is supported is not known"
    if product is None:
        kind = "is a derivative; derivatives are not judged as their parent" if release.like else "is not known"
        return Unavailable(f"{unknown}: {name} {kind}")
    cycles = lives(feeds, product[0])
    if not cycles:
        return Unavailable(f"{unknown}: no dates of {product[1]} are at hand, {NEXT_STEP}")
    own = cycle_of(cycles, release.version_id)
    if own is None:
        return Unavailable(f"{unknown}: {name} is not among the releases of {product[1]} known so far, {NEXT_STEP}")
    today = now.astimezone(UTC).date()
    phase = own.phase(today)
    data_date, _ = oldest(feeds)
    return ReleaseSupport(
        product=f"{product[1]} {own.cycle}",
        phase=phase,
        until=_midnight(own.ends.get(phase)) if phase is not Support.ENDED else _midnight(own.free_until),
        free_until=_midnight(own.free_until),
        data_date=data_date or now,
        observed=now,
        codename=own.cycle,
        upgrades=() if phase in FREE else _upgrades(product[1], own, cycles, feeds, today),
        stale=staleness(feeds, now),
    )


def _upgrades(
    label: str, own: Life, cycles: Sequence[Life], feeds: Sequence[FeedFile], today: date
) -> tuple[Release, ...]:
    """The way to the first later release with free updates; to the newest where that is one step."""
    later = [life for life in cycles[cycles.index(own) + 1 :] if _is_out(life, today)]
    if own.product in _HEIRS:
        heir, label = _HEIRS[own.product]
        later = [life for life in lives(feeds, heir) if life.order >= own.order and _is_out(life, today)]
    free = [place for place, life in enumerate(later) if life.phase(today) in FREE]
    if not free:
        return ()
    begin = free[0] if own.product in _SKIPS else 0
    way = later[-1:] if own.product in _JUMPS else later[begin : free[0] + 1]
    return tuple(Release(f"{label} {life.cycle}", life.cycle) for life in way)


def _is_out(life: Life, today: date) -> bool:
    return life.released is None or life.released <= today


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
