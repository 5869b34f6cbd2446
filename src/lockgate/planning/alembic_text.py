"""What a file of Alembic's says of its place in the history, read from its text; nothing is executed."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import MigrationFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS: Final = ("revision", "down_revision", "depends_on", "branch_labels")
_SIMPLE: Final = re.compile(
    r"""\n\w+(?:[ ]*:[^\n=]*)?[ ]*=[ ]*(?:(None)|"([\w.+-]*)"|'([\w.+-]*)')[ ]*(?:\#[^\n]*)?(?=\n|\Z)"""
)
# Alembic takes such a name for the revision where the file says none.
_LEGACY: Final = re.compile(r"[a-f0-9]+")


class Revision(NamedTuple):
    """One revision.

    Attributes:
        name: what it is recorded as, its file's name.
        id: Alembic's own name for it.
        down: the revisions that it was written upon; none for a base, several for a merge.
        depends_on: others that have to be there first, by id or by label.
        labels: names of its branch, as far as its text says them.
        path: the file's path.
    """

    name: str
    id: str
    down: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    path: str

    @property
    def needs(self) -> tuple[str, ...]:
        """All that has to be there first."""
        return self.down + self.depends_on


def read_revision(name: str, stem: str, text: str, path: str) -> Revision | None:
    """The revision that a file is; None for a file that is none.

    Raises:
        MigrationFileError: it is no Python, or what it says of its place is not written down but computed.
    """
    said = _simple_fields(text)
    if said is None:
        said = _parsed_fields(text, path)
    own = said["revision"]
    if not own and _LEGACY.fullmatch(stem) and "\ndef upgrade" in text:
        own = (stem,)
    if not own:
        return None
    return Revision(name, own[0], said["down_revision"], said["depends_on"], said["branch_labels"], path)


def _simple_fields(text: str) -> dict[str, tuple[str, ...]] | None:
    """The fields where each stands once, at the beginning of a line, as a plain string or None; None where one does not.

    Nearly all do, and to parse a thousand files takes a hundred times as long.
    """
    said: dict[str, tuple[str, ...]] = {}
    for field in _FIELDS:
        start, begin = 0, f"\n{field}"
        found: tuple[str, ...] | None = None
        while (at := text.find(begin, start)) >= 0:
            start = at + len(begin)
            if text[start : start + 1] not in " :=":
                continue
            match = _SIMPLE.match(text, at)
            if match is None or found is not None:
                return None
            found = tuple(filter(None, match.groups()[1:]))
        if found is None and field in {"revision", "down_revision"}:
            return None
        said[field] = found or ()
    return said


def _parsed_fields(text: str, path: str) -> dict[str, tuple[str, ...]]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise MigrationFileError(f"{path}:{line or 1} is no Python: {error}", path=path, line=line) from None
    known: dict[str, ast.expr] = dict(_assignments(module))
    return {field: _value(field, known, path) for field in _FIELDS}


def _assignments(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for one in module.body:
        if isinstance(one, ast.AnnAssign) and one.value is not None and isinstance(one.target, ast.Name):
            yield one.target.id, one.value
        elif isinstance(one, ast.Assign):
            for target in one.targets:
                if isinstance(target, ast.Name):
                    yield target.id, one.value


def _value(field: str, known: dict[str, ast.expr], path: str) -> tuple[str, ...]:
    if field not in known:
        return ()
    try:
        return tuple(_strings(known[field], known, 0))
    except _Computed as computed:
        if (
            field == "branch_labels"
        ):  # they order nothing; whoever asks for one that is not read is told that there is none
            return ()
        line = computed.line
        raise MigrationFileError(
            f"{path}:{line}: {field} is computed, and files are not executed to find their order.",
            path=path,
            line=line,
            hint=f"Write {field} as a string, a tuple of strings, or None.",
        ) from None


class _Computed(Exception):
    """A value is not written down."""

    def __init__(self, node: ast.expr) -> None:
        super().__init__()
        self.line = node.lineno


def _strings(node: ast.expr, known: dict[str, ast.expr], depth: int) -> Iterator[str]:
    match node:
        case ast.Constant(value=None):
            return
        case ast.Constant(value=str(value)):
            yield value
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            for element in elements:
                yield from _strings(element, known, depth)
        case ast.Name(id=name) if name in known and depth < 10:
            yield from _strings(known[name], known, depth + 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _sum(left, right, known, depth)
        case _:
            raise _Computed(node)


def _sum(left: ast.expr, right: ast.expr, known: dict[str, ast.expr], depth: int) -> Iterator[str]:
    """Two texts make one, and two tuples one."""
    parts = [*_strings(left, known, depth), *_strings(right, known, depth)]
    is_text = isinstance(left, ast.Constant | ast.JoinedStr) or isinstance(right, ast.Constant | ast.JoinedStr)
    yield from ("".join(parts),) if is_text else parts
