"""Domains good and bad, and what a receiver that follows the RFCs makes of each: the truth is written by hand.

`spf` is what check_host() says of a stranger's address (RFC 7208); `policy` what DMARC asks receivers to do with forged
mail of the domain itself (RFC 9989): empty where there is no policy. `why` names the section that decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from dns_lab import Signed, Zone


@dataclass(frozen=True)
class Case:
    domain: str
    zone: str
    spf: str
    policy: str = ""
    why: str = ""
    signed: Signed = Signed.NOT


def _spf(*texts: str) -> str:
    return "\n".join(f'@ TXT "{text}"' for text in texts)


def _dmarc(*texts: str) -> str:
    return "\n".join(f'_dmarc TXT "{text}"' for text in texts)


def _questions(domain: str, count: int, tail: str = "-all") -> str:
    """A record that takes so many questions: each `a` is one and finds an address."""
    names = [f"h{number}" for number in range(count)]
    hosts = "\n".join(f"{name} A 198.51.100.20" for name in names)
    return f"{hosts}\n" + _long("v=spf1 " + " ".join(f"a:{name}.{domain}" for name in names) + f" {tail}")


def _long(text: str) -> str:
    """One TXT record in strings of at most 255 characters."""
    pieces = [text[at : at + 100] for at in range(0, len(text), 100)]
    return "@ TXT " + " ".join(f'"{piece}"' for piece in pieces)


_MX_11 = "\n".join(f"@ MX {n} m{n}\nm{n} A 198.51.100.{n}" for n in range(1, 12))

CASES = (
    Case(
        "clean.example",
        "@ A 198.51.100.2\n@ MX 10 mx\nmx A 198.51.100.10\n"
        + _spf("v=spf1 mx -all") + "\n" + _dmarc("v=DMARC1; p=reject; rua=mailto:dmarc@clean.example"),
        "fail", "reject", signed=Signed.YES,
    ),
    Case("bare.example", "@ A 198.51.100.2", "none", why="no record, no result (RFC 7208, 4.5)"),
    Case("parked.example", "@ MX 0 .\n" + _spf("v=spf1 -all") + "\n" + _dmarc("v=DMARC1; p=reject"), "fail", "reject"),
    Case("anyone.example", _spf("v=spf1 +all"), "pass"),
    Case("twice.example", _spf("v=spf1 -all", "v=spf1 mx -all"), "permerror", why="RFC 7208, 4.5: one record only"),
    Case("eleven.example", _questions("eleven.example", 11), "permerror", why="RFC 7208, 4.6.4"),
    Case("ten.example", _questions("ten.example", 10), "fail", why="RFC 7208, 4.6.4: ten do"),
    Case(
        "explained.example",
        _questions("explained.example", 10, "-all exp=why.explained.example") + '\nwhy TXT "no"',
        "fail", why="RFC 7208, 4.6.4: exp is not counted",
    ),
    Case("voids.example", _spf("v=spf1 a:x1.voids.example a:x2.voids.example a:x3.voids.example -all"), "permerror",
         why="RFC 7208, 4.6.4: two void lookups are allowed"),
    Case("two-voids.example", _spf("v=spf1 a:x1.two-voids.example a:x2.two-voids.example -all"), "fail"),
    Case("loop.example", _spf("v=spf1 include:loop.example -all"), "permerror", why="RFC 7208, 4.6.4"),
    Case("nowhere.example", _spf("v=spf1 include:bare.example -all"), "permerror", why="RFC 7208, 5.2"),
    Case("led-astray.example", _spf("v=spf1 redirect=bare.example"), "permerror", why="RFC 7208, 6.1"),
    Case("led.example", _spf("v=spf1 redirect=clean.example"), "fail"),
    Case("modified.example", _spf("v=spf1 pet=cat -all"), "fail", why="RFC 7208, 6: unknown modifiers are ignored"),
    Case("invented.example", _spf("v=spf1 pet -all"), "permerror", why="RFC 7208, 4.6.1: unknown mechanism"),
    Case("shouted.example", _spf("V=SPF1 IP4:198.51.100.1 -ALL"), "fail", why="RFC 7208, 4.6.1: names know no case"),
    Case("open-end.example", _spf("v=spf1 ip4:198.51.100.1"), "neutral", why="RFC 7208, 4.7"),
    Case("version.example", _spf("v=spf10 -all"), "none", why="RFC 7208, 4.5: another version is no record"),
    Case("behind-all.example", _spf("v=spf1 -all include:bare.example"), "fail",
         why="RFC 7208, 5.1: what stands behind all is ignored"),
    Case("mask.example", _spf("v=spf1 ip4:198.51.100.0/33 -all"), "permerror", why="RFC 7208, 5.6"),
    Case("six.example", _spf("v=spf1 ip6:2001:db8:1::/48 -all"), "fail"),
    Case("macro.example", _spf("v=spf1 exists:%{i}._spf.macro.example -all"), "fail"),
    Case("bad-macro.example", _spf("v=spf1 exists:%{z}.macro.example -all"), "permerror", why="RFC 7208, 7.1"),
    Case("pieces.example", '@ TXT "v=spf1 ip4:198.51.100.1" " -all"', "fail", why="RFC 7208, 3.3"),
    Case("glued.example", '@ TXT "v=spf1 ip4:198.51.100.1" "-all"', "permerror", why="RFC 7208, 3.3: glued"),
    Case("halves.example", _spf("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"), "pass"),
    Case("many-mx.example", _MX_11 + "\n" + _spf("v=spf1 mx -all"), "permerror", why="RFC 7208, 4.6.4: ten exchangers"),
    Case("backwards.example", _spf("v=spf1 ptr -all"), "fail", why="RFC 7208, 5.5: not to be used, and works"),
    Case("waiting.example", _spf("v=spf1 include:dead.example -all"), "temperror", why="RFC 7208, 5.2"),
    Case("watching.example", _dmarc("v=DMARC1; p=none; rua=mailto:d@watching.example"), "none", "none"),
    Case("half.example", _dmarc("v=DMARC1; p=quarantine; pct=50"), "none", "quarantine",
         why="RFC 9989, A.6: pct is historic"),
    Case("trying.example", _dmarc("v=DMARC1; p=reject; t=y"), "none", "quarantine", why="RFC 9989, 4.7: t=y"),
    Case("two-policies.example", _dmarc("v=DMARC1; p=reject", "v=DMARC1; p=none"), "none",
         why="RFC 9989, 4.10.1: several are none"),
    Case("order.example", _dmarc("p=reject; v=DMARC1"), "none", why="RFC 9989, 4.7: v comes first"),
    Case("small-letters.example", _dmarc("v=dmarc1; p=reject"), "none", why="RFC 9989, 4.8: DMARC1 in capitals"),
    Case("typing.example", _dmarc("v=DMARC1; p=rejct; rua=mailto:d@typing.example"), "none", "none",
         why="RFC 9989, 4.10.1: with rua, as if p=none"),
    Case("typo.example", _dmarc("v=DMARC1; p=rejct"), "none", why="RFC 9989, 4.10.1: without rua, no policy"),
    Case("noise.example", _dmarc("v=spf1 -all", "google-site-verification=x", "v=DMARC1; p=reject"), "none", "reject",
         why="RFC 9989, 4.10.1: what is no DMARC record is left out"),
    Case("tags.example", _dmarc("v=DMARC1; p=reject; pet=cat"), "none", "reject", why="RFC 9989, 4.7: unknown tags"),
    Case("family.example", _dmarc("v=DMARC1; p=reject; sp=none") + "\nshop A 198.51.100.3", "none", "reject"),
    Case("shop.family.example", "", "none", "none", why="RFC 9989, 4.10: sp of the parent"),
    Case("suffix.example", _dmarc("v=DMARC1; p=none; psd=y"), "none", "none"),
    Case("bank.suffix.example", _dmarc("v=DMARC1; p=reject"), "none", "reject"),
    Case("lent.example", "_dmarc CNAME _dmarc.clean.example.", "none", "reject"),
)  # fmt: skip

ZONES = {case.domain: Zone(case.zone, case.signed) for case in CASES if case.zone} | {
    "dead.example": Zone("", Signed.DEAD)
}
