"""Runs in a package's own environment: loads its models and plays the laws on one engine, a line of JSON for each."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import pkgutil
import sys
import traceback
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ecosystem.ground import create_all, prepared
from ecosystem.laws import LAWS, Broken, Case, refuses
from ecosystem.packages import PACKAGES
from lockgate.models.metadata import load_models

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import sqlalchemy as sa

    from ecosystem.packages import Package


def main() -> None:
    options = _options()
    # Whatever the package prints while it is imported is not for the reader of the lines.
    lines, sys.stdout = sys.stdout, sys.stderr
    package = next(one for one in PACKAGES if one.name == options.package)
    metadata = metadata_of(package)

    def write(**line: Any) -> None:
        lines.write(json.dumps(line) + "\n")
        lines.flush()

    write(tables=len(metadata.tables))
    asyncio.run(_play(options, package.extensions, metadata, write))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("package")
    parser.add_argument("url")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pg-dump", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--law", action="append", choices=LAWS)
    return parser.parse_args()


def metadata_of(package: Package) -> sa.MetaData:
    for place in package.imports:
        _import(place)
    (metadata,) = load_models(package.models).metadatas
    return metadata


def _import(place: str) -> None:
    module, _, function = place.removesuffix(".*").partition(":")
    imported = importlib.import_module(module)
    if function:
        getattr(imported, function)()
    if place.endswith(".*"):
        for one in pkgutil.iter_modules(imported.__path__, f"{module}."):
            importlib.import_module(one.name)


async def _play(
    options: argparse.Namespace, extensions: Sequence[str], metadata: sa.MetaData, write: Callable[..., None]
) -> None:
    seeds = range(options.seed, options.seed + options.rounds)
    migrations = options.folder / "migrations"
    migrations.mkdir()
    async with prepared(options.url, options.folder, options.pg_dump, extensions) as ground:
        case = Case(ground, metadata, migrations, seeds)
        impossible = await _impossible(case)
        if impossible:
            write(impossible=impossible)
            await _law("refuses", refuses, case, write)
            return
        for name in options.law or LAWS:
            await _law(name, LAWS[name], case, write)


async def _impossible(case: Case) -> str:
    """Why SQLAlchemy itself cannot create the models there; "" where it can."""
    try:
        await create_all(case.ground, case.metadata)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


async def _law(name: str, law: Callable[[Case], Awaitable[str]], case: Case, write: Callable[..., None]) -> None:
    await case.ground.empty()
    begun = perf_counter()
    try:
        outcome = {"told": await law(case)}
    except Broken as broken:
        outcome = {"broken": str(broken)}
    except Exception:
        outcome = {"broken": traceback.format_exc()}
    write(law=name, seconds=perf_counter() - begun, **outcome)


if __name__ == "__main__":
    main()
