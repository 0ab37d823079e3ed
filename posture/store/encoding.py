"""Model values as JSON and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from posture.model.assessment import Assessment
from posture.model.coverage import PortsSeen
from posture.model.customer import Customer
from posture.model.finding import Finding
from posture.model.night import Gist, LeftOut, NightRules
from posture.model.run import Source
from posture.model.sighting import KeysSeen

T = TypeVar("T")

_LEAST_WINDOW = 9  # bits; zlib writes 8 as 9


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _written(adapter: TypeAdapter[Any], value: Any) -> bytes:
    try:
        return adapter.dump_json(value)
    except PydanticSerializationError:  # a lone surrogate
        plain = adapter.dump_python(value, mode="json")
        return json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def compressed(text: bytes) -> bytes:
    """In zlib's format. The window is no longer than the text: to clear the usual one costs more than a short text."""
    window = max(_LEAST_WINDOW, min(zlib.MAX_WBITS, len(text).bit_length()))
    level = zlib.Z_DEFAULT_COMPRESSION
    packer = zlib.compressobj(level, zlib.DEFLATED, window, min(zlib.DEF_MEM_LEVEL, window - 7))
    return packer.compress(text) + packer.flush()


@dataclass(frozen=True, slots=True)
class Encoding(Generic[T]):
    """How values of one shape are written. The same value gives the same text, mappings in the order they have."""

    shape: Any

    def text(self, value: T) -> str:
        """Encode. A lone surrogate becomes a question mark: it must not lose a whole unit."""
        return self.encoded(value).decode()

    def encoded(self, value: T) -> bytes:
        """As `text`, in UTF-8."""
        return _written(_adapter(self.shape), value)

    def value(self, text: str | bytes) -> T:
        """Decode.

        Raises:
            ValueError: the text does not have this shape.
        """
        decoded: T = _adapter(self.shape).validate_json(text)
        return decoded

    def packed(self, value: T) -> bytes:
        """Encode and compress."""
        return compressed(self.encoded(value))

    def unpacked(self, blob: bytes) -> T:
        """Decompress and decode; ValueError as in `value`."""
        return self.value(zlib.decompress(blob))


CUSTOMER: Encoding[Customer] = Encoding(Customer)
FINDING: Encoding[Finding] = Encoding(Finding)
ASSESSMENTS: Encoding[tuple[Assessment, ...]] = Encoding(tuple[Assessment, ...])
ASSESSMENT: Encoding[Assessment] = Encoding(Assessment)
SOURCES: Encoding[tuple[Source, ...]] = Encoding(tuple[Source, ...])
PORTS: Encoding[PortsSeen] = Encoding(PortsSeen)
KEYS: Encoding[KeysSeen] = Encoding(KeysSeen)
RULES: Encoding[NightRules] = Encoding(NightRules)
LEFT_OUT: Encoding[LeftOut] = Encoding(LeftOut)
GIST: Encoding[Gist] = Encoding(Gist)


def assessments_by_line(assessments: Iterable[Assessment]) -> bytes:
    """As ASSESSMENTS writes them, each on a line of its own: where `contents` may cut."""
    return b"[%s]" % b",\n".join(map(ASSESSMENT.encoded, assessments))
