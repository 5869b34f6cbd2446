"""Writes the safe way into a SQL file that nobody has applied, where it is mechanical."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError
from lockgate.linting.acts import acts
from lockgate.linting.kinds import Kind
from lockgate.linting.rewriting import safer
from lockgate.nouns.flavours import Flavour
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Direction
from lockgate.sql import Section, Statement, sections, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.linting.scene import Scene
    from lockgate.nouns.findings import Finding
    from lockgate.nouns.rehearsals import Rehearsed

_RULES: Final = frozenset(
    {"index-not-concurrent", "constraint-validated-at-once", "not-null-scans", "unique-builds-index", "no-lock-timeout"}
    | {"require-concurrent-index-deletion", "require-concurrent-index-creation", "require-concurrent-reindex"}
)
_ALONE: Final = {Kind.CREATE_INDEX, Kind.DROP_INDEX, Kind.REINDEX, Kind.ADD_CHECK, Kind.ADD_FOREIGN} | {
    Kind.ADD_UNIQUE,
    Kind.SET_NOT_NULL,
    Kind.VALIDATE,
    Kind.LOCK_TIMEOUT,
}
_MARKED: Final = {Layout.LOCKGATE, Layout.DBMATE}
"""Whose files say `transaction:false`; each of the others has a way of its own."""
_MARKER: Final = re.compile(r"^([ \t]*--[ \t]*migrate:up\b)([^\n]*)", re.MULTILINE)


def fixable(scene: Scene, migration: Rehearsed, findings: Sequence[Finding]) -> list[Finding]:
    """The findings, with a mark on those that `fixed` does away with."""
    section = _section(migration)
    if section is None or migration.direction is not Direction.UP:
        return list(findings)
    can = _fixed_lines(scene, migration, section, findings)
    return [one._replace(fixable=_line(migration, one) in can) if one.rule in _RULES else one for one in findings]


def fixed(migration: Rehearsed, findings: Sequence[Finding]) -> str | None:
    """The file's text with its fixable findings done away with; None where there is none that counts."""
    section = _section(migration)
    wanted = {_line(migration, one) for one in findings if one.fixable and one.allowed is None}
    if section is None or not wanted:
        return None
    text, only_timeouts = section.text, True
    for statement in reversed(_statements(section)):
        parts = safer(statement.text) if statement.line in wanted else ()
        if parts:
            text = text[: statement.start] + ";\n".join(parts) + text[statement.end :]
            only_timeouts = only_timeouts and _is_timeout(statement)
    whole = migration.text.replace(section.text, text, 1) if section.text else migration.text
    return whole if only_timeouts else _without_transaction(whole, migration.transactional)


def _section(migration: Rehearsed) -> Section | None:
    if not migration.path.endswith(".sql") or migration.layout not in _MARKED:
        return None
    try:
        return sections(migration.text, Flavour.POSTGRESQL, path=migration.path, wanted=Direction.UP).up
    except MigrationFileError:
        return None


def _statements(section: Section) -> list[Statement]:
    try:
        return split(section.text, Flavour.POSTGRESQL, first_line=section.first_line)
    except MigrationFileError:
        return []


def _line(migration: Rehearsed, finding: Finding) -> int | None:
    """The line that the statement of a finding begins with; the finding may stand further down in it."""
    return None if finding.statement is None else migration.sent[finding.statement].line


def _fixed_lines(scene: Scene, migration: Rehearsed, section: Section, findings: Sequence[Finding]) -> set[int]:
    """The lines of the statements that can be written anew; in a transaction only where all of the file can go without one."""
    statements = _statements(section)
    can_go = not migration.transactional or all(_stands_alone(one) for one in statements)
    found = {_line(migration, one) for one in findings if one.rule in _RULES}
    wanted = [one for one in statements if one.line in found and (can_go or _is_timeout(one))]
    return {one.line for one in wanted if safer(one.text) and all(map(scene.has_safe_way, acts(one.text)))}


def _stands_alone(statement: Statement) -> bool:
    found = acts(statement.text)
    return (
        bool(found) and statement.words[:1] != ("DO",) and all(act.kind in _ALONE and not act.inline for act in found)
    )


def _is_timeout(statement: Statement) -> bool:
    return any(act.kind is Kind.LOCK_TIMEOUT for act in acts(statement.text))


def _without_transaction(text: str, transactional: bool) -> str:
    if not transactional:
        return text
    if not _MARKER.search(text):
        return f"-- migrate:up transaction:false\n{text}"
    return _MARKER.sub(
        lambda found: f"{found[1]} transaction:false{found[2].replace(' transaction:true', '')}", text, count=1
    )
