"""The names of backups in a folder: database, time and newest migration, such as `app-20261123T170102Z-004.dump`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_LONGEST: Final = 48
_PARTIAL: Final = ".partial"


class Naming(NamedTuple):
    """How the backups of one database are called; `suffix` is what its kind of backup ends with, such as `.dump`."""

    database: str
    suffix: str

    def name(self, at: datetime, newest: str | None, taken: Iterable[str] = ()) -> str:
        """A name that is not taken, for a backup made `at` (in UTC) while `newest` was the newest migration applied."""
        stem = f"{plain(self.database)}-{at:%Y%m%dT%H%M%SZ}-{_label(newest)}"
        others, number = set(taken), 1
        while (name := f"{stem}{f'-{number}' if number > 1 else ''}{self.suffix}") in others:
            number += 1
        return name

    def owned(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are of this database's backups, the oldest first; within a second they keep their order."""
        found = filter(None, map(self._pattern("").fullmatch, names))
        return [match[0] for match in sorted(found, key=lambda match: match[1])]

    def owned_partials(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are of this database's unfinished backups."""
        return list(filter(self._pattern(_PARTIAL).fullmatch, names))

    def _pattern(self, ending: str) -> re.Pattern[str]:
        own = rf"{re.escape(plain(self.database))}-(\d{{8}}T\d{{6}}Z)-[\w.-]+{re.escape(self.suffix)}"
        return re.compile(rf"{re.escape('.' if ending else '')}{own}{re.escape(ending)}")


def partial_name(name: str) -> str:
    """What a backup is called until it is verified."""
    return f".{name}{_PARTIAL}"


def plain(text: str) -> str:
    """A piece of a file's name, of letters, digits, `_`, `.` and `-`."""
    return re.sub(r"[^\w.-]+", "_", text).lstrip(".-")[:_LONGEST] or "database"


def _label(newest: str | None) -> str:
    if newest is None:
        return "none"
    number = re.match(r"\d+", newest)
    return number[0] if number else plain(newest.rsplit(".", 1)[0])
