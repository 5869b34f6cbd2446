"""Puts together what was heard of a run and what is known of its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lockgate.authoring.database import is_reading
from lockgate.nouns.migrations import Direction
from lockgate.nouns.rehearsals import Rehearsal, Rehearsed
from lockgate.sources.loading import PythonMigration, SqlMigration, is_reversible, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.plans import Plan
    from lockgate.nouns.rehearsals import Sent
    from lockgate.rehearsing.recorder import Recorder
    from lockgate.settings.conclusions import Conclusions
    from lockgate.sources.loading import Loaded


class Assembling:
    """The migrations of a plan, loaded. Blocks: it reads, and executes files that are Python.

    Raises:
        MigrationFileError: a file cannot be run as it is.
        Irreversible: one that is to go down has no down.
    """

    def __init__(self, plan: Plan, flavour: Flavour, config: Conclusions) -> None:
        self.plan, self.flavour, self._config = plan, flavour, config
        self.loaded = load(plan.migrations, plan.direction, flavour, config.variables, config.models)

    @property
    def count(self) -> int:
        """How many they are."""
        return len(self.loaded)

    def rehearsal(
        self, recorder: Recorder, unknown: tuple[str, ...], failed: Mapping[str, str] | None = None
    ) -> Rehearsal:
        """What the recorder has heard; `failed` are those of which it is not known, with the reason."""
        reasons = failed or {}
        heard = {name: part.sent for name, part in recorder.migrations.items()}
        migrations = tuple(
            self._rehearsed(one, heard.get(one.source.name, []), reasons.get(one.source.name, ""))
            for one in self.loaded
        )
        return Rehearsal(
            self.flavour,
            self.plan.direction,
            migrations,
            opening=tuple(recorder.opening.sent),
            closing=tuple(recorder.closing.sent),
            unknown=unknown,
        )

    def _rehearsed(self, loaded: Loaded, sent: Sequence[Sent], unknown: str) -> Rehearsed:
        source = loaded.source
        if isinstance(loaded, SqlMigration):
            sent = list(_with_lines(sent, loaded))
        return Rehearsed(
            source.name,
            loaded.path if isinstance(loaded, SqlMigration) else source.origin,
            source.text,
            loaded.direction,
            loaded.transactional,
            loaded.direction is Direction.DOWN or is_reversible(loaded, self.flavour, dict(self._config.variables)),
            () if unknown else tuple(sent),
            tuple(_reads(sent)) if isinstance(loaded, PythonMigration) else (),
            unknown,
            source.layout,
        )


def _with_lines(sent: Sequence[Sent], loaded: SqlMigration) -> Iterator[Sent]:
    """The statements, each with the line of the file in which it stands; they come in the file's order."""
    ahead = list(loaded.statements)
    for one in sent:
        found = next((i for i, statement in enumerate(ahead) if statement.text == one.text), None)
        if one.own or found is None:
            yield one
            continue
        yield one._replace(line=ahead[found].line)
        ahead = ahead[found + 1 :]


_FROM = re.compile(r"\b(?:FROM|JOIN)\s+(?!LATERAL\b)((?:[\w$]+|\"[^\"]+\")(?:\.(?:[\w$]+|\"[^\"]+\"))?)", re.IGNORECASE)


def _reads(sent: Sequence[Sent]) -> list[str]:
    """The tables that its queries read: what it sends may hang on their rows."""
    found: dict[str, None] = {}
    for one in sent:
        if not one.own and is_reading(one.text):
            names = [str(touch.relation) for touch in one.touches if touch.kind in "rpm"]
            known = {name.rpartition(".")[2] for name in found}
            found |= dict.fromkeys(
                names or [name for name in _FROM.findall(one.text) if "pg_catalog" not in name and name not in known]
            )
    return list(found)
