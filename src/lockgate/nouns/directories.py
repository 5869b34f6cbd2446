"""Where migrations stand: a folder of the disk, a package's resources, or several of them with a namespace each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMESPACE: Final = r"(?a:[A-Za-z][\w-]{0,62})"
"""What a namespace is made of: a letter, then letters, digits, _ and -."""


@dataclass(frozen=True, slots=True)
class Package:
    """The resources of a package, which may be in a zip; `name` is what an import statement would call it."""

    name: str

    def __str__(self) -> str:
        return f"package:{self.name}"


Location = Path | Package


@dataclass(frozen=True, slots=True)
class Directories:
    """Several places, in the order in which they run, each with its namespace; that of the application's own is empty."""

    places: tuple[tuple[str, Location], ...]

    def __str__(self) -> str:
        return ", ".join(f"{namespace}={place}" if namespace else str(place) for namespace, place in self.places)


Directory = Path | Package | Directories
