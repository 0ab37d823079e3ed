"""The search for hosts as one text of Python 3.6: the core, the rules and this folder, without annotations.

It writes nothing where it runs: its modules are found in the text itself, under their own names.
"""

from __future__ import annotations

import ast
import base64
import json
import zlib
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING

from posture.collect.leaks.ruleset import plain_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_ROOM = "posture.collect.leaks"
_PARTS = ("core", "on_host")
_NOT_PACKED = f"{_ROOM}.on_host.pack"

_START = """
import importlib.abc
import importlib.machinery
import json
import sys


class Packed(importlib.abc.MetaPathFinder, importlib.abc.Loader):

    def find_spec(self, name, path=None, target=None):
        if name not in SOURCES:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=name in PACKAGES)

    def exec_module(self, module):
        name = module.__name__
        exec(compile(SOURCES[name], name, 'exec'), module.__dict__)


PACKAGES = {name.rpartition('.')[0] for name in SOURCES}
sys.meta_path.insert(0, Packed())
from posture.collect.leaks.on_host.host_main import main
main(json.loads(RULES))
"""

# What the shell gives python3. Status 3: this Python lacks a module, 4: it is too old.
_OPENED = """import sys
if sys.version_info < (3, 6):
    sys.exit(4)
try:
    import ast, base64, hashlib, hmac, json, re, resource, select, typing, zlib
except ImportError:
    sys.exit(3)
exec(zlib.decompress(base64.b64decode("{}")))
"""


_ONE_AT_A_TIME = Lock()


def packed() -> str:
    """A short program that holds all others: ASCII, without a single quote, since it stands between two in a shell."""
    # Python 3.11 cannot parse in several threads at once (SystemError, gh-106905): one at a time, and only once.
    with _ONE_AT_A_TIME:
        return _packed()


@cache
def _packed() -> str:
    text = base64.b64encode(zlib.compress(whole().encode(), 9)).decode()
    return _OPENED.format(text)


@cache
def whole() -> str:
    """The program in clear: every module's source by its name, the rules, and what starts them."""
    sources = json.dumps(sources_by_name(), sort_keys=True)
    rules = json.dumps(plain_rules(), sort_keys=True)
    return f"import json\nSOURCES = json.loads({sources!r})\nRULES = {rules!r}\n{_START}"


@cache
def sources_by_name() -> dict[str, str]:
    """Module -> its source without annotations; packages, which are empty, among them."""
    found = {"posture": "", "posture.collect": "", _ROOM: ""}
    for part in _PARTS:
        found |= dict(_modules(files(_ROOM) / part, f"{_ROOM}.{part}"))
    del found[_NOT_PACKED]
    return found


def plainer(source: str) -> str:
    """A module's source for Python 3.6: no annotations, documentation, or imports that only those need."""
    tree = _Plainer().visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree))


def _modules(folder: Traversable, name: str) -> Iterator[tuple[str, str]]:
    yield name, _package(folder)
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and (entry / "__init__.py").is_file():
            yield from _modules(entry, f"{name}.{entry.name}")
        elif entry.name.endswith(".py") and entry.name != "__init__.py":
            yield f"{name}.{entry.name[:-3]}", plainer(entry.read_text("utf-8"))


def _package(folder: Traversable) -> str:
    return plainer((folder / "__init__.py").read_text("utf-8"))


class _Plainer(ast.NodeTransformer):
    """Takes away what Python 3.6 does not know or need."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        fields = any(isinstance(base, ast.Name) and base.id == "NamedTuple" for base in node.bases)
        kept = [one for one in node.body if isinstance(one, ast.AnnAssign)] if fields else []
        for field in kept:
            field.annotation = ast.Name("object", ast.Load())
        node.body = [one if one in kept else self.visit(one) for one in _undocumented(node.body)]
        node.body = [one for one in node.body if one is not None] or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        for argument in every:
            if argument is not None:
                argument.annotation = None
        return self._body(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        return None if node.value is None else ast.Assign([node.target], node.value)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module == "__future__" else node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)

    def _body(self, node: ast.Module | ast.FunctionDef) -> ast.AST:
        node.body = _undocumented(node.body)
        self.generic_visit(node)
        node.body = node.body or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        return node


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    """Without texts that stand alone: documentation."""
    return [
        one
        for one in body
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str))
    ]
