"""A book over feeds that a test writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from feed_file import write_feed

from posture.advisories.feeds.records import Record
from posture.advisories.flaws.book import AdvisoryBook

Book = Callable[..., AdvisoryBook]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """``book(feed=[records])``: a book over the feeds written."""

    def written(**feeds: list[Record]) -> AdvisoryBook:
        for name, records in feeds.items():
            write_feed(tmp_path / "feeds", name, records)
        return AdvisoryBook(tmp_path / "feeds")

    return written
