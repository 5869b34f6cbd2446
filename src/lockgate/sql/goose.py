"""goose's annotations: what of a file is its up, its down, one statement, and to be filled in.

As documented at https://pressly.github.io/goose/documentation/annotations/. They are lines, whatever stands around them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NoReturn

from lockgate.errors import MigrationFileError
from lockgate.nouns.migrations import Direction
from lockgate.sql.sections import Section

if TYPE_CHECKING:
    from collections.abc import Callable

_ANNOTATION: Final = re.compile(r"[ \t]*--[ \t]*\+goose\b[ \t]*(?P<words>.*?)\s*\Z", re.IGNORECASE | re.DOTALL)
_KNOWN: Final = "goose has Up, Down, StatementBegin, StatementEnd, NO TRANSACTION, ENVSUB ON and ENVSUB OFF."


def goose_section(text: str, direction: Direction, fill: Callable[[str, int], str], *, path: str) -> Section | None:
    """One direction of a file; None where it has no such section.

    `fill` puts values for the variables of a line, whose number it is given, between ENVSUB ON and OFF. What is wrong with the
    annotations of a down is found when it is wanted. Where a statement ends needs no telling, so that what stands between
    StatementBegin and StatementEnd is split as the database's own client would split it.

    Raises:
        MigrationFileError: an annotation is unknown or out of place; the error has the line.
    """
    reading = _Reading(direction, fill, path)
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        reading.take(number, line)
    return reading.section()


class _Reading:
    """How far a file has been read."""

    def __init__(self, direction: Direction, fill: Callable[[str, int], str], path: str) -> None:
        self._wanted, self._fill, self._path = direction, fill, path
        self._within: Direction | None = None
        self._lines: list[str] = []
        self._first = self._begun = 0
        self._fills = False
        self._transactional: bool | None = None

    def take(self, number: int, line: str) -> None:
        """Read the next line."""
        annotation = _ANNOTATION.match(line)
        if annotation:
            self._annotated(number, " ".join(annotation["words"].lower().split()))
            line = "\n" * line.endswith("\n")
        elif self._within is None and line.strip() and not line.lstrip().startswith("--"):
            self._fail(number, "something stands before `-- +goose Up`", "Move it below; comments may stay.")
        if self._within is self._wanted and self._first:
            self._lines.append(self._fill(line, number) if self._fills and not annotation else line)

    def _annotated(self, number: int, words: str) -> None:
        match words:
            case "no transaction":
                self._transactional = False
            case "envsub on" | "envsub off":
                self._fills = words.endswith("on")
            case "up" | "down":
                self._enter(number, Direction(words))
            case _ if self._within is Direction.DOWN and self._wanted is Direction.UP:
                pass
            case "statementbegin" if self._within and not self._begun:
                self._begun = number
            case "statementbegin":
                self._fail(number, "`-- +goose StatementBegin` stands before an Up or within another")
            case "statementend" if self._begun:
                self._begun = 0
            case "statementend":
                self._fail(number, "`-- +goose StatementEnd` has no StatementBegin above it")
            case _:
                self._fail(number, f"there is no annotation `-- +goose {words}`", _KNOWN)

    def _enter(self, number: int, direction: Direction) -> None:
        self._close()
        if direction is Direction.UP and self._within:
            self._fail(
                number, "`-- +goose Up` stands here a second time", "A file has one Up and, below it, at most one Down."
            )
        if direction is Direction.DOWN and self._within is not Direction.UP:
            again = "a second time" if self._within else "before any Up"
            self._fail(
                number, f"`-- +goose Down` stands here {again}", "A file has one Up and, below it, at most one Down."
            )
        self._within = direction
        if direction is self._wanted:
            self._first = number

    def _close(self) -> None:
        if self._begun:
            self._fail(self._begun, "`-- +goose StatementBegin` has no StatementEnd below it")

    def section(self) -> Section | None:
        """What was wanted, when all lines are read."""
        self._close()
        if self._within is None:
            self._fail(1, "there is no `-- +goose Up`", _KNOWN)
        return Section("".join(self._lines), self._first, self._transactional) if self._first else None

    def _fail(self, line: int, what: str, hint: str = "") -> NoReturn:
        raise MigrationFileError(f"{self._path}, line {line}: {what}", path=self._path, line=line, hint=hint)
