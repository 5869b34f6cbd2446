"""What a file's own BEGIN and COMMIT mean to a runner that has a transaction of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockgate.nouns.flavours import Flavour
from lockgate.sql.controls import controls, modes
from lockgate.sql.folding import unfoldable
from lockgate.sql.implicit_commits import stays
from lockgate.sql.pragmas import foreign_key_switches
from lockgate.sql.procedural import inner_commit
from lockgate.sql.scripts import script

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from lockgate.sql.statements import Statement


class Shape(NamedTuple):
    """How a runner is to run a text.

    Attributes:
        transactional: whether it may run inside the runner's own transaction.
        statements: what is to be run; an outer BEGIN and COMMIT that are folded into the runner's transaction, and the
            foreign keys' pragmas around them, are left out. Without `transactional` nothing is left out.
        body: the offsets of the text between what was folded away; its comments are kept.
        script: that text, to be sent whole: of the same length, but with blanks where something folded away, or a
            line only for psql, stands in it, so that a position in it is also one in the file.
        reason: why it is not transactional, with the lines; else "", or where MySQL's own rules are why.
        modes: what the folded BEGIN said of its transaction, for the runner's own, such as "READ ONLY".
        foreign_keys_off: whether the text has SQLite's foreign keys turned off while it runs.
    """

    transactional: bool
    statements: tuple[Statement, ...]
    body: tuple[int, int]
    script: str
    reason: str = ""
    modes: str = ""
    foreign_keys_off: bool = False


def shape(text: str, statements: Sequence[Statement], flavour: Flavour) -> Shape:
    """The shape of `text`, which was split into `statements`.

    One block around the whole text is folded: a BEGIN that at most settings stand before (on PostgreSQL a SET lasts
    within the transaction as well), and a COMMIT at the end. Savepoints stay. Any other control of transactions, even
    from within a DO block or a procedure that is called, makes the text not transactional.

    On MySQL a statement that commits by itself, as all DDL does, makes the text not transactional; that is no `reason` to
    speak of, because it is so for most.

    SQLite heeds PRAGMA foreign_keys only outside a transaction ("PRAGMA Statements"). So one that turns them off at
    the start, before or after the BEGIN, and its counterpart at the end are the runner's to obey.
    """
    statements = tuple(statements)
    kinds = controls(statements, flavour)
    pragmas = foreign_key_switches(statements, kinds) if flavour is Flavour.SQLITE else ()
    reason = unfoldable(statements, kinds, pragmas, flavour)
    if not reason and flavour is Flavour.POSTGRESQL:
        reason = inner_commit(statements)
    if reason or (flavour is Flavour.MYSQL and _commits(statements, kinds)):
        return Shape(False, statements, *script(text, statements, frozenset(), flavour), reason)
    dropped = frozenset((*kinds, *pragmas))
    kept = tuple(statement for index, statement in enumerate(statements) if index not in dropped)
    said = modes(statements[min(kinds)], flavour) if kinds else ""
    return Shape(True, kept, *script(text, statements, dropped, flavour), "", said, bool(pragmas))


def _commits(statements: Sequence[Statement], kinds: Container[int]) -> bool:
    return any(index not in kinds and not stays(statement.text) for index, statement in enumerate(statements))
