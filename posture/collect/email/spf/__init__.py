"""Sender Policy Framework: records parsed and evaluated as receivers do (RFC 7208)."""
