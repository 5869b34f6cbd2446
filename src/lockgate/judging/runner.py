"""The face that applications and the command line see: a runner that looks first, where LOCKGATE_LINT says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockgate import runner
from lockgate.errors import LintRefused

if TYPE_CHECKING:
    from lockgate.nouns.plans import Selection

_SHOWN = 5


class Runner(runner.Runner):
    """Runs the migrations of one database.

    ```python
    async with Runner("postgresql://app@db/app", directory="migrations") as runner:
        report = await runner.up()
    ```

    It connects when it first needs to, and keeps its connection until the block ends. Its configuration is read when it is
    made; two runners share nothing.

    Args:
        database: a URL; or an application's AsyncEngine, of which a connection of its own is made; or its asyncpg pool, which
            lends one. Left out, the configuration says it.
        migrations: an explicit list of (name, class) instead of a folder.
        config: a configuration made elsewhere; without it, one is made of `settings`, the environment and the files.
        on_event: is called with every fact that a run tells; the log hears them all the same.
        settings: the fields of `MigrationConfig`, by keyword.

    Raises:
        SettingsError: the configuration is wrong.
    """

    async def _before_up(self, selection: Selection) -> None:
        """Look at what is pending, outside development and test.

        Raises:
            LintRefused: something weighs as much as LOCKGATE_LINT says, or more, and no comment allows it; nothing was run.
        """
        config = self._config
        if config.lint is None or config.is_open:
            return
        from lockgate.judging.looking import Wanted, linted  # noqa: PLC0415 - most runs are not looked at
        from lockgate.nouns.findings import Severity  # noqa: PLC0415 - as above

        wanted = Wanted(selection, migrations=self._migrations)
        _, report = await linted(config.at(self._connection.url), wanted)
        found = report.at_least(Severity.of(config.lint))
        if found:
            lines = [one.words for one in found[:_SHOWN]] + [f"and {len(found) - _SHOWN} more"] * (len(found) > _SHOWN)
            raise LintRefused(
                f"LOCKGATE_LINT={config.lint} refuses what is pending. Nothing was run.\n" + "\n".join(lines),
                findings=found,
                hint="`lockgate lint` says what to do instead, and how to allow one with a reason.",
            )
