"""`python -m tests.ecosystem [PACKAGE …]`: models of other projects, each in an environment of its own, on every engine.

Slow, and not part of the tests. It tells what it finds on stderr, ends with it as a table on stdout, and with 1 where a law
does not hold.
"""

from __future__ import annotations

import sys
from pathlib import Path

# The modules of the tests are found as pytest finds them.
sys.path.append(str(Path(__file__).resolve().parents[1]))

import click

from ecosystem.environments import Unavailable
from ecosystem.packages import PACKAGES
from ecosystem.playing import Play, Player
from ecosystem.table import table
from servers import Servers

_NAMES = [package.name for package in PACKAGES]


@click.command()
@click.argument("packages", nargs=-1, type=click.Choice(_NAMES))
@click.option("--engine", "engines", multiple=True, help="Only this one, as it is named in the table.")
@click.option("--law", "laws", multiple=True, help="Only this one.")
@click.option("--seed", default=1, show_default=True, help="Of what is done to the databases by hand.")
@click.option("--rounds", default=3, show_default=True, help="How many seeds.")
def main(packages: tuple[str, ...], engines: tuple[str, ...], laws: tuple[str, ...], seed: int, rounds: int) -> None:
    servers = Servers(None)
    player = Player(servers, laws, seed, rounds)
    plays = list[Play]()
    try:
        for package in (one for one in PACKAGES if not packages or one.name in packages):
            for engine in engines or ("sqlite", *servers.names):
                try:
                    play = player.play(package, engine)
                except Unavailable as error:
                    click.echo(f"{package.name}: {error}", err=True)
                    break
                click.echo(play.told(), err=True)
                plays.append(play)
    finally:
        servers.stop()
    click.echo(table(plays))
    sys.exit(any(play.failed for play in plays))


if __name__ == "__main__":
    main()
