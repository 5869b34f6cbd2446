"""Finds by trying which extensions something needs that is done in a scratch database."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from lockgate.dialects.seam import StatementFailed
from lockgate.errors import MigrationFailed, SettingsError
from lockgate.following.creating import undefined
from lockgate.generating.extensions import Added, Extension, add

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from lockgate.dialects.seam import Session
    from lockgate.generating.trying import Scratch

T = TypeVar("T")
_SHADOW: Final = re.compile(r"lockgate_shadow_\w+")


class Providing:
    """Gives a scratch database those extensions without which something fails there, and no others.

    They are found by trying, since a migration may need one in ways that no catalog knows (a function's text). Whatever is
    not needed is left out: a later migration may make it itself.

    Attributes:
        added: those that it took.
    """

    def __init__(self, scratch: Scratch, known: Callable[[], Awaitable[Sequence[Extension]]]) -> None:
        self._scratch, self._known = scratch, known
        self._last: Added | None = None
        self._refused: dict[str, str] = {}
        self.added: list[Added] = []

    async def again(self, added: Sequence[Added], session: Session) -> None:
        """Take what was found out earlier, in another scratch database."""
        for extension in (extension for one in added for extension in one.extensions):
            made = await add(extension, session)
            self.added += [made] if made else []

    async def through(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do something; where the server does not know what it names, with one extension after the other.

        Raises:
            MigrationFailed: as `act` does, or none of them helps.
            SettingsError: as `act` does, or none of them helps.
        """
        failure: MigrationFailed | SettingsError | None = None
        untried: Iterator[Extension] = iter(())
        while True:
            try:
                done = await act()
            except (MigrationFailed, SettingsError) as error:
                if not is_undefined(error):
                    raise
                if failure is None or _said(error) != _said(failure):
                    self._keep()
                    failure, untried = error, iter(await self._known())
                else:
                    await self._take_back()
                if not await self._add_next(untried):
                    raise failure from failure.__cause__
            else:
                self._keep()
                return done

    def advice(self, error: MigrationFailed | SettingsError) -> str:
        """What to do about the error, where it is one that an extension may help against; else the error's own hint."""
        if not is_undefined(error):
            return error.hint
        if self._refused:
            refused = "\n".join(f"{name}: {words}" for name, words in self._refused.items())
            return (
                "What is missing may be of an extension that the application's database has, and that this user cannot create"
                f" in the scratch database.\n{refused}\n"
                "Have an administrator create it in template1, of which new databases are copies, or name a server and a user"
                " that may: LOCKGATE_SCRATCH_URL."
            )
        return (
            "If an extension brings what is missing, create it first: in a migration of its own (`lockgate new extensions"
            " --sql`, CREATE EXTENSION IF NOT EXISTS …), or in the application's database, where it is looked for as well."
        )

    def _keep(self) -> None:
        self.added += [self._last] if self._last else []
        self._last = None

    async def _add_next(self, untried: Iterator[Extension]) -> bool:
        """Add the next one that is not there yet, if there is one."""
        for extension in untried:
            async with self._scratch.engine() as engine:
                try:
                    self._last = await add(extension, engine.session)
                except StatementFailed as error:
                    self._refused[extension.name] = error.message
            if self._last:
                return True
        return False

    async def _take_back(self) -> None:
        undoing, self._last = self._last.undoing() if self._last else [], None
        async with self._scratch.engine() as engine:
            for statement in undoing:
                with suppress(StatementFailed):
                    await engine.session.execute(statement)


def is_undefined(error: BaseException) -> bool:
    """Whether it comes of a name that the server does not know."""
    return undefined(error) is not None


def _said(error: MigrationFailed | SettingsError) -> tuple[object, ...]:
    """Where it failed and at what, without the names that are others each time."""
    place = (getattr(error, "name", None), getattr(error, "statement", None))
    return *place, _SHADOW.sub("", str(undefined(error)))
