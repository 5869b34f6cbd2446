"""The entry point: arguments in, an exit status out."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from lockgate.cli.commands import cli
from lockgate.cli.failing import Interrupted, show_error, show_interruption, show_usage_error
from lockgate.cli.output import accept_any_character
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Sequence


def run() -> NoReturn:
    """The process: a command, and its end.

    It is short, so that collecting garbage while modules are imported, and taking the interpreter apart at the end, would
    be a fifth of it. By the end nothing is open: no connection, no thread, no file but the standard streams.
    """
    gc.disable()
    try:
        status = main()
    except BaseException:
        # A driver's thread that is left over would keep the interpreter waiting for ever.
        traceback.print_exc()
        status = 1
    for stream in (sys.stdout, sys.stderr):
        # It is None where it was closed before the start, and broken where its reader has gone.
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    logging.shutdown()
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; the table of them is in the documentation of the command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    accept_any_character()
    try:
        _import_from_project()
        # Outside its standalone mode, click returns the status that a command exits with.
        status = cli.main(with_direction(given), prog_name="lockgate", standalone_mode=False)
    except click.ClickException as error:
        return show_usage_error(error, as_json=as_json)
    except LockgateError as error:
        return show_error(error, as_json=as_json)
    except Interrupted as error:
        return show_interruption(error, as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        return show_interruption(Interrupted(signal.SIGINT), as_json=as_json)
    return status if isinstance(status, int) else 0


def with_direction(arguments: Sequence[str]) -> list[str]:
    """Read `-direction up`, `-direction=up` and `--direction up` as the command `up`, in its place.

    Raises:
        click.UsageError: the direction is neither up nor down, or a command stands beside it.
    """
    found, others, direction = list[str](), list[str](), ""
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in {"-direction", "--direction"}:
            found.append(argument)
            others.append(argument)
            continue
        if direction:
            raise click.UsageError("-direction is given twice.")
        direction = value if equals else next(rest, "")
        if direction not in cli.commands or direction not in {"up", "down"}:
            raise click.UsageError("-direction takes up or down.")
        found.append(direction)
    stray = _first_word(others, cli.commands[direction]) if direction else None
    if stray is not None:
        raise click.UsageError(f"-direction {direction} is a command of its own: leave out {stray!r}.")
    return found


def _first_word(arguments: Sequence[str], command: click.Command) -> str | None:
    """The first argument that is neither an option of the command nor an option's value."""
    options = [option for option in command.params if isinstance(option, click.Option) and not option.is_flag]
    taking_a_value = {name for option in options for name in option.opts}
    rest = iter(arguments)
    for argument in rest:
        if argument in taking_a_value:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None


def _import_from_project() -> None:
    """Let `--models app.models:Base.metadata` be found from an installed script as from `python -m`."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the current directory was removed; the configuration says so where it matters
        return
    project = next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)
    source = project / "src"
    # A `src` that is itself a package is imported by that name, and what is in it must not have a second one.
    others = [source] if source.is_dir() and not (source / "__init__.py").exists() else []
    for folder in dict.fromkeys(str(one) for one in (*others, here, project)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
