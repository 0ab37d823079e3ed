"""BIMI of a domain: noted; the logo and its certificate are never fetched."""

from __future__ import annotations

import re

from posture.collect.email.asked import DomainAsked
from posture.collect.email.zone import texts_of
from posture.facts.email.transport import BrandIndicator
from posture.model.text import visible

_VERSION = re.compile(r"v=BIMI1\s*(?:;|$)")


def read_brand(asked: DomainAsked) -> BrandIndicator:
    """The record at ``default._bimi`` (draft-brand-indicators-for-message-identification, 4.2).

    Raises:
        LookupFailed: whether there is one is not known.
    """
    answer = asked.lookup.found(f"default._bimi.{asked.domain}", "TXT")
    texts = tuple(text for text in texts_of(answer) if _VERSION.match(text))
    if len(texts) != 1:
        return BrandIndicator(asked.domain, asked.at, texts)
    parts = (part.partition("=") for part in texts[0].split(";"))
    fields = {key.strip(): value.strip() for key, _, value in parts}
    logo, certificate = fields.get("l", ""), fields.get("a", "")
    return BrandIndicator(
        asked.domain, asked.at, texts, visible(logo, 300), visible(certificate, 300),
        declined=not logo and not certificate,
    )  # fmt: skip
