"""One message to PostgreSQL that holds several transactions, and whom to blame when it comes back as an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import asyncpg

from lockgate.dialects.seam import STAMP_HINT, StatementFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

# A migration's own SETs must reach neither the next migration nor, behind a pooler, another client.
# RESET ALL leaves the role as it is: https://www.postgresql.org/docs/current/sql-reset.html
RESETS = ("RESET ALL", "RESET SESSION AUTHORIZATION", "RESET ROLE")


class Grammar(NamedTuple):
    """What differs between the servers that speak PostgreSQL's protocol.

    Attributes:
        resets: bring the session's own settings back.
        own_role: undoes whatever role a migration has taken, until the transaction ends.
        immediate: has deferred constraints looked at now.
    """

    resets: tuple[str, ...] = RESETS
    own_role: tuple[str, ...] = ("SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL ROLE NONE")
    immediate: tuple[str, ...] = ("SET CONSTRAINTS ALL IMMEDIATE",)


POSTGRESQL = Grammar()
# It has no deferred constraints, and no other session authorization than that of the login:
# https://github.com/cockroachdb/cockroach/issues/31632, https://github.com/cockroachdb/cockroach/issues/40283
COCKROACHDB = Grammar(("RESET ALL", "RESET ROLE"), ("SET LOCAL ROLE NONE",), ())
_NO_TRANSACTION_HINT = (
    "Say `-- migrate:up transaction:false` at the top of the section, or `transactional = False` in Python."
)

_GONE_HINT = (
    "Where the migration itself has taken Lockgate's table for another tool's, name another one with LOCKGATE_TABLE."
)

# A line break first: a text may end in a comment that would swallow the semicolon.
_END = "\n;\n"


class Body(NamedTuple):
    """A migration's part of the message: its offsets, and how many statements come before it and in it."""

    start: int
    end: int
    before: int
    length: int
    line: int | None


class Message:
    """A text of several statements, and what its parts are, so that an error can be laid at the right door.

    `settings` are said after each migration: they bring the session's own settings back. `seconds` is how long what is
    Lockgate's own may wait for a table's lock, and `check` what else is to hold then. `mark` stands before it all, and `fence`
    is said last before each COMMIT. `grammar` is what the server understands.
    """

    def __init__(
        self,
        settings: Sequence[str],
        seconds: float,
        mark: str = "",
        fence: Sequence[str] = (),
        check: Sequence[str] = (),
        *,
        grammar: Grammar = POSTGRESQL,
    ) -> None:
        self._settings, self._grammar = settings, grammar
        # Coming back to the session's own settings undoes what the transaction has begun with.
        self._own = (f"SET LOCAL lock_timeout = {seconds * 1000:.0f}", *check)
        self._fence = fence
        self._texts: list[str] = [mark] if mark else []
        self._length = len(mark)
        self._counted = 0
        self._bodies: list[Body] = []
        self._ends: list[int] = []

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self._texts)

    def open(self, modes: str, settings: Sequence[str] = ()) -> None:
        """Begin a transaction, with settings of its own."""
        begin = f"BEGIN {modes}" if modes else "BEGIN"
        self._add("".join(f"{one};\n" for one in (begin, *settings)), 1 + len(settings))

    def body(self, text: str, count: int, line: int | None = None) -> None:
        """Add `count` statements that are a migration's."""
        self._bodies.append(Body(self._length, self._length + len(text), self._counted, count, line))
        self._add(f"{text}{_END}", count)

    def close(self, closing: Sequence[str], *, goes_on: bool = False, still: bool = False) -> None:
        """Come back to the session's own settings, for the moment where the migration goes on, say what is ours, and commit.

        What has left the session `still` needs no coming back.
        """
        # Deferred constraints and their triggers run now, under the settings and the role that the migration has chosen.
        own = self._grammar.own_role if goes_on else self._settings
        back = () if still else (*self._grammar.immediate, *own, *self._own)
        ending = (*back, *closing, *self._fence, "COMMIT")
        self._add(";\n".join(ending) + ";\n", len(ending))
        self._ends.append(self._counted)

    def _add(self, text: str, count: int) -> None:
        self._texts.append(text)
        self._length += len(text)
        self._counted += count

    def said(self, number: int) -> Body | None:
        """The migration's part that the statement of that number, from 0, stands in; None where it is Lockgate's own."""
        return next((one for one in self._bodies if one.before <= number < one.before + one.length), None)

    def blame(self, error: asyncpg.PostgresError, completed: int) -> StatementFailed:
        """Say which statement of which body failed: by the position where there is one, else by the count."""
        said = getattr(error, "position", None)
        position = int(said) - 1 if said else None
        unit = self._at(position) if position is not None else None
        if unit is None:
            unit = max((i for i, body in enumerate(self._bodies) if body.before <= completed), default=0)
        body = self._bodies[unit] if self._bodies else Body(0, 0, 0, 0, None)
        inside = position is not None and self._at(position) == unit
        own = inside or completed < body.before + body.length
        return StatementFailed(
            words_of(error) if own else f"{words_of(error)}\nwhile it was recorded and committed",
            unit=unit,
            statement=completed - body.before + 1 if own else None,
            offset=min(position, body.end) - body.start if inside and position is not None else None,
            line=body.line if own else None,
            # The first statement is a BEGIN: had the server understood the message, that would have succeeded.
            parsed=completed > 0,
            hint=_hint(error) if own else _GONE_HINT * isinstance(error, asyncpg.UndefinedTableError),
        )

    def committed(self, completed: int) -> int:
        """How many units are certainly committed when so many statements have finished."""
        return sum(end <= completed for end in self._ends)

    def _at(self, position: int) -> int | None:
        # A statement that breaks off is told of at the semicolon that is put behind it.
        behind = len(_END) - 1
        return next((i for i, body in enumerate(self._bodies) if body.start <= position <= body.end + behind), None)


def words_of(error: asyncpg.PostgresError) -> str:
    """The server's words, with its detail, its hint and the SQLSTATE."""
    detail, hint = getattr(error, "detail", None), getattr(error, "hint", None)
    words = f"{error.args[0] if error.args else type(error).__name__} (SQLSTATE {error.sqlstate})"
    return "\n".join([words, *([f"detail: {detail}"] if detail else []), *([f"hint: {hint}"] if hint else [])])


def _hint(error: asyncpg.PostgresError) -> str:
    there_already = (asyncpg.DuplicateTableError, asyncpg.DuplicateObjectError, asyncpg.DuplicateColumnError)
    if isinstance(error, there_already):
        return STAMP_HINT
    refused = (asyncpg.ActiveSQLTransactionError, asyncpg.InvalidTransactionTerminationError)
    return _NO_TRANSACTION_HINT if isinstance(error, refused) else ""
