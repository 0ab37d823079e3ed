"""Why a version has no place in an order."""

from __future__ import annotations


class NotComparable(ValueError):
    """The version does not follow the syntax of its scheme."""
