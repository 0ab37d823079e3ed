"""The cable between scanner and hosts is as slow and as lossy as told, and no worse."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import lab_wire
import pytest
from lab import Lab
from lab_requirements import missing
from truth import ADDRESSES

# Sends frames one by one and tells after which of them the count of the lost has grown.
FRAMES = """
import socket, struct, subprocess, sys, time
def count():
    return struct.unpack("8Q", open(sys.argv[2], "rb").read())
def ready():
    return "near" in open("/proc/net/dev").read()
while not ready():
    time.sleep(0.01)
quiet = "echo 1 >/proc/sys/net/ipv6/conf/%s/disable_ipv6; ip link set %s up"
subprocess.run(["sh", "-c", quiet % ("near", "near")], check=True)
subprocess.run(["nsenter", "-t", sys.argv[1], "-n", "sh", "-c", "ip link set far up"], check=True)
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(("near", 0x88b5))
before = count()
for number in range(1000):
    link.send(bytes(12) + struct.pack(">H", 0x88b5) + bytes(46))
    while count()[0] == before[0]:
        time.sleep(0)
    after = count()
    if after[2] > before[2]:
        print(number)
    before = after
"""


def test_the_cable_is_as_slow_and_lossy_as_told(lab: Lab) -> None:
    """No answer comes sooner than the delay; about as many frames are lost as was said, none for want of room."""
    before = lab.carried()
    words = ["nmap", "-n", "-Pn", "-p", "1-2000", "--min-rate", "2000", "--max-retries", "0", "-oX", "-"]
    told = lab.run([*words, ADDRESSES["hardened"]], check=True).stdout
    smallest = re.search(r'<times srtt="(\d+)"', told)
    assert smallest
    assert int(smallest[1]) >= 20_000  # microseconds
    after = lab.carried()
    assert after.sent - before.sent >= 2000
    assert after.overflowed == 0
    lost, carried = after.sent_lost + after.received_lost, after.sent + after.received
    assert 0.001 <= lost / carried <= 0.02


def test_the_same_seed_loses_the_same_frames(tmp_path: Path) -> None:
    """Which frame is lost follows from the seed and its number alone: the first that are, in three lines."""
    if reasons := missing():
        pytest.skip("no lab here: " + "; ".join(reasons))
    lab_wire.build(tmp_path)
    lost = [_lost(tmp_path, seed) for seed in (1, 1, 2)]
    assert lost[0] == lost[1]
    assert lost[0] != lost[2]
    assert 5 <= len(lost[0]) <= 60


def _lost(folder: Path, seed: int) -> list[int]:
    """The places of what was lost among a thousand frames, at a loss of two percent."""
    wire = "unshare --net sleep 60 & far=$!; while [ /proc/$far/ns/net -ef /proc/self/ns/net ]; do sleep 0.02; done"
    line = f"{folder}/delay_line near /proc/$far/ns/net far 0 20000 {seed} {folder}/counters-{seed} &"
    script = f"{wire}; {line} exec {sys.executable} -c '{FRAMES}' $far {folder}/counters-{seed}"
    (folder / f"counters-{seed}").unlink(missing_ok=True)
    alone = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", script]
    done = subprocess.run(alone, capture_output=True, text=True, check=True, timeout=60)
    return [int(word) for word in done.stdout.split()]
