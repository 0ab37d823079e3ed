import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.collect.network.sweep.notation import count, numbers, ports_left, written

PORTS = st.frozensets(st.integers(1, 65_535), max_size=200)


@given(ports=PORTS | st.tuples(st.integers(1, 65_535), st.integers(1, 300)).map(lambda r: frozenset(range(*r))))
def test_what_is_written_is_read_again(ports):
    """Any set of ports survives, and no other text is longer than it must be: neighbours are one range."""
    text = written(ports)
    assert numbers(text) == ports
    assert count(text) == len(ports)
    ends = [part.split("-") for part in text.split(",") if part]
    assert all(int(left[-1]) + 1 < int(right[0]) for left, right in itertools.pairwise(ends))


@given(first=PORTS, second=PORTS)
def test_what_is_left_and_what_was_done_are_all_ports_once(first, second):
    """Nothing is sent twice, nothing is left out."""
    left = numbers(ports_left(written(first), written(second)))
    assert not left & (first | second)
    assert left | first | second == frozenset(range(1, 65_536))


def test_all_and_nothing():
    assert ports_left() == "1-65535"
    assert ports_left("1-65535") == ""
    assert numbers("") == frozenset()


@pytest.mark.parametrize("text", ["0", "65536", "5-2", "1,,2", "-5", "22; rm", "T:22", "٢", "1-2-3", " 1"])
def test_what_is_no_notation_is_refused(text):
    """What reaches nmap's command line is numbers only."""
    with pytest.raises(ValueError, match="port"):
        numbers(text)


@pytest.mark.parametrize("port", [0, 65_536, -1])
def test_what_is_no_port_is_not_written(port):
    with pytest.raises(ValueError, match="outside"):
        written([port])
