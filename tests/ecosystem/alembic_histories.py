"""`python -m tests.ecosystem.alembic_histories [PACKAGE …]`: histories of Alembic's that other projects ship in their wheels.

Each is run by Alembic itself and by Lockgate, in an environment of its own, on SQLite and PostgreSQL; what they leave has to be
the same. Slow, and not part of the tests. It ends with what it found as a table on stdout, and with 1 where something differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

# The modules of the tests are found as pytest finds them.
sys.path.append(str(Path(__file__).resolve().parents[1]))

import click

from ecosystem.alembic_packages import HISTORIES, History
from ecosystem.environments import CHECKOUT, Environment, Unavailable
from ecosystem.playing import pg_dump
from servers import Servers

_SECONDS: Final = 900
# The tests' folder last, so that none of its names hides one of the package's.
_START: Final = (
    f"import sys; sys.path.append({str(CHECKOUT / 'tests')!r}); from ecosystem.alembic_child import main; main()"
)


@click.command()
@click.argument("packages", nargs=-1, type=click.Choice([history.package.name for history in HISTORIES]))
def main(packages: tuple[str, ...]) -> None:
    servers = Servers(None)
    rows, failed = ["| package | revisions | engine | Alembic | Lockgate |", "|---|---|---|---|---|"], False
    try:
        for history in (one for one in HISTORIES if not packages or one.package.name in packages):
            for engine in ("sqlite", servers.names[0]):
                found = _compared(history, engine, servers)
                failed = failed or "broken" in found
                click.echo(f"{history.package.requirement} on {engine}: {found}", err=True)
                rows.append(_row(history, engine, found))
    finally:
        servers.stop()
    click.echo("\n".join(rows))
    sys.exit(failed)


def _compared(history: History, engine: str, servers: Servers) -> dict[str, Any]:
    limit = history.limits.get("sqlite" if engine == "sqlite" else "postgresql")
    if limit:
        return {"limit": limit}
    environment = Environment(history.package)
    try:
        environment.prepare()
        environment.add("psycopg2-binary")
    except Unavailable as error:
        return {"broken": str(error)}
    url = "sqlite" if engine == "sqlite" else servers.url(engine)
    variables = environment.variables()
    with tempfile.TemporaryDirectory(prefix="lockgate-ecosystem-") as folder:
        done = subprocess.run(
            [
                environment.python,
                "-c",
                _START,
                history.package.name,
                url,
                f"--folder={folder}",
                f"--pg-dump={pg_dump()}",
            ],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=environment.home,
            env=variables,
            timeout=_SECONDS,
        )
    # Some packages write to stdout by ways of their own.
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"')]
    return (
        dict(json.loads(lines[-1]))
        if lines and done.returncode == 0
        else {"broken": f"exit {done.returncode}: {done.stderr[-3000:]}"}
    )


def _row(history: History, engine: str, found: dict[str, Any]) -> str:
    head = f"| {history.package.requirement} | {found.get('revisions') or '?'} | {engine} |"
    if why := found.get("limit"):
        return f"{head} {why} | – |"
    if "impossible" in found:
        return f"{head} not even Alembic does | – |"
    return f"{head} {found.get('alembic', 0):.1f} s | {_lockgate(found)} |"


def _lockgate(found: dict[str, Any]) -> str:
    return "**differs**" if "broken" in found else f"{found['lockgate']:.1f} s"


if __name__ == "__main__":
    main()
