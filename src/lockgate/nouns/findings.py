"""What a lint tells: each finding with its severity, what happens, what to do instead, and the reason where it is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lockgate.nouns.schema import Name


class Severity(IntEnum):
    """How much a finding weighs, the lightest first.

    `info` is worth knowing, `warning` may hurt, `error` stops reading or writing for as long as a table is big, breaks what is
    in use, or cannot be undone.
    """

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """As it is written: `warning`."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Severity:
        """The severity of that word.

        Raises:
            ValueError: there is none.
        """
        try:
            return cls[word.strip().upper()]
        except KeyError:
            raise ValueError(f"no severity: {word!r}") from None


class Finding(NamedTuple):
    """One fault.

    Attributes:
        rule: its name, the same in every release.
        migration: the name of the file.
        path: where the file is.
        line: in that file, from 1; None where it is about the file as a whole.
        statement: the number of the statement among those that the migration sends, from 0; None as above.
        what: what happens, in a sentence.
        advice: what to do, in a sentence.
        rewrite: SQL that does the same safely, where there is such.
        link: where the rule is explained.
        source: `lockgate` or `squawk`.
        table: the table that waits, or that it is about, where it is one.
        fixable: whether `lint --fix` can write the rewrite.
        allowed: the reason for which it is allowed; None where it is not.
    """

    rule: str
    severity: Severity
    migration: str
    path: str
    what: str
    advice: str
    link: str
    line: int | None = None
    statement: int | None = None
    rewrite: str = ""
    source: str = "lockgate"
    table: Name | None = None
    fixable: bool = False
    allowed: str | None = None

    @property
    def place(self) -> str:
        """The file, and the line where it is known: `migrations/002_x.sql:3`."""
        return f"{self.path}:{self.line}" if self.line else self.path

    @property
    def words(self) -> str:
        """It in a line."""
        mark = " [fixable]" if self.fixable else ""
        return f"{self.place}: {self.severity.word}: {self.rule}: {self.what}{mark}"

    def as_json(self) -> dict[str, Any]:
        """It as JSON."""
        return {
            "rule": self.rule,
            "severity": self.severity.word,
            "migration": self.migration,
            "path": self.path,
            "line": self.line,
            "table": str(self.table) if self.table else None,
            "message": self.what,
            "advice": self.advice,
            "rewrite": self.rewrite or None,
            "fixable": self.fixable,
            "link": self.link,
            "source": self.source,
            "allowed": self.allowed,
        }


@dataclass(frozen=True, slots=True)
class LintReport:
    """All findings of a run, in its order.

    Attributes:
        findings: those that count, and those that are allowed.
        notes: what could not be looked at, and why, in sentences.
        fixed: the paths of the files that were rewritten.
    """

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    def at_least(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings that are not allowed and weigh that much or more."""
        return tuple(one for one in self.findings if one.allowed is None and one.severity >= severity)

    def as_json(self) -> dict[str, Any]:
        """The document that `lint --json` prints."""
        return {
            "findings": [one.as_json() for one in self.findings],
            "notes": list(self.notes),
            "fixed": list(self.fixed),
        }
