"""The collector's output, cut into its sections.

A section begins and ends with a line that holds a number chosen for this run, so that nothing a host's files say can
pose as one. A section whose end did not arrive is not there at all. The host itself knows the number once it runs the
collector: what it makes of that must stay harmless, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from posture.collect.host.program import limits
from posture.facts.unavailable import Unavailable
from posture.model.text import decoded, visible

TIMED_OUT = frozenset({124, 137})
"""What timeout(1) returns when it ended its program, politely and not."""


@dataclass(frozen=True, slots=True)
class Section:
    """What one section's program wrote. `truncated`: it had more to say than its limit."""

    body: bytes
    status: int
    truncated: bool

    @property
    def cut(self) -> str:
        """Why the section is not whole, empty when it is."""
        if self.truncated:
            return "it was cut at its size limit"
        return "it ran out of time" if self.status in TIMED_OUT else ""


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections that arrived whole, by name. `cut` says why others did not, empty when the end was reached."""

    found: Mapping[str, Section]
    cut: str

    def get(self, name: str) -> Section | Unavailable:
        """A section, or why it is not there."""
        section = self.found.get(name)
        if section is not None:
            return section
        return Unavailable(self.cut or self._absent(name))

    def _absent(self, name: str) -> str:
        version, kind = self.collector
        if kind != "installed":
            return f"the collector on the host did not run its section {name}"
        return (
            f"the collector installed on the host is version {version}, which has no section {name}: install the new "
            "one (posture access setup CUSTOMER)"
        )

    @property
    def collector(self) -> tuple[str, str]:
        """Version and kind (``installed``, ``sent``, ``offline``) of the collector that ran, by its own word."""
        system = self.found.get("system")
        told = next((text for tag, text in tagged(system.body) if tag == "collector"), "") if system else ""
        version, _, kind = (visible(word, 80) for word in f"{told}\t\t".split("\t")[:3])
        return version, kind


def last_line(nonce: str) -> re.Pattern[bytes]:
    """Matches the collector's last line: everything has arrived."""
    return re.compile(rb"\n" + nonce.encode() + rb" done ([0-9]+)\n")


def cut(output: bytes, nonce: str, ended: str) -> Sections:
    """Cut the output into sections.

    Args:
        output: all that the host wrote, hostile until proven otherwise.
        nonce: the number of this run.
        ended: why reading ended early, empty when it did not.
    """
    found = _framed(output, nonce)
    done = last_line(nonce).search(output)
    if done and int(done[1]) == len(found):
        return Sections(found, "")
    missing = "some of what the host sent is damaged" if done else "the host's answer ended early"
    return Sections(found, ended or f"{missing}; nothing is concluded from what did not arrive")


def _framed(output: bytes, nonce: str) -> dict[str, Section]:
    """The sections with both their ends, in one pass: an end closes the latest beginning, if that has its name."""
    mark, sizes = re.escape(nonce.encode()), limits()
    line = re.compile(
        rb"\n" + mark + rb" (?:begin ([a-z-]{1,32})|end ([a-z-]{1,32}) ([0-9]{1,3})(?: ([0-9]{1,9}))?)(?=\n)"
    )
    found: dict[str, Section] = {}
    name, start = "", 0
    for match in line.finditer(output):
        if match[1]:
            name, start = match[1].decode(), match.end() + 1
        elif name and name == match[2].decode():
            if name in sizes and name not in found:
                body = output[start : match.start()]
                most = min(sizes[name], int(match[4] or sizes[name]))  # an installed collector may have a lower one
                found[name] = Section(body, int(match[3]), len(body) >= most)
            name = ""
    return found


def tagged(body: bytes) -> Iterator[tuple[str, str]]:
    """Lines of the form ``tag<TAB>text``; other lines are left out. Text is not yet neutralised."""
    for line in body.split(b"\n"):
        tag, tab, text = line.partition(b"\t")
        if tab:
            yield decoded(tag[:32]), decoded(text)
