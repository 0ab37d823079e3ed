"""Packets that are no sweep's take turns at the customer's rate."""

from posture.collect.pace import Pace, for_questions, for_sweeps


class Clock:
    def __init__(self) -> None:
        self.now, self.slept = 100.0, 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += seconds


def test_no_more_is_sent_in_a_second_than_was_agreed():
    """Forty datagrams at ten a second take four seconds; another customer's do not wait for them."""
    clock = Clock()
    pace = Pace(lambda: clock.now, clock.sleep)
    for _ in range(41):
        pace.take("bakery", 10, 1)
    assert round(clock.slept, 6) == 4.0
    pace.take("florist", 10, 1)
    assert round(clock.slept, 6) == 4.0


def test_where_nothing_was_agreed_nobody_waits():
    clock = Clock()
    pace = Pace(lambda: clock.now, clock.sleep)
    for _ in range(1000):
        pace.take("bakery", 0, 6)
    assert clock.slept == 0


def test_sweeps_and_questions_together_keep_to_the_rate():
    for rate in (50, 51, 2_000, 99_999):
        assert for_sweeps(rate) + for_questions(rate) == rate
    assert (for_sweeps(0), for_questions(0)) == (0, 0)
