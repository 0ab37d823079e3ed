"""What SPF asks the DNS, as plain values: so that the evaluator runs over a resolver or over a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from posture.collect.dns.lookup import Answer, Lookup, State


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to one question: texts (TXT), addresses (A, AAAA), or names (MX in their order, PTR).

    Both empty answers count as void. `failed` says why there is no answer.
    """

    values: tuple[str, ...] = ()
    failed: str = ""


Ask = Callable[[str, str], Found]
"""A name and a type of record -> what is there."""


def through(lookup: Lookup) -> Ask:
    """Questions of one look at a domain."""

    def ask(name: str, kind: str) -> Found:
        answer = lookup.ask(name, kind)
        if answer.state is State.FAILED:
            return Found(failed=answer.failed)
        return Found(_values(answer, kind))

    return ask


def _values(answer: Answer, kind: str) -> tuple[str, ...]:
    if kind == "TXT":
        return tuple(b"".join(record.strings).decode("latin-1") for record in answer.records)  # beyond ASCII: an error
    if kind == "MX":
        ordered = sorted(answer.records, key=lambda record: record.preference)
        return tuple(record.exchange.to_text(omit_final_dot=True) for record in ordered)
    if kind == "PTR":
        return tuple(record.target.to_text(omit_final_dot=True) for record in answer.records)
    return tuple(record.address for record in answer.records)
