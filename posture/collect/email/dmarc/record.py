"""What a DMARC record says (RFC 9989, 4.7 and 4.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from posture.collect.email.tag_list import NoTagList, tags_of

POLICIES = ("none", "quarantine", "reject")  # from the weakest on
MOST_TEXT = 8192  # characters
HISTORIC = frozenset({"pct", "rf", "ri"})  # of RFC 7489; receivers that follow it still read them
_KNOWN = {
    "v": None,
    "p": None,
    "sp": None,
    "np": None,
    "rua": None,
    "ruf": None,
    "adkim": re.compile("[rs]", re.IGNORECASE),
    "aspf": re.compile("[rs]", re.IGNORECASE),
    "psd": re.compile("[ynu]", re.IGNORECASE),
    "t": re.compile("[yn]", re.IGNORECASE),
    "fo": re.compile("[01ds](:[01ds])*", re.IGNORECASE),
    "pct": re.compile("[0-9]|[1-9][0-9]|100"),
    "rf": re.compile("afrf", re.IGNORECASE),
    "ri": re.compile("[0-9]{1,10}"),
}
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@$&'()*+;=%!-]+")


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """One record that says DMARC1.

    `policy` is p, `subdomains` sp and `nonexistent` np, in small letters; empty where the tag is not there. `usable`:
    receivers take a policy from it; where they do not, `policy` is empty. `broken` says why they take another policy
    from it than it means to have, or none; `problems` are mistakes that they overlook.
    """

    text: str
    tags: tuple[tuple[str, str], ...] = ()
    policy: str = ""
    subdomains: str = ""
    nonexistent: str = ""
    testing: bool = False
    percent: int = 100
    psd: str = "u"
    strict_dkim: bool = False
    strict_spf: bool = False
    aggregate: tuple[str, ...] = ()
    failure: tuple[str, ...] = ()
    broken: str = ""
    problems: tuple[str, ...] = ()

    @property
    def for_subdomains(self) -> str:
        """What applies to subdomains that exist."""
        return self.subdomains or self.policy if self.policy else ""

    @property
    def for_nonexistent(self) -> str:
        """What applies to subdomains that do not exist."""
        return self.nonexistent or self.for_subdomains if self.policy else ""


def is_dmarc(text: str) -> bool:
    """Whether receivers take it for a DMARC record: v=DMARC1 comes first, its value in capitals."""
    return bool(_VERSION.match(text))


def read_record(text: str) -> DmarcRecord:
    """Read a record that `is_dmarc`, its strings joined; never raises."""
    if len(text) > MOST_TEXT:
        return DmarcRecord(text, broken=f"it has {len(text)} characters, far more than any record needs")
    try:
        tags = dict(tags_of(text))
        flaw = ""
    except NoTagList as error:
        if "more than once" in str(error):
            return DmarcRecord(text, broken=f"{error}, which makes the record invalid (RFC 6376, 3.2)")
        tags, flaw = _what_can_be_read(text), str(error)
    value = {name: tags.get(name, "").lower() for name in ("p", "sp", "np", "psd", "t", "adkim", "aspf")}
    addresses = tuple(uris(tags.get("rua", "")))
    policies, broken = _policies(value, tags, any(map(is_uri, addresses)), flaw)
    return DmarcRecord(
        text=text,
        tags=tuple(tags.items()),
        policy=policies[0],
        subdomains=policies[1],
        nonexistent=policies[2],
        testing=value["t"] == "y",
        percent=int(tags["pct"]) if _fits("pct", tags.get("pct", "")) else 100,
        psd=value["psd"] if _fits("psd", value["psd"]) else "u",
        strict_dkim=value["adkim"] == "s",
        strict_spf=value["aspf"] == "s",
        aggregate=addresses,
        failure=tuple(uris(tags.get("ruf", ""))),
        broken=broken,
        problems=tuple(_problems(tags, flaw)),
    )


def _what_can_be_read(text: str) -> dict[str, str]:
    """The tags of a list with mistakes in it: what is none is left out (RFC 9989, 4.7)."""
    found: dict[str, str] = {}
    for piece in text.split(";"):
        try:
            found |= dict(tags_of(piece))
        except NoTagList:
            continue
    return found


def _policies(
    value: dict[str, str], tags: dict[str, str], reported: bool, flaw: str
) -> tuple[tuple[str, str, str], str]:
    """p, sp and np as they apply, and what is wrong with them (RFC 9989, 4.10.1)."""
    wrong = [f"{name}={tags[name][:20]}" for name in ("p", "sp", "np") if name in tags and value[name] not in POLICIES]
    if "p" not in tags:
        wrong.insert(0, f"no p= can be read ({flaw})" if flaw else "it has no p=")
    if not wrong:
        return (value["p"], value["sp"], value["np"]), ""
    what = f"{' and '.join(wrong)}: p, sp and np must be none, quarantine or reject"
    if reported:
        return ("none", "", ""), f"{what}. Receivers take it for p=none"
    return ("", "", ""), f"{what}. Receivers take no policy from it at all"


def _fits(name: str, value: str) -> bool:
    form = _KNOWN[name]
    return form is None or bool(form.fullmatch(value))


def _problems(tags: dict[str, str], flaw: str) -> Iterator[str]:
    if flaw:
        yield flaw
    for name, value in tags.items():
        if name in _KNOWN:
            if not _fits(name, value):
                yield f"{name}={value[:20]} is no value of {name}, and the default is taken"
        elif name.lower() in _KNOWN:
            yield f"{name} is read only as {name.lower()}"
        else:
            yield f"there is no tag {name[:20]}"


def uris(text: str) -> Iterator[str]:
    """The addresses of a list; a size at the end (``!10m``) was RFC 7489's and is ignored."""
    for piece in text.split(","):
        if one := piece.strip():
            yield re.sub(r"![0-9]+[kmgtKMGT]?$", "", one)


def is_uri(text: str) -> bool:
    """Whether it has the form of a URI (RFC 3986, 3); that of a mailbox where it is a mailto."""
    return bool(_URI.fullmatch(text)) and (not text.lower().startswith("mailto:") or bool(mailbox_host(text)))


def mailbox_host(uri: str) -> str:
    """The domain of a ``mailto:`` address in small letters; empty where it is none."""
    scheme, _, rest = uri.partition(":")
    local, at, host = rest.partition("?")[0].rpartition("@")
    if scheme.lower() != "mailto" or not at or not re.fullmatch(r"[^@\s]+", local):
        return ""
    form = r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    return host.lower() if re.fullmatch(form, host) else ""
