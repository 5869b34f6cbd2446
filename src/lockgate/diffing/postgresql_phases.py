"""The order in which PostgreSQL takes changes, whatever depends on what."""

from __future__ import annotations

from enum import IntEnum, auto
from typing import TYPE_CHECKING

from lockgate.nouns.changes import Change, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable


class Phase(IntEnum):
    """Each phase needs no more than those before it have made, and breaks nothing that those after it undo."""

    LABELS = auto()
    DROP_VIEW = auto()
    DROP_FOREIGN_KEY = auto()
    DROP_PART = auto()
    DROP_TABLE = auto()
    DROP_VALUE = auto()
    DROP_NUMBERS = auto()
    RENAME = auto()
    NAMESPACE = auto()
    TYPE = auto()
    SEQUENCE = auto()
    TABLE = auto()
    DROP_COLUMN = auto()
    COLUMN_TYPE = auto()
    ADD_COLUMN = auto()
    COLUMN_VALUE = auto()
    IDENTITY = auto()
    COMPUTED = auto()
    OPTIONS = auto()
    OWNER = auto()
    KEY = auto()
    INDEX = auto()
    CHECK = auto()
    FOREIGN_KEY = auto()
    DROP_SEQUENCE = auto()
    DROP_TYPE = auto()
    VIEW = auto()
    DROP_NAMESPACE = auto()
    COMMENT = auto()


class Script:
    """Statements by phase, each said once."""

    def __init__(self) -> None:
        self._said: dict[tuple[Phase, str], list[Change]] = {}

    def say(self, phase: Phase, text: str, *changes: Change) -> None:
        """Add a statement; what was said already is said for one more change."""
        self._said.setdefault((phase, text), []).extend(changes)

    def unsay(self, phase: Phase, text: str) -> None:
        """Leave a statement out again, as others do what it does."""
        self._said.pop((phase, text), None)

    def statements(self) -> list[Statement]:
        """All of them, in the order of the phases, and within one as they were said."""
        ordered = sorted(self._said.items(), key=lambda item: item[0][0])
        return [
            Statement(text, tuple(changes), early=phase is Phase.LABELS, late=phase >= Phase.FOREIGN_KEY)
            for (phase, text), changes in ordered
        ]


def of_kinds(changes: Iterable[Change], *kinds: object) -> list[Change]:
    """Those of some kinds."""
    return [change for change in changes if change.kind in kinds]
