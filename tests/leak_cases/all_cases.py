"""The whole labelled set."""

from __future__ import annotations

from itertools import chain

from leak_cases import leaks_by_form, leaks_in_code, leaks_in_files, lookalikes_by_form, lookalikes_in_files
from leak_cases.case import Case

SOURCES = (leaks_by_form, leaks_in_code, leaks_in_files, lookalikes_by_form, lookalikes_in_files)


def all_cases() -> tuple[Case, ...]:
    return tuple(chain.from_iterable(source.cases() for source in SOURCES))
