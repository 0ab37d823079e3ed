"""Which parser reads a file: by its name, or the end of its path. Nothing is opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posture.collect.leaks.core.parsers.kinds import NAMES, PATHS

if TYPE_CHECKING:
    from posture.collect.leaks.core.parser import Parser

_COPY = re.compile(
    r"(?:~|\.(?:bak|backup|old|orig|save|saved|copy|swp|tmp|[0-9]{1,8}|php_bak|dpkg-(?:old|dist)|rpmsave|rpmnew))+$"
)
_EXAMPLE = re.compile(r"(?:^|[._-])(?:example|sample|dist|template|tmpl|tpl|stub)s?(?:[._-]|$)")
_BY_PATH = tuple((re.compile("(?:" + form + r")\Z"), parser) for form, parser in PATHS)
_BY_NAME = tuple((re.compile(form), parser) for form, parser in NAMES)
# Most files are none of these: one expression says so at once.
_ANY_PATH = re.compile("(?:" + "|".join(form for form, _ in PATHS) + r")\Z")
_ANY_NAME = re.compile("|".join(form for form, _ in NAMES))


def claims(path: str) -> Parser | None:
    """The parser of a file of this name; None: nothing is known of its structure. An example file has none.

    A copy (``wp-config.php.bak``, ``.env.old``, ``config.php~``) is read as what it is a copy of.
    """
    whole = "/" + path[-1000:].replace("\\", "/").lower()
    name = whole.rpartition("/")[2]
    if len(name) > 200 or _EXAMPLE.search(name):
        return None
    plain = _COPY.sub("", name)
    for written in (name, plain) if plain != name else (name,):
        place = whole[: len(whole) - len(name)] + written
        if _ANY_PATH.search(place):
            return next(parser for form, parser in _BY_PATH if form.search(place))
        if _ANY_NAME.fullmatch(written):
            return next(parser for form, parser in _BY_NAME if form.fullmatch(written))
    return None
