"""One environment per contestant under `.cache/benchmarks/`, made once and used again while its requirements are the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECKOUT = Path(__file__).resolve().parents[1]
CACHE = CHECKOUT / ".cache" / "benchmarks"
_STAMP = "requirements.json"


class Unavailable(Exception):
    """A contestant's packages cannot be had here."""


class Environment:
    """A folder with a contestant's packages; `bin` has its programs."""

    def __init__(self, name: str, requirements: Sequence[str]) -> None:
        self.directory = CACHE / "environments" / name
        self.npm = [package.removeprefix("npm:") for package in requirements if package.startswith("npm:")]
        self.bin = self.directory / "node_modules" / ".programs" if self.npm else self.directory / "bin"
        self._requirements = list(requirements)

    def prepare(self) -> None:
        """Install it, unless that was done before.

        Raises:
            Unavailable: it could not be installed.
        """
        stamp = self.directory / _STAMP
        if stamp.is_file() and json.loads(stamp.read_text()) == self._requirements:
            return
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        try:
            self._install_npm() if self.npm else self._install_python()
        except (OSError, subprocess.CalledProcessError) as error:
            detail = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            raise Unavailable(detail[-1] if detail else "it could not be installed") from error
        stamp.write_text(json.dumps(self._requirements))

    def _install_python(self) -> None:
        venv.create(self.directory, with_pip=True, symlinks=True)
        _run([str(self.bin / "python"), "-m", "pip", "install", "--quiet", *self._requirements])

    def _install_npm(self) -> None:
        (self.directory / "package.json").write_text("{}")
        _run(["npm", "install", "--no-fund", "--no-audit", *self.npm], cwd=self.directory)
        self.bin.mkdir()
        for name in self.npm:
            # A program that is not JavaScript comes in a package of its own for each platform.
            compiled = [*self.directory.glob(f"node_modules/@{name}/*/bin/{name}*")]
            for binary in (compiled or [*self.directory.glob(f"node_modules/.bin/{name}")])[:1]:
                (self.bin / name).symlink_to(binary)

    @property
    def python(self) -> str:
        """The interpreter; the measuring process's own where the environment is not Python's."""
        return sys.executable if self.npm else str(self.bin / "python")

    def versions(self) -> dict[str, str]:
        """The packages and their versions."""
        if self.npm:
            return {name: _npm_version(self.directory, name) for name in self.npm}
        listed = _run([self.python, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"])
        return {package["name"].lower(): package["version"] for package in json.loads(listed)}


def _npm_version(directory: Path, name: str) -> str:
    return str(json.loads((directory / "node_modules" / name / "package.json").read_text())["version"])


def _run(argv: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=cwd, env={**os.environ, "CI": "1"})
    return done.stdout
