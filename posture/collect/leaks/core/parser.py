"""What reads a file of a known kind: its name decides, its structure tells where the secrets are.

``parsers.claims(path)`` gives the parser of a path, or None. A parser takes a whole file's bytes (UTF-8 or what the
file has, without a byte order mark) and yields the leaks; it never raises on a broken or hostile file, and passes by
what `lookalikes.placeholder` knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from posture.collect.leaks.core.leak import Leak

    Parser = Callable[[bytes], Iterator[Leak]]
