"""Posture audits the security of a hosting provider's customers."""

__version__ = "0.1.0"
