"""The cable between the scanner and everybody else: with a delay and a loss, where a lab is made with some."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().with_name("delay_line.c")
COMPILERS = ("cc", "gcc", "tcc", "clang")
BRIDGE_END = "v-scan"
_COUNTERS = struct.Struct("8Q")


@dataclass(frozen=True, slots=True)
class Wire:
    """`delay_ms` is for the way there and back together, `loss_percent` for each frame in each direction."""

    delay_ms: float = 0.0
    loss_percent: float = 0.0
    seed: int = 1

    @property
    def slowed(self) -> bool:
        return bool(self.delay_ms or self.loss_percent)


@dataclass(frozen=True, slots=True)
class Carried:
    """What went over the cable, in frames, from the scanner to the others and back.

    `lost` were dropped on purpose, `overflowed` because the line was full: then the machine was too slow.
    """

    sent: int
    sent_lost: int
    received: int
    received_lost: int
    overflowed: int


def compiler() -> str | None:
    return next((name for name in COMPILERS if shutil.which(name)), None)


def build(folder: Path) -> None:
    """Compile the delay line into the lab's folder."""
    words = [compiler() or "cc", "-o", str(folder / "delay_line"), str(SOURCE)]
    if "tcc" not in words[0]:
        words.insert(1, "-O2")
    subprocess.run(words, check=True)


def start(wire: Wire) -> list[str]:
    """Shell lines for the scanner's boot script, which runs in the lab's folder."""
    one_way, loss = round(wire.delay_ms * 500), round(wire.loss_percent * 10_000)  # microseconds; of a million
    words = f"{BRIDGE_END} {one_way} {loss} {wire.seed} counters"
    return [f"./delay_line eth0 /proc/$(cat pids/wire)/ns/net {words} &"]


def carried(folder: Path) -> Carried:
    """What the delay line of the lab in this folder has counted so far."""
    sent, _, sent_lost, full, received, _, received_lost, full_back = _COUNTERS.unpack(
        (folder / "counters").read_bytes()
    )
    return Carried(sent, sent_lost, received, received_lost, full + full_back)
