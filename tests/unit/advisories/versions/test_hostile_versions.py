"""Any account on a host chooses versions: no version may hold the auditor up."""

import subprocess
import sys

_EVERY_SHAPE = """
from itertools import product
from posture.advisories.feeds.records import Scheme
from posture.advisories.versions.order import NotComparable, key
heads = ("1.0.0-beta", "1.0", "2020.01.01-beta", "1!1.0a", "1:1.0", "1.0-", "v1", "1.0~", "20200101", "1_p")
units = ("1", "1.", "-1", ".1", "a", "~", "1-", "_p1", ".0", "01")
for scheme, head, unit, tail in product(Scheme, heads, units, ("x", "", "!")):
    try:
        key(scheme, (head + unit * 250)[:250] + tail)
    except NotComparable:
        pass
print("done")
"""


def test_no_version_takes_longer_than_its_length() -> None:
    """2,100 bent versions of 250 characters take a second; one pattern that tries all ways to split one never ends."""
    done = subprocess.run([sys.executable, "-c", _EVERY_SHAPE], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "done", done.stderr
