"""The options that every command has, before or after its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockgate.settings.values import Settings

_SPELLED = {
    "database_url": "--database",
    "directory": "--directory",
    "models": "--models",
    "environment": "--env",
    "lock_timeout": "--lock-timeout",
    "layout": "--layout",
    "table": "--table",
    "variables": "--var",
}
_SHARED = (
    click.option("--database", "database_url", metavar="URL", help="The database; else DATABASE_URL."),
    click.option("--directory", "-d", metavar="PATH", help="The folder of migrations."),
    click.option(
        "--models", metavar="MODULE:ATTRIBUTE", help="The models' metadata, such as app.models:Base.metadata."
    ),
    click.option("--env", "environment", metavar="NAME", help="The environment; else ENV."),
    click.option("--force", is_flag=True, default=None, help="Run outside development and test."),
    click.option("--json", "as_json", is_flag=True, default=None, help="Print one JSON document on stdout."),
    click.option("--lock-timeout", metavar="SECONDS", help="How long to wait for another runner."),
    click.option("--table", metavar="NAME", help="The table that records what is applied."),
    click.option("--layout", metavar="TOOL", help="Whose way the folder is written in; else its content says."),
    click.option(
        "--var", "variables", metavar="NAME=VALUE", multiple=True, help="What stands for ${NAME} in the files."
    ),
    click.option("--verbose", is_flag=True, default=None, help="Say more."),
    click.option("--quiet", is_flag=True, default=None, help="Say only what is wrong."),
)


class Shared(NamedTuple):
    """The common options of one call; what stands after the command wins over what stands before it."""

    values: dict[str, Any]

    def flag(self, name: str) -> bool:
        """Whether a flag was given."""
        return bool(self.values.get(name))

    @property
    def as_json(self) -> bool:
        """Whether stdout is for one JSON document."""
        return self.flag("as_json")

    def config(self) -> Settings:
        """The configuration, with these options as its arguments.

        Raises:
            SettingsError: a value, here or in another source, is wrong.
        """
        from lockgate.settings.values import Settings  # noqa: PLC0415 - they are not needed for --help

        given = {name: self.values[name] for name in _SPELLED if self.values.get(name) not in (None, ())}
        if "variables" in given:
            given["variables"] = [one.split("=", 1) for one in given["variables"]]
        if "database_url" in given:
            # LOCKGATE_DIRECT_URL is the better way to DATABASE_URL, and not to the database that is named here.
            given["direct_url"] = given["database_url"]
        return Settings.of(given, spelled={**_SPELLED, "direct_url": "--database"})


def shared(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common options."""
    for option in reversed(_SHARED):
        function = option(function)
    return function


def gathered(context: click.Context, here: dict[str, Any]) -> Shared:
    """The common options of the group and of the command, as one."""
    before = context.parent.params if context.parent else {}
    names = (*_SPELLED, "force", "as_json", "verbose", "quiet")
    return Shared({name: here[name] if here.get(name) not in (None, ()) else before.get(name) for name in names})
