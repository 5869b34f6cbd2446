"""What the text of a Python file shows of its migration; nothing of it is imported or executed."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import MigrationFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BASE: Final = frozenset({"lockgate.Migration", "lockgate.authoring.migration.Migration"})
_PROTOCOLS: Final = frozenset({"typing.Protocol", "typing_extensions.Protocol"})


class _Class(NamedTuple):
    """A class of the file: its bases by their full names, and the line of each method that is not async, 0 of all others."""

    name: str
    line: int
    bases: tuple[str, ...]
    methods: dict[str, int]


def check_module(text: str, path: str) -> ast.Module:
    """Parse a file, and compile it, which finds what a parser lets pass.

    Raises:
        MigrationFileError: it is no Python; the error has the line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(text, path)
            compile(tree, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else path
        raise MigrationFileError(f"{where} is no Python: {error}", path=path, line=line) from None
    return tree


def check_migration(text: str, path: str) -> None:
    """Check that a file defines exactly one migration, as far as its text shows: what is imported may be anything.

    Raises:
        MigrationFileError: it defines none or several, one has no up, or a direction is not async.
    """
    tree = check_module(text, path)
    full = dict(_imported(tree))
    classes = {one.name: one for one in _classes(tree, full)}
    migrating = {name for name in classes if _migrates(name, classes) is True}
    maybe = {name for name in classes if _migrates(name, classes) is None}
    leaves = _leaves(migrating, classes)
    if len(leaves) > 1 or not (leaves or maybe):
        found = ", ".join(sorted(leaves)) or "none"
        raise MigrationFileError(
            f"{path} must define exactly one migration class; it defines {found}.",
            path=path,
            hint="A migration is a subclass of lockgate.Migration, or a class with `async up` and `async down`.",
        )
    for leaf in leaves:
        _check_directions(leaf, classes, path)


def check_revision(text: str, path: str) -> None:
    """Check that a file of Alembic's can be run upwards, as far as its text shows.

    Raises:
        MigrationFileError: it is no Python, or has no upgrade.
    """
    names = {name for one in _statements(check_module(text, path).body) for name in _names(one)}
    if not names & {"upgrade", "*"}:
        raise MigrationFileError(f"{path} has no upgrade().", path=path)


def _check_directions(name: str, classes: dict[str, _Class], path: str) -> None:
    chain = list(_chain(name, classes))
    for direction in ("up", "down"):
        line = next((one.methods[direction] for one in chain if direction in one.methods), 0)
        if line:
            raise MigrationFileError(f"{path}:{line}: {direction} must be `async def`.", path=path, line=line)
    known = all(base in classes or base in _BASE for one in chain for base in one.bases)
    if known and not any("up" in one.methods for one in chain):
        raise MigrationFileError(f"{path}: {name} defines no up.", path=path, line=chain[0].line)


def _migrates(name: str, classes: dict[str, _Class]) -> bool | None:
    """Whether a class is a migration; None where that depends on a class which is imported."""
    chain = list(_chain(name, classes))
    bases = {base for one in chain for base in one.bases}
    if bases & _PROTOCOLS & set(classes[name].bases):
        return False
    if bases & _BASE or any("up" in one.methods for one in chain):
        return True
    return None if any(base not in classes and base not in _HARMLESS for base in bases) else False


def _chain(name: str, classes: dict[str, _Class], seen: frozenset[str] = frozenset()) -> Iterator[_Class]:
    """A class, and those of the file that it inherits from."""
    if name in classes and name not in seen:
        yield classes[name]
        for base in classes[name].bases:
            yield from _chain(base, classes, seen | {name})


def _leaves(names: Iterable[str], classes: dict[str, _Class]) -> list[str]:
    inherited = {one.name for name in classes for one in list(_chain(name, classes))[1:]}
    return [name for name in names if name not in inherited]


def _classes(tree: ast.Module, full: dict[str, str]) -> Iterator[_Class]:
    for one in _statements(tree.body):
        if isinstance(one, ast.ClassDef):
            bases = tuple(_dotted(base, full) for base in one.bases)
            yield _Class(one.name, one.lineno, bases, dict(_methods(one)))


def _methods(one: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for part in _statements(one.body):
        is_plain = isinstance(part, ast.FunctionDef) and not part.decorator_list
        yield from ((name, part.lineno if is_plain else 0) for name in _names(part))


def _dotted(node: ast.expr, full: dict[str, str]) -> str:
    """The full name of a base; empty where it is computed."""
    if isinstance(node, ast.Subscript):  # Generic[T], Protocol[T]
        return _dotted(node.value, full)
    if isinstance(node, ast.Attribute):
        above = _dotted(node.value, full)
        return f"{above}.{node.attr}" if above else ""
    return full.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for one in _statements(tree.body):
        if isinstance(one, ast.Import):
            yield from ((alias.asname, alias.name) for alias in one.names if alias.asname)
        elif isinstance(one, ast.ImportFrom):
            place = "." * one.level + (one.module or "")
            yield from ((alias.asname or alias.name, f"{place}.{alias.name}") for alias in one.names)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a body, and those within its `if`, `try` and `with`."""
    for one in body:
        yield one
        if isinstance(one, ast.If | ast.Try | ast.With):
            yield from _statements(child for child in ast.iter_child_nodes(one) if isinstance(child, ast.stmt))
            handlers = one.handlers if isinstance(one, ast.Try) else ()
            yield from _statements(child for handler in handlers for child in handler.body)


def _names(one: ast.stmt) -> Iterator[str]:
    """The names that a statement gives something to."""
    if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield one.name
    elif isinstance(one, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in one.names)
    elif isinstance(one, ast.Assign):
        yield from (target.id for target in one.targets if isinstance(target, ast.Name))
    elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.value is not None:
        yield one.target.id


_HARMLESS: Final = frozenset(
    {"object", "Exception", "dict", "list", "str", "int", "tuple", "enum.Enum", "enum.IntEnum", "enum.StrEnum"}
    | {"typing.NamedTuple", "typing.TypedDict", "typing.Generic", "abc.ABC", "sqlalchemy.orm.DeclarativeBase"}
)
"""Bases from elsewhere that have no `up`."""
