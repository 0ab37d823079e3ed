"""The walk through a stack, held against Linux-PAM itself: pam_debug returns what its options say."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.mfa.pam_stack import least, successes
from posture.collect.host.pam import CONTROLS, pam_stack
from posture.collect.host.sections import Section
from posture.facts.pam import PamEntry, PamStack

CODES = ("success", "auth_err", "ignore", "user_unknown")
NOTHING: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def real():
    """Linux-PAM with a folder of its own: True where pam_authenticate succeeds for the service ``sshd``."""
    name = ctypes.util.find_library("pam")
    library = ctypes.CDLL(name) if name else None
    if library is None or not hasattr(library, "pam_start_confdir"):
        pytest.skip("needs libpam 1.4 or newer")
    if not list(Path("/").glob("*lib*/*/security/pam_debug.so")) + list(Path("/").glob("*lib*/security/pam_debug.so")):
        pytest.skip("needs pam_debug")

    silent = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)(
        lambda number, messages, answers, data: 0
    )

    class Conversation(ctypes.Structure):
        _fields_ = (("function", ctypes.c_void_p), ("data", ctypes.c_void_p))

    def succeeds(folder: Path) -> bool:
        talk = Conversation(ctypes.cast(silent, ctypes.c_void_p), None)
        handle = ctypes.c_void_p()
        assert not library.pam_start_confdir(
            b"sshd", b"root", ctypes.byref(talk), str(folder).encode(), ctypes.byref(handle)
        )
        result = library.pam_authenticate(handle, 0x8000)  # PAM_SILENT
        library.pam_end(handle, result)
        return result == 0

    return succeeds


def read(folder: Path) -> PamStack:
    """The files of a folder as the collector sends them."""
    lines = []
    for file in sorted(folder.iterdir()):
        lines.append(f"F\t{file if file.name == 'inner' else file.name}\t{file}")
        lines += [f"L\t{n}:{text}" for n, text in enumerate(file.read_text().splitlines(), 1)]
    stack = pam_stack(Section("\n".join([*lines, "Z\tend", ""]).encode(), 0, truncated=False), None)
    assert isinstance(stack, PamStack)
    return stack


controls = st.one_of(
    st.sampled_from(list(CONTROLS)),
    st.dictionaries(
        st.sampled_from((*CODES, "default")),
        st.sampled_from(("ok", "done", "bad", "die", "ignore", "reset", "1", "2")),
        min_size=1,
        max_size=3,
    ).map(lambda pairs: "[" + " ".join(f"{k}={v}" for k, v in pairs.items()) + "]"),
)
lines = st.lists(controls, min_size=1, max_size=3)
stacks = st.tuples(lines, st.sampled_from(("", "include", "substack", "@include")), lines, lines)


def written(folder: Path, stack, codes: Iterator[str]) -> None:
    """The first lines, a file that is included or not, the last lines; each module returns its code."""

    def text(some) -> str:
        return "".join(f"auth {control} pam_debug.so auth={next(codes)}\n" for control in some)

    before, how, inner, after = stack
    inside = folder / "inner"  # whole: older versions look for included files in /etc/pam.d only
    middle = {"": "", "@include": f"@include {inside}\n"}.get(how, f"auth {how} {inside}\n")
    first = text(before)
    inside.write_text(text(inner) if how else "auth required pam_deny.so\n")
    (folder / "sshd").write_text(first + middle + text(after))
    (folder / "other").write_text("auth required pam_deny.so\n")


def module_answers(entry: PamEntry):
    yield entry.option("auth"), NOTHING


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stack=stacks, data=st.data())
def test_one_run_ends_as_linux_pam_ends_it(real, tmp_path: Path, stack, data) -> None:
    """Controls by word and by value, jumps too far, files included and substacks: the same result."""
    codes = data.draw(st.lists(st.sampled_from(CODES), min_size=9, max_size=9))
    written(tmp_path, stack, iter(codes))
    found = successes(read(tmp_path).entries, module_answers)
    assert bool(found) == real(tmp_path), (tmp_path / "sshd").read_text() + "--\n" + (tmp_path / "inner").read_text()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stack=st.tuples(lines, st.sampled_from(("", "substack")), st.lists(controls, min_size=1, max_size=1), st.just([]))
)
def test_all_runs_are_those_of_every_combination(tmp_path: Path, real, stack) -> None:
    """What is proven on every way is what brute force finds: each module succeeds, fails or is ignored."""
    before, how, inner, _ = stack
    number = len(before) + (len(inner) if how else 0)
    expected = set()
    for codes in product(("success", "auth_err", "ignore"), repeat=number):
        written(tmp_path, stack, iter(codes))
        if real(tmp_path):
            expected.add(frozenset(str(n) for n, code in enumerate(codes) if code == "success"))
    entries = read(tmp_path).entries
    numbers = {id(entry): str(n) for n, entry in enumerate(entry for entry in entries if entry.module)}

    def answers(entry: PamEntry):
        yield "success", frozenset((numbers[id(entry)],))
        yield "auth_err", NOTHING
        yield "ignore", NOTHING

    assert successes(entries, answers) == least(expected)


def test_a_stack_with_too_many_runs_is_not_guessed_at() -> None:
    entry = PamEntry(CONTROLS["optional"], "pam_x", (), "/etc/pam.d/sshd", 1)
    proofs = {n: frozenset((str(n),)) for n in range(40)}
    many = tuple(PamEntry(CONTROLS["optional"], "pam_x", (), "/etc/pam.d/sshd", n) for n in range(40))
    assert successes(many, lambda one: [("success", proofs[one.line]), ("ignore", NOTHING)]) is None
    assert successes((entry,), lambda _: [("success", NOTHING)]) == (NOTHING,)
