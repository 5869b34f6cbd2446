"""From a rehearsal to a report: own rules, squawk's, and what the migrations allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.linting.allowing import judged
from lockgate.linting.fixing import fixable
from lockgate.linting.of_migrations import of_migrations
from lockgate.linting.of_statements import of_statement
from lockgate.linting.of_transactions import of_transactions
from lockgate.linting.rules import RULES
from lockgate.linting.scene import Scene
from lockgate.linting.squawk import MISSING, ask, program, weighed
from lockgate.nouns.findings import Finding, LintReport
from lockgate.nouns.flavours import Flavour

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockgate.linting.scene import Seen
    from lockgate.nouns.rehearsals import Rehearsal, Rehearsed
    from lockgate.nouns.schema import Name

_ONLY = (
    "On {} only these rules are looked at:"
    " no-down, down-does-not-restore, foreign-key-without-index, contract-before-expand."
)


async def lint(
    rehearsal: Rehearsal, *, used: Mapping[Name, frozenset[str]] | None = None, squawk: bool | None = None
) -> LintReport:
    """What is risky about a run.

    Args:
        used: the columns that the models use, by table.
        squawk: whether squawk is asked; None asks it where it is installed.

    Raises:
        SettingsError: squawk is demanded and not installed, or does not answer.
    """
    scene = Scene(rehearsal, used or {})
    statements = scene.statements()
    findings = list(own_findings(scene, statements))
    notes = list(rehearsal.unknown)
    notes += [f"{one.name}: {one.unknown}" for one in rehearsal.migrations if one.unknown]
    if rehearsal.flavour is not Flavour.POSTGRESQL:
        notes.append(_ONLY.format("SQLite" if rehearsal.flavour is Flavour.SQLITE else "MySQL and MariaDB"))
    elif squawk is not False and program() is not None:
        findings += weighed(scene, await ask(scene, statements), findings)
    elif squawk:
        raise SettingsError(MISSING)
    elif squawk is None and rehearsal.migrations:
        notes.append(MISSING)
    return LintReport(tuple(_in_order(scene, findings)), tuple(notes))


def own_findings(scene: Scene, statements: tuple[Seen, ...]) -> Iterator[Finding]:
    """What Lockgate's own rules find."""
    yield from of_migrations(scene, statements)
    if scene.rehearsal.flavour is not Flavour.POSTGRESQL:
        return
    for migration in scene.rehearsal.migrations:
        own = [one for one in statements if one.migration is migration]
        found = [one for seen in own for one in of_statement(scene, seen)]
        yield from found
        yield from of_transactions(scene, own, {one.statement for one in found if RULES[one.rule].locks})


def _once(migration: Rehearsed, findings: list[Finding]) -> list[Finding]:
    """Without those of a statement that a loop sends again."""
    sent = {one: "" if one.statement is None else migration.sent[one.statement].text for one in findings}
    return list({(one._replace(statement=None), sent[one]): one for one in reversed(findings)}.values())[::-1]


def _in_order(scene: Scene, findings: list[Finding]) -> Iterator[Finding]:
    for migration in scene.rehearsal.migrations:
        own = fixable(scene, migration, _once(migration, [one for one in findings if one.migration == migration.name]))
        yield from sorted(judged(migration, own), key=lambda one: (one.line or 0, -one.severity, one.rule))
