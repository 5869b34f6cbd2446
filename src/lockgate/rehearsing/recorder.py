"""Keeps what a rehearsed run sends, migration by migration."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lockgate.authoring.schema_verbs import line_of
from lockgate.events import MigrationFinished, MigrationStarted, RunStarted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.events import Event
    from lockgate.nouns.rehearsals import Sent


class Part:
    """What was sent for one migration, or before the first and after the last; `open` is where its open transaction began."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.open: int | None = None
        self._began = time.perf_counter()

    @property
    def now(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self._began


class Recorder:
    """Hears the facts that the run tells, and what its session sends.

    Attributes:
        opening: what comes before the first migration.
        migrations: by name, in the order in which they ran.
        closing: what comes after the last.
        origins: the files of migrations in Python, by name: the line there that is running has asked for what is sent.
    """

    def __init__(self) -> None:
        self.origins: Mapping[str, str] = {}
        self._origin: str | None = None
        self.opening, self.closing = Part(), Part()
        self.migrations: dict[str, Part] = {}
        self._part = self.opening

    def hear(self, event: Event) -> None:
        """A fact of the run's."""
        if isinstance(event, RunStarted):
            self._part = self.opening
        elif isinstance(event, MigrationStarted):
            self._part = self.migrations.setdefault(event.name, Part())
            self._origin = self.origins.get(event.name)
        elif isinstance(event, MigrationFinished):
            self._part, self._origin = self.closing, None

    def keep(self, sent: Sent) -> None:
        """A statement."""
        part = self._part
        if sent.line is None and self._origin and not sent.own:
            sent = sent._replace(line=line_of(self._origin))
        if sent.own and sent.text.startswith("BEGIN"):
            part.open = len(part.sent)
        elif sent.text == "COMMIT":
            part.open = None
        part.sent.append(sent._replace(started=max(0.0, part.now - (sent.seconds or 0.0))))

    def drop(self, text: str) -> None:
        """Forget the last statement, which has failed, if it is this one."""
        if self._part.sent and self._part.sent[-1].text == text:
            del self._part.sent[-1]

    def took(self, text: str, seconds: float) -> None:
        """Have the last statement, if it is this one, take so long."""
        if self._part.sent and self._part.sent[-1].text == text:
            last = self._part.sent[-1]
            self._part.sent[-1] = last._replace(seconds=seconds)

    def undo(self) -> None:
        """Forget the open transaction, which was rolled back."""
        if self._part.open is not None:
            del self._part.sent[self._part.open :]
            self._part.open = None
