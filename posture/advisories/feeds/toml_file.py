"""A TOML file of named entries whose mistakes are told with file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from posture.model.text import visible

MOST_BYTES = 1 << 20


class ConfigError(Exception):
    """The file of feeds is wrong; the message says where and what to write instead."""


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file, with its text to find lines in."""

    path: Path
    text: str
    tables: Mapping[str, Any]

    def entries(self, kind: str) -> dict[str, Entry]:
        """The tables ``[kind.name]`` by name."""
        named = self.tables.get(kind, {})
        if not isinstance(named, dict) or not all(isinstance(entry, dict) for entry in named.values()):
            raise self.wrong(kind, f"entries are tables with a name: [{kind}.NAME]")
        return {
            name: Entry(f"{kind}.{name}", {key: (value, self) for key, value in entry.items()}, self)
            for name, entry in named.items()
        }

    def allow(self, title: str, keys: Collection[str]) -> None:
        """Raises ConfigError for a table that means nothing."""
        for key in self.tables:
            if key not in keys:
                raise self.wrong(title or key, f"[{key}…] means nothing here; known are {', '.join(sorted(keys))}")

    def wrong(self, title: str, fix: str, key: str = "") -> ConfigError:
        """What is wrong in an entry, with its line."""
        where = f"[{title}]{f' {key}' if key else ''}"
        return ConfigError(f"{self.path}, line {self._line(title, key)}, {visible(where, 120)}: {visible(fix, 300)}")

    def _line(self, title: str, key: str) -> int:
        """The line of a key of a table, else of the table's heading, else the first; written as people write TOML."""
        lines = self.text.splitlines()
        heading = re.compile(rf"\s*\[\s*{_loosely(title)}[\].\s]")
        start = next((n for n, line in enumerate(lines) if heading.match(line)), 0)
        for n, line in enumerate(lines[start + 1 :], start + 1):
            if line.lstrip().startswith("[") and not heading.match(line):
                break
            if key and re.match(rf"\s*\[?.*\b{re.escape(key)}\b\"?'?\s*(=|\])", line):
                return n + 1
        return start + 1


def _loosely(title: str) -> str:
    return r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in title.split(".", 1))


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a name; each value remembers the file that gave it."""

    title: str
    values: Mapping[str, tuple[Any, TomlFile]]
    file: TomlFile

    def changed_by(self, other: Entry) -> Entry:
        """This entry with what another one of the same name gives instead.

        ``location`` and ``locations`` are one thing in two forms. A hash or signature is that of the location it was
        given with.
        """
        values = dict(self.values)
        if {"location", "locations"} & set(other.values):
            for key in ("location", "locations", "sha256", "signature", "keys"):
                values.pop(key, None)
        return Entry(self.title, {**values, **other.values}, other.file)

    def has(self, key: str) -> bool:
        """Whether a key is given."""
        return key in self.values

    def allow(self, keys: Collection[str]) -> None:
        """Raises ConfigError for a key that means nothing."""
        for key in self.values:
            if key not in keys:
                raise self.wrong(key, f"means nothing here; known are {', '.join(sorted(keys))}")

    def text(self, key: str) -> str:
        """A text; empty when absent."""
        value = self._value(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, f'give a text in quotes: {key} = "…"')
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts; empty when absent."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, f'give a list of texts: {key} = ["…"]')
        return value

    def table(self, key: str) -> dict[str, str]:
        """Texts by name; empty when absent."""
        value = self._value(key, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self.wrong(key, f'give texts by name: {key} = {{NAME = "…"}}')
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"give a whole number from {least} to {most}: {key} = {default}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, f"give true or false: {key} = {str(default).lower()}")
        return value

    def choice(self, key: str, known: Collection[str]) -> str:
        """One of some words."""
        value = self.text(key)
        if value not in known:
            raise self.wrong(key, f"give one of {', '.join(known)}")
        return value

    def path(self, key: str, value: str) -> Path:
        """A path, from the folder of the file that gives it."""
        _, file = self.values.get(key, (None, self.file))
        return file.path.absolute().parent / Path(value).expanduser()

    def wrong(self, key: str, fix: str) -> ConfigError:
        """What is wrong with a key."""
        _, file = self.values.get(key, (None, self.file))
        return file.wrong(self.title, fix, key)

    def _value(self, key: str, default: Any) -> Any:
        return self.values.get(key, (default, self.file))[0]


def read_toml(path: Path) -> TomlFile:
    """Read a file.

    Raises:
        ConfigError: it cannot be read or is no TOML.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ConfigError(f"{path} is larger than {MOST_BYTES} bytes: it is no list of feeds")
        text = data.decode()
        return TomlFile(path, text, tomllib.loads(text))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is no TOML: {visible(str(error), 200)}") from error
