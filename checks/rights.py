"""What would let an audit see what only root may read, in the words that every check uses."""

from __future__ import annotations

NEEDS_ROOT = (
    "the audit's account may not read this: give it root on the host, or run the local audit as root; "
    "where it was root, the system does not let even root read it"
)
