"""The provider's logo: a picture inside the page, which is never fetched."""

from __future__ import annotations

from markupsafe import Markup

from posture.model.policy import Provider
from posture.model.text import visible


def logo(provider: Provider) -> Markup:
    """An image element with the provider's name as its text; empty where there is no logo."""
    if not provider.logo:
        return Markup()
    return Markup('<img alt="{}" src="{}">').format(visible(provider.name, 160), provider.logo)
