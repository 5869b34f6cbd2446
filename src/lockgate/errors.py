"""What can go wrong, as one hierarchy: each error knows its exit code and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockgate.nouns.findings import Finding
    from lockgate.nouns.plans import Problem
    from lockgate.nouns.reports import RunReport


class LockgateError(Exception):
    """The base of every error that Lockgate raises on purpose.

    `message` says what happened and what was kept or undone; `hint` says what to do next (it may be empty).
    `kind` is the error's name in JSON and `exit_code` the command line's exit status. None of them ever holds a password.
    """

    kind = "error"
    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class MigrationFailed(LockgateError):
    """A migration failed; it was undone as far as the message says, and those before it are kept.

    `name` is the migration's; `report` has what the run did before it; the driver's own error is the `__cause__`.
    `path`, `line` and `statement` (1-based) point at the SQL that failed, where they are known.
    """

    kind = "migration_failed"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        name: str,
        hint: str = "",
        path: str | None = None,
        line: int | None = None,
        statement: int | None = None,
        report: RunReport | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.name = name
        self.path = path
        self.line = line
        self.statement = statement
        self.report = report


class BackupFailed(LockgateError):
    """The backup before a run could not be made, or not be read again; nothing was run, and nothing of it is left."""

    kind = "backup_failed"
    exit_code = 1


class SettingsError(LockgateError):
    """The configuration, a migration's file, or the way of calling is wrong; nothing was run."""

    kind = "settings"
    exit_code = 2


class MigrationFileError(SettingsError):
    """A file of the migrations folder cannot be used; `path` and, where it is known, `line` say which."""

    kind = "migration_file"

    def __init__(self, message: str, *, path: str, line: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line


class Irreversible(SettingsError):
    """A migration that is to be rolled back has no down; found before anything runs."""

    kind = "irreversible"

    def __init__(self, message: str, *, names: Sequence[str], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.names = tuple(names)


class GateClosed(LockgateError):
    """The environment does not permit what was asked; `reason` says why in words."""

    kind = "gate_closed"
    exit_code = 3

    def __init__(self, reason: str, *, hint: str = "") -> None:
        super().__init__(reason, hint=hint)
        self.reason = reason


class HistoryError(LockgateError):
    """Files and history disagree, or the tracking table is another tool's; `problems` lists each disagreement."""

    kind = "history"
    exit_code = 4

    def __init__(self, message: str, *, problems: Sequence[Problem] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def keeping(self, kept: str) -> HistoryError:
        """The same, saying what the run has done before it."""
        return HistoryError(f"{self.message}\n{kept}", problems=self.problems, hint=self.hint)


class LockTimeout(LockgateError):
    """The lock was not had within `seconds`; `holder` says who holds it, as far as the engine can tell."""

    kind = "lock_timeout"
    exit_code = 5

    def __init__(self, message: str, *, seconds: float, holder: str | None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds
        self.holder = holder

    def keeping(self, kept: str) -> LockTimeout:
        """The same, saying what the run has done before it; without `kept`, that it has done nothing."""
        message = f"{self.message} {kept or 'Nothing was run.'}"
        return LockTimeout(message, seconds=self.seconds, holder=self.holder, hint=self.hint)


class LockLost(LockgateError):
    """The lease that lets one runner at a time work was lost in the middle; nothing more was committed."""

    kind = "lock_lost"

    def keeping(self, kept: str) -> LockLost:
        """The same, saying what the run has done before."""
        return LockLost(f"{self.message}\n{kept}" if kept else self.message, hint=self.hint)


class NotCurrent(LockgateError):
    """Something is pending, or models and database differ."""

    kind = "not_current"
    exit_code = 6


class LintRefused(NotCurrent):
    """LOCKGATE_LINT refuses what is pending; nothing was run. `findings` are those that weigh too much."""

    kind = "lint_refused"

    def __init__(self, message: str, *, findings: Sequence[Finding], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.findings = tuple(findings)


class DatabaseUnreachable(LockgateError):
    """The database could not be reached, or refused the login; the driver's own error is the `__cause__`."""

    kind = "unreachable"
    exit_code = 7
