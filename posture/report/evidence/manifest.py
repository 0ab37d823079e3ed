"""What is in an evidence bundle, and what its signatures are made for."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "posture-evidence"  # of signatures (PROTOCOL.sshsig)
NAME: Final = "MANIFEST.sha256"
SIGNATURE: Final = "MANIFEST.sha256.sig"
