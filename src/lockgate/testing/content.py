"""What a template is made of, and its making."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from lockgate import __version__
from lockgate.nouns.flavours import Flavour
from lockgate.runner import Runner
from lockgate.sources.folders import files_of

if TYPE_CHECKING:
    from lockgate.settings.conclusions import Conclusions
    from lockgate.urls.database_url import DatabaseUrl


def follows_models(config: Conclusions) -> bool:
    """Whether auto mode has its part in the schema: AUTO_MIGRATE is true, and models are named."""
    return config.auto and config.models is not None


def content_digest(config: Conclusions) -> str:
    """A digest of all that decides what a template holds. Blocks on the disk.

    Raises:
        SettingsError: a migration's file, or the models, cannot be read.
    """
    said: list[Any] = [__version__, config.target_url().engine, config.table, config.order, config.layout]
    said += [config.variables, *_files(config)]
    if follows_models(config):
        said += [_models(config), config.schemas, config.include, config.exclude]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _files(config: Conclusions) -> list[tuple[str, str]]:
    """Names and hashes of the migrations, and of the modules beside them that they may import."""
    files = files_of(config.directory, config.layout, lambda: Flavour(config.target_url().engine))
    if follows_models(config) and not files.is_there():
        return []
    sources = files.read()
    imported = [(name, hashlib.sha256(data).hexdigest()) for name, data in files.helpers()]
    return [(source.name, source.hash) for source in sources] + imported


def _models(config: Conclusions) -> str:
    from sqlalchemy import make_url  # noqa: PLC0415 - most templates are made of files alone

    from lockgate.models.fingerprint import fingerprint  # noqa: PLC0415 - as above
    from lockgate.models.metadata import load_models  # noqa: PLC0415 - as above

    dialect = make_url(f"{config.target_url().engine}://").get_dialect()
    return fingerprint(load_models(config.models), dialect())


async def migrate(url: DatabaseUrl, config: Conclusions) -> None:
    """Apply all migrations, and then, where it is on, auto mode.

    Raises:
        LockgateError: as for `Runner.up` and `Runner.auto_migrate`.
    """
    async with Runner(url, config=config) as runner:
        is_there = files_of(config.directory, config.layout, lambda: None).is_there
        if not follows_models(config) or await anyio.to_thread.run_sync(is_there):
            await runner.up()
        if follows_models(config):
            await runner.auto_migrate()
