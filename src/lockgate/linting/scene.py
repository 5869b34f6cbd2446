"""A rehearsal as the rules look at it: each statement with what it does, what it locks of what was there, and until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.linting.acts import acts
from lockgate.linting.assumed import assumed
from lockgate.linting.kinds import Act, Kind, is_called
from lockgate.linting.rules import RULES
from lockgate.nouns.findings import Finding, Severity
from lockgate.nouns.schema import Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockgate.nouns.rehearsals import Rehearsal, Rehearsed, Sent, Touch
    from lockgate.nouns.schema import Table

SMALL_ROWS: Final = 10_000
SMALL_BYTES: Final = 10 * 1024 * 1024
_NOTHING: Final = Act(Kind.ALTER_OTHER)
_NOT_OF_PARTITIONED: Final = {Kind.CREATE_INDEX, Kind.DROP_INDEX, Kind.ADD_FOREIGN, Kind.ADD_UNIQUE}


class Seen(NamedTuple):
    """One statement of a migration.

    Attributes:
        number: its place in `migration.sent`.
        touches: what it does to tables that were there before the run, and their indexes.
        transaction: the number of the transaction that it is in; None where it is alone.
        traced: whether a scratch has seen it, so that the touches are known; else they are what its text lets expect.
    """

    migration: Rehearsed
    number: int
    sent: Sent
    acts: tuple[Act, ...]
    touches: tuple[Touch, ...]
    transaction: int | None
    traced: bool

    def line_of(self, act: Act = _NOTHING) -> int | None:
        """The line of an act, or of the statement's beginning."""
        line = self.sent.line
        if line is None or not self.migration.path.endswith(".sql"):
            return line
        return line + self.sent.text.count("\n", 0, act.span[0])


def is_partitioned(table: Table | None) -> bool:
    """Whether it has no rows of its own."""
    return table is not None and table.after.startswith("PARTITION BY")


def table_of(touch: Touch) -> Name:
    """The table that a touch is about; an index's is its own."""
    return touch.table or touch.relation


@dataclass(frozen=True)
class Scene:
    """All of a rehearsal.

    Attributes:
        used: the columns that the models use, by table; the schema is "" where they name none.
    """

    rehearsal: Rehearsal
    used: Mapping[Name, frozenset[str]] = field(default_factory=dict)

    def statements(self) -> tuple[Seen, ...]:
        """Those of the migrations, Lockgate's own left out."""
        return tuple(one for rehearsed in self.rehearsal.migrations for one in self._of(rehearsed))

    def _of(self, rehearsed: Rehearsed) -> Iterator[Seen]:
        transaction = 0
        for number, sent in enumerate(rehearsed.sent):
            if sent.text[:8].upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "START TR", "END")):
                transaction += 1
            if sent.own:
                continue
            traced = bool(self.rehearsal.place) and sent.seconds is not None
            found = self._done(sent, traced=traced)
            there = self._touches(found, sent, traced=traced)
            within = transaction if sent.in_transaction else None
            yield Seen(rehearsed, number, sent, found, there, within, traced)

    def _done(self, sent: Sent, *, traced: bool) -> tuple[Act, ...]:
        """What a statement does; of a DO block, which may decide otherwise, what was seen."""
        found = acts(sent.text)
        if not traced or sent.text[:2].upper() != "DO":
            return found
        touched = {table_of(touch) for touch in sent.touches}
        return tuple(act for act in found if not act.table or self.find(act.table) in touched)

    def _touches(self, found: tuple[Act, ...], sent: Sent, *, traced: bool) -> tuple[Touch, ...]:
        if not traced:
            return tuple(touch for touch in assumed(found, self) if self.is_there(table_of(touch)))
        if sent.in_transaction:
            return sent.touches
        # Outside a transaction the locks are gone with the statement, and a look from beside may come too late.
        known = {touch.relation for touch in sent.touches}
        return *sent.touches, *(touch for touch in assumed(found, self) if touch.relation not in known)

    def is_there(self, table: Name) -> bool:
        """Whether a table is there before the run, as far as that is known."""
        before = self.rehearsal.before
        if before is not None:
            return table in before.tables or table in before.views
        return table.name not in self._made

    @cached_property
    def _made(self) -> frozenset[str]:
        texts = (sent.text for one in self.rehearsal.migrations for sent in one.sent if "REATE" in sent.text.upper())
        return frozenset(
            act.table[-1] for text in texts for act in acts(text) if act.kind is Kind.CREATE_TABLE and act.table
        )

    def find(self, written: tuple[str, ...]) -> Name | None:
        """The table, there before the run, that a written name means."""
        before = self.rehearsal.before
        if not written:
            return None
        if before is None:
            name = Name(written[-2] if len(written) > 1 else "", written[-1])
            return name if self.is_there(name) else None
        if len(written) == 1 and written[0] in self._new:
            return None
        return next((name for name in self._there if is_called(written, name)), None)

    @cached_property
    def _there(self) -> tuple[Name, ...]:
        """What was there before the run, first what it touches: partitions too, which the schema does not tell of."""
        before = self.rehearsal.before
        known = (*before.tables, *before.views) if before else ()
        sent = (one for migration in self.rehearsal.migrations for one in migration.sent)
        touched = {table_of(touch) for one in sent for touch in one.touches if touch.kind in ("r", "p", "m", "v")}
        return *sorted(touched), *(name for name in known if name not in touched)

    @cached_property
    def _new(self) -> frozenset[str]:
        """The names that the run gives, without a schema, to tables of its own."""
        before, after = self.rehearsal.before, self.rehearsal.after
        if before is None or after is None:
            return frozenset()
        return frozenset(name.name for name in after.tables if name not in before.tables) & self._made

    def table(self, written: tuple[str, ...]) -> Table | None:
        """That table as it was before the run."""
        name, before = self.find(written), self.rehearsal.before
        return before.tables.get(name) if before is not None and name is not None else None

    def has_safe_way(self, act: Act) -> bool:
        """Whether PostgreSQL takes the safe way of an act: on a partitioned table it refuses CONCURRENTLY, USING INDEX, and
        before version 18 a foreign key that is NOT VALID."""
        before = self.rehearsal.before
        if before is None or act.kind not in _NOT_OF_PARTITIONED:
            return True
        known = self.table(act.table)
        if act.kind is Kind.DROP_INDEX:
            known = next((t for t in before.tables.values() if act.name in {index.name for index in t.indexes}), None)
        return not is_partitioned(known)

    def size(self, table: Name) -> str:
        """How big a table is on the target, in words with a blank before; "" where that is not known."""
        facts = self.rehearsal.live.tables.get(table) if self.rehearsal.live else None
        if facts is None:
            return ""
        rows = "" if facts.rows is None else f"{facts.rows:,} rows, "
        return f" ({rows}{_bytes(facts.bytes)})"

    def is_small(self, table: Name) -> bool:
        """Whether the target has counted it and found little; one that it has never counted may be new, and tells nothing."""
        facts = self.rehearsal.live.tables.get(table) if self.rehearsal.live else None
        return facts is not None and facts.rows is not None and facts.rows < SMALL_ROWS and facts.bytes < SMALL_BYTES

    def found(
        self,
        rule: str,
        seen: Seen,
        what: str,
        *,
        act: Act = _NOTHING,
        table: Name | None = None,
        advice: str = "",
        rewrite: str = "",
    ) -> Finding:
        """A finding at a statement; where others wait for a small table only, it weighs little."""
        known = RULES[rule]
        is_small = known.locks and table is not None and self.is_small(table)
        return Finding(
            rule,
            Severity.INFO if is_small else known.severity,
            seen.migration.name,
            seen.migration.path,
            f"{what} The table is small." if is_small else what,
            advice or known.advice,
            known.link,
            line=seen.line_of(act),
            statement=seen.number,
            table=table,
            rewrite=rewrite,
        )


def _bytes(number: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1024:
            return f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:.1f} TB"
