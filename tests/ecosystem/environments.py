"""An environment for each package under `.cache/ecosystem/`, made once and used again while its requirements are the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ecosystem.packages import Package

CHECKOUT: Final = Path(__file__).resolve().parents[2]
_CACHE: Final = CHECKOUT / ".cache" / "ecosystem"
_STAMP: Final = "requirements.json"


class Unavailable(Exception):
    """A package cannot be had here."""


class Environment:
    """A folder with a package, what it needs, and Lockgate as it is in this checkout."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._folder = _CACHE / package.name
        self.python = str(self._folder / "bin" / "python")
        self.home = self._folder / "home"
        self._steps = list(_steps(package))

    def prepare(self) -> None:
        """Install it, unless that was done before.

        Raises:
            Unavailable: it could not be installed.
        """
        stamp = self._folder / _STAMP
        if stamp.is_file() and json.loads(stamp.read_text()) == self._steps:
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        venv.create(self._folder, with_pip=True, symlinks=True)
        for step in self._steps:
            self._pip(step)
        stamp.write_text(json.dumps(self._steps))

    def add(self, requirement: str) -> None:
        """Install something more, unless it is there.

        Raises:
            Unavailable: it could not be installed.
        """
        self._pip([requirement])

    def _pip(self, step: list[str]) -> None:
        command = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *step]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            raise Unavailable(errors[-1] if errors else f"pip could not install {' '.join(step)}")

    def variables(self) -> dict[str, str]:
        """The environment of its processes: a home of its own, and nothing that Lockgate or PostgreSQL's client reads."""
        self.home.mkdir(exist_ok=True)
        ours = ("LOCKGATE_", "PG", "PYTHON", "ENV", "AUTO_MIGRATE", "FORCE_MIGRATION", "DATABASE_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "HOME": str(self.home), **self._package.environment}


def _steps(package: Package) -> Iterator[list[str]]:
    """Lockgate last: pip then lays SQLAlchemy over what the package pins, and only warns of it."""
    yield [package.requirement]
    yield ["--editable", str(CHECKOUT)]
