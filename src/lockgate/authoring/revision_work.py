"""How the statements of Alembic's revisions reach the server: each by way of the steps, which know what is done already."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_only, greenlet_spawn

from lockgate.authoring.overlay import Overlay
from lockgate.authoring.psycopg_literals import write_literals
from lockgate.authoring.work import Tools
from lockgate.nouns.flavours import Flavour
from lockgate.sql import split

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection, Engine


class Attending(Protocol):
    """The steps of a revision."""

    async def attend(self, text: str, run: Callable[[], Awaitable[bool]], *, apart: bool, gives_rows: bool) -> None:
        """Run a statement, unless an earlier run has done it; `apart` that it is to be outside a transaction."""


class RevisionOverlay(Overlay):
    """One whose engine may be asked for connections of its own, as revisions do: what they do is part of the revision."""

    def _owns(self, connection: Connection) -> bool:
        return AsyncConnection._retrieve_proxy_for_target(connection, regenerate=False) is not None


class RevisionTools(Tools):
    """What the revisions of one run share: SQLAlchemy over the session's connection, every statement of it attended."""

    def overlay(self) -> Overlay:
        """SQLAlchemy over the session's connection."""
        if self._overlay is None:
            self._overlay = self._over(RevisionOverlay)
            engine = self._overlay.connect().sync_engine
            if self.session.flavour is Flavour.POSTGRESQL:
                write_literals(engine)
            self._listen(engine)
        return self._overlay

    def _listen(self, engine: Engine) -> None:
        @event.listens_for(engine, "do_execute")
        def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
            if not parameters:
                return self._each(cursor, statement, (parameters,), context)
            return self._attend(statement, lambda: cursor.execute(self._marked(statement), parameters), context)

        @event.listens_for(engine, "do_execute_no_params")
        def execute_without(cursor: Any, statement: str, context: Any) -> bool:
            return self._each(cursor, statement, (), context)

        @event.listens_for(engine, "do_executemany")
        def execute_many(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
            return self._attend(statement, lambda: cursor.executemany(self._marked(statement), parameters), context)

    async def _before(self, statement: str) -> str:
        """Send what was submitted; the statement itself is marked when it is known what it is."""
        await self.session.flush()
        return statement

    def _marked(self, statement: str) -> str:
        return f"{self.session.mark}{statement}"

    def _each(self, cursor: Any, text: str, none: tuple[Any, ...], context: Any) -> bool:
        """Send statements one by one, as drivers that prepare want them; revisions may say several, as psycopg2 takes them.

        `none` are the parameters of each: none, or the empty ones by which some drivers know that a % is doubled.
        """
        several = split(text, self.session.flavour) if ";" in text.rstrip("; \n\t") else ()
        for one in [statement.text for statement in several] or [text]:
            self._attend(one, partial(cursor.execute, self._marked(one), *none), context)
        return True

    def _attend(self, text: str, run: Callable[[], Any], context: Any) -> bool:
        steps = cast("Attending", self.journal)

        async def running() -> bool:
            await greenlet_spawn(run)
            return True

        apart = context.execution_options.get("isolation_level") == "AUTOCOMMIT"
        gives_rows = bool(getattr(context.compiled, "effective_returning", None))
        await_only(steps.attend(text, running, apart=apart, gives_rows=gives_rows))
        return True
