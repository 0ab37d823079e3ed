"""What is said where there is no DKIM key to judge."""

from __future__ import annotations

from posture.sdk import DkimKeys, Verdict, not_applicable, not_assessed

NAME_THEM = "name the selectors in the inventory: dkim_selectors"


def without_key(dkim: DkimKeys) -> Verdict:
    """No key at all, or none that could be found: the DNS does not tell which selectors there are."""
    unknown = dkim.unknown or next((key.unknown for key in dkim.keys if key.unknown), "")
    if dkim.nothing_below or (dkim.keys and not unknown):
        return not_applicable(f"{dkim.domain} has no such DKIM key")
    if unknown:
        return not_assessed(f"The DKIM keys of {dkim.domain} are not known: {unknown}")
    return not_assessed(f"{tried(dkim)}, others may: {NAME_THEM}")


def tried(dkim: DkimKeys) -> str:
    """How far the common selectors led."""
    if dkim.wildcard:
        return "Every selector has the same answer (a wildcard), so common ones tell nothing"
    return f"None of {dkim.tried} common selectors has a DKIM key"
