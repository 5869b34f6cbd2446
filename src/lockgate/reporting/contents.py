"""What a report says, before it is HTML or Markdown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from lockgate.diffing.differ import diff
from lockgate.diffing.words import difference
from lockgate.nouns.findings import LintReport, Severity
from lockgate.nouns.flavours import Flavour
from lockgate.rehearsing.verdicts import named, verdicts
from lockgate.reporting.gravest import Gravest, Weight, changes_rows, gravest, gravest_of
from lockgate.reporting.masking import difference_without, lint_without_passwords, without_passwords
from lockgate.reporting.renames import renamed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.changes import Change
    from lockgate.nouns.findings import Finding
    from lockgate.nouns.rehearsals import LockMode, Rehearsal, Rehearsed, TableFacts
    from lockgate.nouns.schema import Name
    from lockgate.nouns.schema_reports import Difference
    from lockgate.rehearsing.verdicts import Verdict


class Size(NamedTuple):
    """What the target says of one table, and the strongest lock that the run takes on it."""

    table: str
    facts: TableFacts
    mode: LockMode

    @property
    def rows(self) -> str:
        """How many rows it has, in words."""
        return "not counted" if self.facts.rows is None else f"{self.facts.rows:,}"


@dataclass(frozen=True)
class Contents:
    """A rehearsal and what was found in it, both without passwords."""

    rehearsal: Rehearsal
    lint: LintReport

    @classmethod
    def of(cls, rehearsal: Rehearsal, lint: LintReport) -> Contents:
        """Those of a report."""
        return cls(without_passwords(rehearsal), lint_without_passwords(lint))

    @cached_property
    def changes(self) -> list[Change]:
        """How the schema changes; empty as well where it is not known."""
        before, after = self.rehearsal.before, self.rehearsal.after
        if before is None or after is None:
            return []
        told = renamed(self.rehearsal, before, after)
        return sorted([*told.changes, *diff(told.before, after)], key=lambda one: one.owner)

    @cached_property
    def differences(self) -> list[Difference]:
        """The changes in words."""
        spaces = {change.owner.schema for change in self.changes}
        default = spaces.pop() if len(spaces) == 1 else ""
        return [difference_without(difference(change, default)) for change in self.changes]

    @cached_property
    def verdicts(self) -> dict[str, list[Verdict]]:
        """What each migration does to others, by its name."""
        found: dict[str, list[Verdict]] = defaultdict(list)
        for one in verdicts(self.rehearsal):
            found[one.migration].append(one)
        return found

    @cached_property
    def findings(self) -> dict[str, list[Finding]]:
        """The findings by the migration's name, those that count first."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for one in sorted(self.lint.findings, key=lambda one: (one.allowed is not None, -one.severity)):
            found[one.migration].append(one)
        return found

    def gravest(self, migration: Rehearsed) -> Gravest:
        """The gravest thing that one migration does."""
        return gravest_of(migration, self.rehearsal)

    @cached_property
    def sizes(self) -> list[Size]:
        """The tables that the run touches, the biggest first; empty where the target was not asked."""
        strongest: dict[Name, LockMode] = {}
        for touch in (touch for one in self.rehearsal.migrations for sent in one.sent for touch in sent.touches):
            strongest[touch.relation] = max(touch.held, strongest.get(touch.relation, touch.held))
        tables = self.rehearsal.live.tables if self.rehearsal.live else {}
        found = (Size(named(name), tables[name], mode) for name, mode in strongest.items() if name in tables)
        return sorted(found, key=lambda one: (-one.facts.bytes, one.table))

    @cached_property
    def headline(self) -> str:
        """All of it in one sentence."""
        count = len(self.rehearsal.migrations)
        if not count:
            return "Nothing is pending."
        return f"{self.count}; {self._gravest(count)}."

    @property
    def count(self) -> str:
        """How many migrations there are, as a clause."""
        count = len(self.rehearsal.migrations)
        return (
            f"{counted(count, 'migration')} {'is' if count == 1 else 'are'} pending" if count else "Nothing is pending"
        )

    @cached_property
    def weight(self) -> Weight:
        """How much others will notice of the run."""
        return gravest(self.rehearsal)[1].weight if self.rehearsal.migrations else Weight.OPEN

    def _gravest(self, count: int) -> str:
        migration, found = gravest(self.rehearsal)
        it = "it" if count == 1 else "they"
        if self.rehearsal.flavour is Flavour.SQLITE:
            return f"nobody else can write to the database while {it} run{'s' * (count == 1)}"
        if found.weight is Weight.UNKNOWN:
            some = "some of them" if self.rehearsal.place else "they"
            return "what it locks is not known" if count == 1 else f"what {some} lock is not known"
        if found.weight is Weight.OPEN and changes_rows(self.rehearsal):
            return f"only writing to rows that {it} change{'s' * (count == 1)} waits"
        if found.weight is Weight.OPEN:
            return "reading and writing go on meanwhile"
        who = "it" if count == 1 else f"the gravest, {migration.name},"
        return f"{who} {found.does}: {found.means}"


def headline(rehearsal: Rehearsal, lint: LintReport) -> str:
    """A report in one sentence."""
    return Contents.of(rehearsal, lint).headline


def counted(number: int, noun: str) -> str:
    """`1 migration`, `2 migrations`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def tally(findings: Sequence[Finding]) -> str:
    """How many findings there are, in words; those that are allowed last."""
    open_ = [one for one in findings if one.allowed is None]
    names = {Severity.ERROR: "error", Severity.WARNING: "warning"}
    parts = [counted(sum(one.severity is kind for one in open_), name) for kind, name in names.items()]
    parts.append(f"{sum(one.severity is Severity.INFO for one in open_)} info")
    parts.append(f"{len(findings) - len(open_)} allowed")
    return ", ".join(part for part in parts if not part.startswith("0 ")) or "none"


def duration(seconds: float | None) -> str:
    """A time for people: `under 0.1 ms`, `0.4 ms`, `12 ms`, `1.3 s`, `2 min 5 s`."""
    if seconds is None:
        return "not run"
    if seconds < 1:
        thousandths = seconds * 1000
        if thousandths < 0.1:
            return "under 0.1 ms"
        return f"{thousandths:.1f} ms" if thousandths < 10 else f"{thousandths:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
