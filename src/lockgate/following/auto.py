"""Auto mode: makes what the models add, tells what it leaves undone, and does nothing where nothing has changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lockgate.dialects.seam import StatementFailed
from lockgate.diffing.sorting import Left, needing_rows, sort_out
from lockgate.diffing.words import difference
from lockgate.following.creating import create_all, not_created
from lockgate.nouns.changes import Change, Kind, Statement
from lockgate.nouns.schema import ConstraintKind
from lockgate.nouns.schema_reports import AutoReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockgate.following.comparing import Comparison
    from lockgate.following.engine import Engine
    from lockgate.following.scope import Scope

_SUSPECTS = (Kind.CONSTRAINT, Kind.INDEX)
_FAILED = re.compile(r"(CHECK|UNIQUE|FOREIGN KEY) constraint failed: (.*?)(?: \(SQLITE_\w+\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Making:
    """What is to be made, by which statements, and what is left undone; `by_code` by a real `create_all` as well."""

    changes: tuple[Change, ...]
    statements: tuple[Statement, ...]
    left: tuple[Left, ...]
    by_code: bool = False

    def report(self, default: str) -> AutoReport:
        """Say it in words."""
        return AutoReport(
            tuple(difference(change, default) for change in self.changes),
            tuple(one.text for one in self.statements),
            tuple(difference(one.change, default, one.reason) for one in self.left),
        )


class Refused(Exception):
    """The database refused a statement of one or more changes; what is open is to be rolled back."""

    def __init__(self, changes: set[Change], failure: StatementFailed) -> None:
        super().__init__(failure.message)
        self.changes, self.failure = changes, failure


class Auto:
    """Makes the additive part of one comparison."""

    def __init__(self, engine: Engine, scope: Scope, comparison: Comparison) -> None:
        self._engine, self._scope, self._comparison = engine, scope, comparison

    async def plan(self) -> Making:
        """What is to be made, and what is left undone."""
        comparison = self._comparison
        rows = await self._engine.with_rows(needing_rows(comparison.changes) & set(comparison.have.tables))
        wanted, left = sort_out(comparison.changes, comparison.have, rows)
        return await self._making(wanted, left)

    async def without(self, making: Making, refused: Refused) -> Making:
        """The same, without what the database has refused."""
        wanted = tuple(one for one in making.changes if one not in refused.changes)
        left = tuple(
            Left(one, f"the database refused it: {refused}") for one in making.changes if one in refused.changes
        )
        return await self._making(wanted, making.left + left)

    async def _making(self, wanted: tuple[Change, ...], left: tuple[Left, ...]) -> Making:
        have, want, creating = self._comparison.have, self._comparison.want, self._comparison.creating
        said = self._engine.statements([one for one in wanted if one not in self._comparison.created], have, want)
        created = (
            await self._engine.creation(creating, {**have.named(), **want.named()}, self._scope) if creating else []
        )
        creation = map(Statement, created or ())
        first, last = [one for one in said if not one.late], [one for one in said if one.late]
        return Making(wanted, (*first, *creation, *last), left, by_code=created is None)

    async def run_early(self, making: Making) -> None:
        """Submit those statements that have to be committed before the others to the open transaction.

        Raises:
            Refused: the database refused one of them.
        """
        await self._submit([one for one in making.statements if one.early])

    async def run(self, making: Making) -> Making:
        """Submit the others to the open transaction, and return what was made, with what code of the project's has said.

        Raises:
            Refused: the database refused one of them.
            SettingsError: the models cannot be created.
        """
        first = [one for one in making.statements if not one.late]
        last = [one for one in making.statements if one.late]
        await self._submit([one for one in first if not one.early])
        said = await self._create() if making.by_code else []
        await self._submit(last)
        return replace(making, statements=(*first, *map(Statement, said), *last))

    async def _create(self) -> list[str]:
        creating = self._comparison.creating
        return await create_all(self._engine.session, creating, {None: self._scope.default}) if creating else []

    async def _submit(self, statements: Sequence[Statement]) -> None:
        session = self._engine.session
        try:
            for place, statement in enumerate(statements):
                await session.submit([statement.text], place)
            await session.flush()
        except StatementFailed as error:
            failed = statements[error.line] if error.line is not None else Statement("")
            if not failed.changes:
                raise not_created(error, failed.text) from error
            raise Refused(_refused(failed.changes, error.message), error) from error


def refused_at_the_end(making: Making, failure: StatementFailed) -> Refused | None:
    """What a COMMIT was refused for: on SQLite foreign keys, which are looked at when all is made; None if for none of it."""
    named = {one for one in making.changes if _is_named(one, failure.message)}
    return Refused(named, failure) if named else None


def _refused(changes: Iterable[Change], message: str) -> set[Change]:
    """The changes of the statement that failed: rather a constraint or an index than the column that it comes with.

    Where SQLite rebuilds a table it says by its words which of several constraints it was.
    """
    suspects = {one for one in changes if one.kind in _SUSPECTS} or set(changes)
    return {one for one in suspects if _is_named(one, message)} or suspects


def _is_named(change: Change, message: str) -> bool:
    """Whether SQLite's message is about this constraint or index: https://www.sqlite.org/rescode.html#constraint"""
    found = _FAILED.fullmatch(message)
    if found is None or change.kind not in _SUSPECTS or change.after is None:
        return False
    what, which = found.groups()
    one, table = change.after, change.owner.name
    kind = getattr(one, "kind", None)
    if what == "FOREIGN KEY":
        return kind is ConstraintKind.FOREIGN and f" of {table} without their {one.target.name}," in f"{which},"
    if what == "CHECK":
        return kind is ConstraintKind.CHECK and (which == one.name or which in one.definition)
    unique = kind in {ConstraintKind.UNIQUE, ConstraintKind.PRIMARY} or getattr(one, "unique", False)
    columns = {f"{table}.{column}" for column in one.columns}
    return unique and (which == f"index '{one.name}'" or set(which.split(", ")) == columns)
