"""The host collector: what a host says from inside, over SSH or on this very machine."""

from posture.collect.host.collect import collect_inside

__all__ = ["collect_inside"]
