from __future__ import annotations

import threading
import time

from posture.collect.host.turns import Turns


def test_only_so_many_at_once():
    """A login costs the auditor's processor; the others wait for their turn."""
    turns, inside, most = Turns(2), [], []

    def work() -> None:
        with turns.one(10):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 8
    assert max(most) == 2


def test_a_host_that_dawdles_stops_nobody():
    """Whoever has waited long enough goes on; and a turn that was not had is not given back."""
    turns = Turns(1)
    with turns.one(10):
        for _ in range(2):
            with turns.one(0.01):
                pass
    with turns.one(0.01), turns.one(0.01):
        pass
