"""Records as a zone file has them (RFC 1035, 5), for texts that tell what to publish."""

from __future__ import annotations

TTL = 3600  # seconds
WIDTH = 88  # columns of a line that is copied
_STRING = 76  # characters of one string of a TXT record that stands on a line of its own; 255 are allowed


def txt(name: str, text: str) -> tuple[str, ...]:
    """``_dmarc.bakery.example. 3600 IN TXT "v=DMARC1; p=reject"``; a long text in several strings, a line each.

    Receivers put the strings together without a space (RFC 7208, 3.3).
    """
    line = f"{name}. {TTL} IN TXT {_quoted(text)}"
    if len(line) <= WIDTH:
        return (line,)
    pieces = [_quoted(text[at : at + _STRING]) for at in range(0, len(text), _STRING)]
    return (f"{name}. {TTL} IN TXT (", *(f"    {piece}" for piece in pieces), ")")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
