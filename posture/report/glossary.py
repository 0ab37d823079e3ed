"""Words of the field that a reader may not know: only those that the report uses, and never a page of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from posture.report.glossed import pattern
from posture.report.language import Language
from posture.report.model import Term

MOST = 15


@dataclass(frozen=True, slots=True)
class _Entry:
    """A word and its meaning, both messages of the catalogue; found by the word as a whole."""

    id: str
    word: str
    meaning: str


_ENTRIES = (
    _Entry("port", "Port", "A numbered door of a server with a program behind it: the web is 443, SSH 22."),
    _Entry("firewall", "firewall", "Decides which ports can be reached, and from where."),
    _Entry("ssh", "SSH", "How administrators sign in to a server and give it commands, over an encrypted line."),
    _Entry("mfa", "MFA", "Signing in with two things: a password, and a code or a key that only its owner has."),
    _Entry("root", "root", "The account of a Linux server that may do everything. sudo does one command as root."),
    _Entry("key", "private key", "A file that opens what its public half is registered for; so does a copy of it."),
    _Entry("tls", "TLS", "Encrypts what goes over the network and proves who the server is. The S of HTTPS."),
    _Entry("certificate", "certificate", "A server's proof of its name, signed by an authority, valid until a date."),
    _Entry("cve", "CVE", "The public number of a known flaw in a program."),
    _Entry("dns", "DNS", "Holds a domain's addresses and its records for e-mail. You change it where you manage it."),
    _Entry("spf", "SPF", "A DNS record that says which servers may send e-mail for a domain."),
    _Entry("dkim", "DKIM", "A signature on each e-mail; the key that it is checked with is in the DNS."),
    _Entry("dmarc", "DMARC", "A DNS record that says what becomes of e-mails which only pretend to be from a domain."),
    _Entry("starttls", "STARTTLS", "How mail servers switch a connection to an encrypted one."),
    _Entry("iam", "IAM", "Where AWS keeps users, roles, and what each of them may do."),
)  # fmt: skip


def glossary(texts: Iterable[str], words: Language) -> tuple[Term, ...]:
    """The entries whose word stands in one of the texts, in the order of the alphabet."""
    whole = "\n".join(texts)
    terms = [Term(one.id, words.text(one.word), words.text(one.meaning)) for one in _ENTRIES]
    used = [term for term in terms if pattern(term.word).search(whole)]
    return tuple(sorted(used, key=lambda term: term.word.casefold())[:MOST])
