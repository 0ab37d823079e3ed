"""Find the checks: first-party and third-party ones load the same way, from the entry points ``posture.checks``.

An entry point names a package; every module below it is searched for checks, and beside each check's module lies its
remediation text, ``same_name.md``, with translations ``same_name.LANGUAGE.md``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from types import ModuleType
from typing import Generic, TypeVar

from posture.facts.factset import COLLECTED, known_for
from posture.model.text import visible
from posture.sdk import Check

GROUP = "posture.checks"
Text = TypeVar("Text")


@dataclass(frozen=True, slots=True)
class Plugin(Generic[Text]):
    """A check with its remediation texts by language (``en`` is always there) and where it came from."""

    check: Check
    texts: Mapping[str, Text]
    source: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A plugin, module or check that could not be loaded, and why. It stops nothing else."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded(Generic[Text]):
    """All checks that loaded, ordered by id, and all that did not."""

    plugins: tuple[Plugin[Text], ...]
    problems: tuple[Problem, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks alone."""
        return tuple(plugin.check for plugin in self.plugins)


def load(parse: Callable[[str, str], Text], points: Iterable[EntryPoint] | None = None) -> Loaded[Text]:
    """Load every check that is installed.

    Args:
        parse: reads a remediation text, given its content and its name; raises ValueError for a wrong one.
        points: instead of the installed entry points.
    """
    plugins: dict[str, Plugin[Text]] = {}
    problems: list[Problem] = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda p: (p.value, p.name)):
        for found in _from_package(point.value, parse):
            if isinstance(found, Problem):
                problems.append(found)
            elif found.check.id in plugins:
                other = plugins[found.check.id].source
                problems.append(Problem(found.check.id, f"{found.source} has the id of a check in {other}; left out"))
            else:
                plugins[found.check.id] = found
    return Loaded(tuple(plugins[check_id] for check_id in sorted(plugins)), tuple(problems))


def _from_package(name: str, parse: Callable[[str, str], Text]) -> Iterator[Plugin[Text] | Problem]:
    package = _imported(name)
    if isinstance(package, Problem):
        yield package
        return
    yield from _from_module(package, parse)
    for info in pkgutil.walk_packages(getattr(package, "__path__", ()), prefix=f"{name}.", onerror=lambda _: None):
        module = _imported(info.name)
        if isinstance(module, Problem):
            yield module
        else:
            yield from _from_module(module, parse)


def _imported(name: str) -> ModuleType | Problem:
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001  a plugin may fail in any way; it must not take the others with it
        return Problem(name, visible(f"{type(error).__name__}: {error}"))


def _from_module(module: ModuleType, parse: Callable[[str, str], Text]) -> Iterator[Plugin[Text] | Problem]:
    for value in vars(module).values():
        if isinstance(value, Check) and value.judge.__module__ == module.__name__:
            yield _plugin(value, module, parse)


def _plugin(check: Check, module: ModuleType, parse: Callable[[str, str], Text]) -> Plugin[Text] | Problem:
    if not any(check_applies(check, known_for(kind)) for kind in COLLECTED):
        wanted = ", ".join(fact.__name__ for _, fact in check.needs)
        return Problem(check.id, f"no kind of resource has all the facts it asks for ({wanted})")
    package, _, stem = module.__name__.rpartition(".")
    texts: dict[str, Text] = {}
    for file in files(package or module.__name__).iterdir():
        if file.name.startswith(f"{stem}.") and file.name.endswith(".md"):
            language = file.name.removeprefix(f"{stem}.").removesuffix("md").rstrip(".") or "en"
            try:
                texts[language] = parse(file.read_text(encoding="utf-8"), f"{module.__name__}: {file.name}")
            except ValueError as error:
                return Problem(check.id, visible(str(error)))
    if "en" not in texts:
        return Problem(check.id, f"it has no remediation text; write {stem}.md beside {stem}.py")
    return Plugin(check, texts, module.__name__)


def check_applies(check: Check, known: frozenset[type]) -> bool:
    """Whether all facts a check needs are among these types."""
    return all(fact in known for _, fact in check.needs)
