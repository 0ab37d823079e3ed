"""Why an index could not be refreshed.

RefreshError
  NoSources     nothing is configured to fetch this release from
  Unreachable   nothing came from the mirror
  Refused       what came is not to be trusted: signature, hash, age, content
  NotWritten    the index could not be stored
"""

from __future__ import annotations


class RefreshError(Exception):
    """The index was not refreshed; the last good one stays. The message says what failed and what to do about it."""


class NoSources(RefreshError):
    """Nothing is configured to fetch this release from."""


class Unreachable(RefreshError):
    """Nothing came from the mirror."""


class Refused(RefreshError):
    """What came is not to be trusted: its signature, a hash, its age or its content."""


class NotWritten(RefreshError):
    """The index could not be stored."""


class Damaged(Exception):
    """A kept file cannot be read, or was written by another version of the program."""
