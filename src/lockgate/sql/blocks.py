"""The steps of a file that keeps transactions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from lockgate.errors import MigrationFileError
from lockgate.nouns.flavours import Flavour
from lockgate.sql.controls import Control, control, modes
from lockgate.sql.implicit_commits import stays
from lockgate.sql.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_MATCH: Final = "Give each BEGIN one COMMIT, or leave both out: a file runs in a transaction by itself."


class Step(NamedTuple):
    """One statement outside any block, or one whole BEGIN … COMMIT.

    Attributes:
        statements: what is to be run; a block's own BEGIN and COMMIT are the runner's to write.
        block: whether they are to run in one transaction.
        modes: what the block's BEGIN said of it, such as "ISOLATION LEVEL SERIALIZABLE".
        commit: False for a block that ends in ROLLBACK.
    """

    statements: tuple[Statement, ...]
    block: bool
    modes: str = ""
    commit: bool = True


def steps(statements: Sequence[Statement], flavour: Flavour, *, path: str = "<sql>") -> tuple[Step, ...]:
    """The steps of a file that is not transactional, in order; an empty block is none.

    COMMIT AND CHAIN begins another block with the same modes, as the manuals say. On MySQL a block in which a statement
    commits is none: each of its statements is a step.

    Raises:
        MigrationFileError: BEGIN and COMMIT do not match, or a block is handed over to two-phase commit, or a ROLLBACK would
            not undo its block; the error has the line.
    """
    found, opened, inside = list[Step](), None, list[Statement]()
    for statement in statements:
        kind = control(statement, flavour)
        if kind is None or (kind is Control.TWO_PHASE and opened is None and statement.words[0] != "PREPARE"):
            if opened is None:
                found.append(Step((statement,), block=False))
            else:
                inside.append(statement)
            continue
        _check(kind, statement, opened, path)
        if kind is Control.BEGIN:
            opened = statement
            continue
        assert opened is not None
        if inside:
            commit = statement.words[0] in {"COMMIT", "END"}
            found.append(Step(tuple(inside), block=True, modes=modes(opened, flavour), commit=commit))
        opened, inside = (opened if kind is Control.CHAIN else None), []
    if opened is not None:
        _refuse(path, opened, "the block that begins here is never committed")
    if flavour is Flavour.MYSQL:
        return tuple(part for step in found for part in _as_mysql_commits(step, path))
    return tuple(found)


def _as_mysql_commits(step: Step, path: str) -> Iterator[Step]:
    commits = next((one for one in step.statements if not stays(one.text)), None)
    if not step.block or commits is None:
        yield step
    elif not step.commit:
        _refuse(path, commits, "this commits, so the ROLLBACK of its block would not undo it", "Take the ROLLBACK out.")
    else:
        yield from (Step((one,), block=False) for one in step.statements)


def _check(kind: Control, statement: Statement, opened: Statement | None, path: str) -> None:
    if kind is Control.TWO_PHASE:
        _refuse(path, statement, "two-phase commit cannot be used in a migration")
    if kind is Control.BEGIN and opened is not None:
        _refuse(path, statement, f"BEGIN stands within the block that line {opened.line} begins")
    if kind is not Control.BEGIN and opened is None:
        _refuse(path, statement, f"{statement.words[0]} stands without a BEGIN before it")


def _refuse(path: str, statement: Statement, what: str, hint: str = _MATCH) -> NoReturn:
    raise MigrationFileError(f"{path}, line {statement.line}: {what}", path=path, line=statement.line, hint=hint)
