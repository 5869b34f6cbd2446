"""The entry point: arguments in, an exit status out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockgate.cli.commands import cli
from lockgate.cli.failing import EXIT_OF_SIGNAL, Interrupted, show_error, show_usage_error
from lockgate.errors import LockgateError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status; the table of them is in the documentation of the command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    _import_from_project()
    try:
        cli.main(with_direction(given), prog_name="lockgate", standalone_mode=False)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        return show_usage_error(error, as_json=as_json)
    except LockgateError as error:
        return show_error(error, as_json=as_json)
    except Interrupted as error:
        click.echo(str(error), err=True)
        return EXIT_OF_SIGNAL + error.signal
    except (click.Abort, KeyboardInterrupt):
        click.echo("Ended by SIGINT before anything was run.", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read the output has gone (`| head`); what was to be done is done.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


def with_direction(arguments: Sequence[str]) -> list[str]:
    """Read `-direction up`, `-direction=up` and `--direction up` as the command `up`, in its place.

    Raises:
        click.UsageError: the direction is neither up nor down.
    """
    found: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in {"-direction", "--direction"}:
            found.append(argument)
            continue
        direction = value if equals else next(rest, "")
        if direction not in {"up", "down"}:
            raise click.UsageError("-direction takes up or down.")
        found.append(direction)
    return found


def _import_from_project() -> None:
    """Let `--models app.models:Base.metadata` be found from an installed script as from `python -m`."""
    here = Path.cwd()
    project = next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)
    for folder in dict.fromkeys((str(here), str(project))):
        if folder not in sys.path:
            sys.path.insert(0, folder)
