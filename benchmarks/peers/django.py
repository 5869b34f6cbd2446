"""Django's migrate, with psycopg or the sqlite3 module; its migrations are those that makemigrations writes."""
# ruff: noqa: PLC0415 - Django is imported in the environment that has it

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from benchmarks import schema
from benchmarks.peers.peer import Command, Engine, Job, Opened, Peer, Verb

if TYPE_CHECKING:
    from pathlib import Path

_FILE = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = {dependencies}
    operations = [
        migrations.CreateModel(
            name="Item{number:04d}",
            fields=[
                ("id", models.IntegerField(primary_key=True, serialize=False)),
                ("owner_id", models.IntegerField()),
                ("title", models.TextField()),
                ("done", models.BooleanField(null=True)),
                ("created_at", models.DateTimeField(null=True)),
            ],
            options={{
                "db_table": "{table}",
                "indexes": [models.Index(fields=["owner_id"], name="{index}")],
            }},
        ),
    ]
"""
_SETTINGS = 'INSTALLED_APPS = ["items"]\nUSE_TZ = False\nDATABASES = {{"default": {database!r}}}\n'


class Django(Peer):
    name = "django"
    title = "Django, migrate"
    environment = "django"
    requirements = ("django>=5.2,<6", "psycopg[binary]>=3.2")
    engines: ClassVar[frozenset[Engine]] = frozenset({"postgresql", "sqlite"})
    note = "one app, and none of Django's own; it keeps the state of all models beside the migrations"

    def write(self, folder: Path, count: int, bin_directory: Path) -> None:
        package = folder / "items" / "migrations"
        package.mkdir(parents=True)
        for directory in (package, package.parent):
            (directory / "__init__.py").touch()
        for number in range(1, count + 1):
            before = [("items", f"{number - 1:04d}_item")] if number > 1 else []
            text = _FILE.format(
                number=number, dependencies=before, table=schema.table(number), index=schema.index(number)
            )
            (package / f"{number:04d}_item.py").write_text(text)

    def configure(self, job: Job) -> None:
        (job.folder / "settings.py").write_text(_SETTINGS.format(database=_database(job)))

    def open(self, job: Job) -> Opened:
        return _InProcess(job)

    def command(self, verb: Verb, job: Job, bin_directory: Path) -> Command | None:
        if verb == "help":
            return Command([str(bin_directory / "django-admin"), "--help"])
        arguments = ["migrate", "--no-input"] if verb == "up" else ["showmigrations"]
        argv = [
            str(bin_directory / "django-admin"),
            *arguments,
            "--settings",
            "settings",
            "--pythonpath",
            str(job.folder),
        ]
        return Command(argv)


def _database(job: Job) -> dict[str, object]:
    if job.engine == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": job.url.removeprefix("sqlite:///")}
    parts = urlsplit(job.url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "",
        "PORT": parts.port or 5432,
    }


class _InProcess:
    def __init__(self, job: Job) -> None:
        from django.conf import settings

        # A process may be warmed up with another job: the app stays, its database and its migrations are the job's.
        sys.path[:0] = [str(job.folder), str(job.folder.parent)]
        if not settings.configured:
            import django

            settings.configure(INSTALLED_APPS=["items"], USE_TZ=False, DATABASES={"default": _database(job)})
            django.setup()
        from django.core.management import call_command
        from django.db import connection

        connection.settings_dict |= _database(job)
        self._migrations = {"items": f"{job.folder.name}.items.migrations"}
        self._settings: Any = settings
        self._connection: Any = connection
        self._call: Any = call_command

    def up(self) -> None:
        self._migrate()

    def down(self) -> None:
        self._migrate("items", "zero")

    def _migrate(self, *target: str) -> None:
        self._settings.MIGRATION_MODULES = self._migrations
        self._call("migrate", *target, verbosity=0, interactive=False)
        self._connection.close()

    def look(self) -> None:
        self.up()

    def close(self) -> None:
        """Nothing is kept open."""
