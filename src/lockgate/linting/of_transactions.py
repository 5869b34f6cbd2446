"""Rules about what one transaction holds while it does something else."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from lockgate.linting.kinds import Kind
from lockgate.linting.of_statements import bars, is_boundless
from lockgate.linting.rewriting import safer
from lockgate.linting.scene import table_of
from lockgate.nouns.rehearsals import LockMode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lockgate.linting.scene import Scene, Seen
    from lockgate.nouns.findings import Finding
    from lockgate.nouns.schema import Name


def of_transactions(scene: Scene, statements: Sequence[Seen], told: Collection[int | None]) -> Iterator[Finding]:
    """What is wrong with the transactions of one migration; it is empty for what runs alone.

    Args:
        told: the numbers of the statements of which it is told already that they take long.
    """
    for transaction, group in groupby(statements, lambda one: one.transaction):
        if transaction is not None:
            yield from _Transaction(scene, list(group), told).findings()
    yield from _without_timeout(scene, statements)


class _Transaction:
    def __init__(self, scene: Scene, statements: Sequence[Seen], told: Collection[int | None]) -> None:
        self.scene, self.statements, self.told = scene, statements, told
        self.held: dict[Name, tuple[LockMode, Seen]] = {}
        self.altered: dict[Name, Seen] = {}

    def findings(self) -> Iterator[Finding]:
        for seen in self.statements:
            exclusive = {table for table, (mode, _) in self.held.items() if mode.bars_reading}
            found = [*self._filling(seen), *self._working(seen), *self._several(seen, exclusive), *self._again(seen)]
            yield from found
            if exclusive and not found:
                yield self._more(seen, min(exclusive))
            self._take(seen)

    def _take(self, seen: Seen) -> None:
        for touch in seen.touches:
            table = table_of(touch)
            if bars(touch) and touch.mode is not None and (table not in self.held or self.held[table][0] < touch.mode):
                self.held[table] = (touch.mode, seen)

    def _filling(self, seen: Seen) -> Iterator[Finding]:
        is_ddl = any(
            one.acts and any(a.kind not in (Kind.FILL, Kind.LOCK_TIMEOUT) for a in one.acts) for one in self.statements
        )
        for act in seen.acts:
            table = self.scene.find(act.table)
            if act.kind is not Kind.FILL or table is None or not is_ddl or not is_boundless(self.scene, seen, act):
                continue
            locked = ", ".join(str(name) for name, (mode, _) in self.held.items() if mode.bars_writing)
            until = f", while {locked} stays locked" if locked else ""
            how = "without a bound, in a transaction that changes the schema"
            what = f"{act.detail} of {table}{self.scene.size(table)} {how}{until}."
            yield self.scene.found("backfill-with-ddl", seen, what, table=table)

    def _working(self, seen: Seen) -> Iterator[Finding]:
        if any(act.kind is Kind.FILL for act in seen.acts):
            return
        worked = {
            table_of(one) for one in seen.touches if (one.scanned or one.rewritten) and one.kind in ("r", "p", "m")
        }
        for table, (mode, since) in self.held.items():
            others = worked - {table} if seen.number in self.told else worked
            if others:
                what = (
                    f"{table} stays under {mode.words} since line {since.line_of()} while this works through"
                    f" {min(others)}{self.scene.size(min(others))}."
                )
                yield self.scene.found("work-under-lock", seen, what, table=table)
                return

    def _several(self, seen: Seen, exclusive: set[Name]) -> Iterator[Finding]:
        strongest = [one for one in seen.touches if bars(one) and one.mode is LockMode.ACCESS_EXCLUSIVE]
        new = {
            table_of(one) for one in strongest if self.scene.is_there(table_of(one))
        } - exclusive  # partitions are of one
        if len(exclusive | new) > 1 and new and len(exclusive) < 2:
            names = ", ".join(str(name) for name in sorted(exclusive | new))
            what = f"One transaction locks {names} against everybody, and waits for one while it holds another."
            weighty = next((name for name in sorted(exclusive | new) if not self.scene.is_small(name)), min(new))
            yield self.scene.found("several-exclusive-locks", seen, what, table=weighty)

    def _again(self, seen: Seen) -> Iterator[Finding]:
        for table in {self.scene.find(act.table) for act in seen.acts if _alters(seen)}:
            if table is None:
                continue
            if table in self.altered:
                first = self.altered[table].line_of()
                what = f"{table} is altered again; line {first} could do it in the same statement."
                yield self.scene.found("alter-table-again", seen, what, table=table)
            self.altered.setdefault(table, seen)

    def _more(self, seen: Seen, table: Name) -> Finding:
        what = f"{table} stays locked against everybody since line {self.held[table][1].line_of()}, for this statement as well."
        return self.scene.found("statement-under-exclusive-lock", seen, what, table=table)


def _alters(seen: Seen) -> bool:
    """VALIDATE is no such: together with what it validates it would be of no use."""
    return seen.sent.text[:5].upper() == "ALTER" and any(act.kind is not Kind.VALIDATE for act in seen.acts)


def _without_timeout(scene: Scene, statements: Sequence[Seen]) -> Iterator[Finding]:
    """Where the bound is taken away, and a lock is taken behind it."""
    for place, seen in enumerate(statements):
        if any(act.kind is Kind.LOCK_TIMEOUT and act.detail == "DEFAULT" for act in seen.acts):
            later = [table_of(touch) for one in statements[place + 1 :] for touch in one.touches if bars(touch)]
            if later:
                what = f"The bound on waiting is taken away, and {later[0]} is locked behind it."
                rewrite = ";\n".join((*safer(seen.sent.text), "")).strip()
                yield scene.found("no-lock-timeout", seen, what, table=later[0], rewrite=rewrite)
