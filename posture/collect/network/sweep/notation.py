"""Ports as nmap writes them (``22,80-82``) and as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LAST_PORT = 65_535


def numbers(notation: str) -> frozenset[int]:
    """The ports that nmap's notation stands for.

    Args:
        notation: numbers and ranges of numbers, both ends included, separated by commas; empty for none.

    Raises:
        ValueError: anything else, or a number outside 1 to 65,535.
    """
    return frozenset(port for first, last in _ranges(notation) for port in range(first, last + 1))


def count(notation: str) -> int:
    """How many ports it stands for, were none in it twice; see :func:`numbers`."""
    return sum(last - first + 1 for first, last in _ranges(notation))


def written(ports: Iterable[int]) -> str:
    """The shortest notation of some ports, in order.

    Raises:
        ValueError: a number outside 1 to 65,535.
    """
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in _runs(sorted(set(ports))))


def ports_left(*done: str) -> str:
    """The notation of all ports from 1 to 65,535 that are in none of the given ones; empty when there are none."""
    sent: set[int] = set().union(*map(numbers, done))
    return written(port for port in range(1, LAST_PORT + 1) if port not in sent)


def _ranges(notation: str) -> Iterator[tuple[int, int]]:
    for part in notation.split(",") if notation else ():
        first, dash, last = part.partition("-")
        ends = (_port(first), _port(last) if dash else _port(first))
        if ends[0] > ends[1]:
            raise ValueError(f"ports {part!r} run backwards")
        yield ends


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= LAST_PORT):
        raise ValueError(f"{text[:20]!r} is no port")
    return int(text)


def _runs(ports: list[int]) -> Iterator[tuple[int, int]]:
    if ports and not 1 <= ports[0] <= ports[-1] <= LAST_PORT:
        raise ValueError("a port is outside 1 to 65,535")
    begin = 0
    for here, port in enumerate(ports):
        if here + 1 == len(ports) or ports[here + 1] != port + 1:
            yield ports[begin], port
            begin = here + 1
