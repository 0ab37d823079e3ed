"""What is kept of indexes in memory: the next host's answers are the same, and hosts cannot fill it."""

from posture.advisories.indexes.offers import Standing, Verdict
from posture.advisories.indexes.shelf import MOST_CONTEXTS, MOST_VERDICTS, Held, Shelf
from posture.facts.packages import Package


def package(name, version="1"):
    return Package(name, "amd64", version, name, version)


def judged(asked):
    def judge(packages):
        asked.append([each.name for each in packages])
        return [Verdict(Standing.NEWER if each.version == "2" else Standing.CURRENT) for each in packages]

    return judge


def test_a_package_is_judged_once_in_each_context():
    """In the order of the host's list; another version or another context is another question."""
    held, asked = Held(), []
    held.verdicts([package("a"), package("b")], judged(asked))
    found = held.verdicts([package("b", "2"), package("a"), package("c")], judged(asked))
    assert [verdict.standing for verdict in found] == [Standing.NEWER, Standing.CURRENT, Standing.CURRENT]
    held.verdicts([package("a")], judged(asked), frozenset(("nodejs:18",)))
    assert asked == [["a", "b"], ["b", "c"], ["a"]]


def test_made_up_packages_and_contexts_do_not_fill_the_memory():
    """Answers stay right; what is kept is bounded."""
    held = Held()
    for number in range(4):
        many = [package(f"p{number}-{n}") for n in range(MOST_VERDICTS // 2)]
        assert len(held.verdicts(many, judged([]))) == len(many)
    for number in range(3 * MOST_CONTEXTS):
        held.verdicts([package("a")], judged([]), frozenset((str(number),)))
    assert len(held._verdicts) <= MOST_CONTEXTS
    assert sum(map(len, held._verdicts.values())) <= MOST_VERDICTS


def test_what_was_read_of_an_index_is_forgotten_with_its_state(tmp_path):
    shelf = Shelf()
    first = shelf.held(tmp_path, "one")
    assert shelf.held(tmp_path, "one") is first
    assert shelf.held(tmp_path, "two") is not first
