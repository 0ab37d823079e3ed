"""One version of a product against what upstream mended, and against the end of its branch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from posture.advisories.feeds.records import Scheme
from posture.advisories.flaws.cycles import FREE, Life, cycle_of, lives
from posture.advisories.flaws.distribution import key_or_none
from posture.advisories.flaws.products import Product
from posture.advisories.flaws.shelf import FeedFile
from posture.advisories.flaws.software import MOST_KEPT, Judgement, Named, SoftwareJudge
from posture.facts.flaws import Flaw

END_OF_LIFE = "end-of-life"
"""The id of the flaw that a branch has when upstream mends nothing in it any more, with its product and cycle."""


class Upstream:
    """Judges products by the versions that upstream gives them."""

    def __init__(self, judge: SoftwareJudge, cycles: Sequence[FeedFile]) -> None:
        self._judge = judge
        self._cycles = cycles

    def feeds_of(self, product: Product) -> tuple[FeedFile, ...]:
        """The feeds that know the product, by a flaw or by its branches; none where no feed at hand does."""
        known = self._known(product)
        asked = self._judge.feeds_of(known[0]) if known else ()
        return (*asked, *(feed for feed in self._cycles if product.cycles and lives((feed,), product.cycles)))

    def has_advisories(self, product: Product) -> bool:
        """Whether any advisory at hand is about the product; without one, only an ended branch can be told."""
        return self._known(product) is not None

    def judge(self, product: Product, version: str, today: date) -> tuple[Named, Judgement]:
        """The flaws of a version, an ended branch among them; of a product that :meth:`feeds_of` has feeds for."""
        known = self._known(product)
        named = Named(*(known or product.names[0]), version)
        judged = self._judge.judge(named) if known else Judgement((), "", comparable=version[:1].isdigit())
        branches = lives(self._cycles, product.cycles) if product.cycles else ()
        branch = cycle_of(branches, version)
        if branch is None or branch.phase(today) in FREE:
            return named, judged
        target = next(
            (b.latest for b in branches if b.order > branch.order and b.latest and b.phase(today) in FREE), ""
        )
        fixed = target if _above(target, judged.fixed) else judged.fixed
        return named, Judgement((*judged.flaws[: MOST_KEPT - 1], _ended(branch)), fixed, judged.comparable)

    def _known(self, product: Product) -> tuple[str, str] | None:
        return next((name for name in product.names if self._judge.knows(*name)), None)


def _ended(branch: Life) -> Flaw:
    since = branch.free_until
    when = f" since {since}" if since else ""
    return Flaw(
        id=f"{END_OF_LIFE}:{branch.product}-{branch.cycle}",
        published=since,
        summary=f"The branch {branch.cycle} gets no security fixes from its makers any more{when}",
    )


def _above(version: str, other: str) -> bool:
    mine, its = key_or_none(Scheme.SEMVER, version), key_or_none(Scheme.SEMVER, other)
    return mine is not None and (its is None or mine > its)
