from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url

from lockgate.errors import SettingsError
from lockgate.settings.config import MigrationConfig
from lockgate.settings.parsing import READINGS
from lockgate.settings.values import Settings
from lockgate.urls.database_url import DatabaseUrl

POSTGRES = "postgresql://user:hunter2@db.example:5432/app"


def test_defaults():
    config = MigrationConfig()
    assert config.model_dump() == {
        "environment": None,
        "auto_migrate": None,
        "force_migration": False,
        "database_url": None,
        "direct_url": None,
        "directory": Path("migrations"),
        "models": None,
        "schemas": (),
        "include": (),
        "exclude": (),
        "scratch_url": None,
        "table": "schema_migrations",
        "order": "strict",
        "head_file": False,
        "layout": None,
        "variables": (),
        "lock_timeout": 60.0,
        "connect_timeout": 10.0,
        "ddl_lock_timeout": 5.0,
        "backup": None,
        "backup_keep": 5,
        "lint": None,
        "lock": "auto",
        "lease_seconds": 15.0,
    }


@pytest.mark.parametrize(
    ("name", "auto", "force", "lines"),
    [
        ("Development", None, False, ("development", "true", "false")),
        ("development", False, True, ("development", "false", "true")),
        ("test", None, False, ("test", "false", "false")),
        ("production", True, False, ("production", "true", "false")),
        ("production", None, True, ("production", "false", "true")),
        (None, None, False, ("unset", "false", "false")),
    ],
)
def test_describe_is_what_is_logged(name, auto, force, lines):
    config = MigrationConfig(environment=name, auto_migrate=auto, force_migration=force)
    assert config.describe() == (
        "Migration Configuration:\n"
        f"- Environment: {lines[0]}\n"
        f"- Auto Migrate: {lines[1]}\n"
        f"- Force Migration: {lines[2]}"
    )


@pytest.mark.parametrize("name", ["development", "test"])
def test_the_default_database_is_a_local_file(name):
    assert MigrationConfig(environment=name).target_url() == DatabaseUrl("sqlite:///lockgate.db")


@pytest.mark.parametrize(("name", "shown"), [("production", "ENV=production"), (None, "ENV is unset")])
def test_there_is_no_default_database_elsewhere(name, shown):
    with pytest.raises(SettingsError, match=shown) as caught:
        MigrationConfig(environment=name, force_migration=True).target_url()
    assert "DATABASE_URL" in caught.value.hint


def test_a_closed_process_has_no_default_database(monkeypatch):
    monkeypatch.setenv("ENV", "production")
    with pytest.raises(SettingsError, match="ENV=production"):
        MigrationConfig(environment="development").target_url()


def test_the_direct_url_is_the_one_to_migrate():
    config = MigrationConfig(database_url="postgres://pooler/app", direct_url=POSTGRES)
    assert config.target_url().secret() == POSTGRES
    assert MigrationConfig(database_url=POSTGRES).target_url().secret() == POSTGRES


@pytest.mark.parametrize(
    "value", [POSTGRES, f"  {POSTGRES}\n", DatabaseUrl(POSTGRES), SecretStr(POSTGRES), make_url(POSTGRES)]
)
def test_a_url_by_argument(value):
    assert MigrationConfig(database_url=value).database_url == DatabaseUrl(POSTGRES)


def test_models_by_argument():
    metadata, other = MetaData(), MetaData()
    assert MigrationConfig(models=metadata).models is metadata
    assert MigrationConfig(models=[metadata, other]).models == (metadata, other)
    assert MigrationConfig(models="app.models:Base.metadata").models == "app.models:Base.metadata"
    assert MigrationConfig(models="a:b, c.d:e").models == ("a:b", "c.d:e")
    assert MigrationConfig(models=[metadata, "a:b"]).model_dump(mode="json")["models"] == ["MetaData()", "a:b"]


@pytest.mark.parametrize("field", ["schemas", "include", "exclude"])
@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("audit_*", ("audit_*",)),
        (" app , audit.* ,", ("app", "audit.*")),
        (["app", " audit "], ("app", "audit")),
        (("a,b",), ("a,b",)),
        ([], ()),
    ],
)
def test_names_of_what_is_compared(field, value, names):
    assert getattr(MigrationConfig(**{field: value}), field) == names
    assert getattr(Settings.of({field: value}, spelled={field: field}), field) == names


@pytest.mark.parametrize("table", ["schema_migrations", "ops.schema_migrations", "my-app.versions", "Über_1", "a" * 48])
def test_tables(table):
    assert MigrationConfig(table=f" {table} ").table == table


@pytest.mark.parametrize(
    ("field", "value", "takes"),
    [
        ("auto_migrate", "maybe", "true or false"),
        ("force_migration", "2", "true or false"),
        ("environment", "dev\x1belopment", "a name such as"),
        ("environment", 3, "a name such as"),
        ("schemas", 3, "names of schemas, with commas between"),
        ("schemas", ["app", 3], "names of schemas, with commas between"),
        ("include", {"app": 1}, "patterns of table names"),
        ("exclude", True, "patterns of table names"),
        ("directory", 3.5, "the path of a folder"),
        *[("backup", value, "the path of a folder") for value in (3.5, True, b"x")],
        *[
            ("backup_keep", value, "a whole number above 0")
            for value in (0, -1, 2.5, True, "1.0", "²", "many", "1" * 12)
        ],
        *[("models", value, "module:attribute") for value in ("app.models", "app models:Base", ":x", "a:b,", ["a"])],
        *[("table", v, "the name of a table") for v in ("a b", "a.b.c", "1a", 'a"b', "a.", ".a", "a" * 49, "a;", 5)],
        *[("order", value, "strict or any") for value in ("loose", 1)],
        *[
            (field, value, "a number of seconds above 0")
            for field in ("lock_timeout", "connect_timeout", "ddl_lock_timeout")
            for value in ("soon", 0, -1, "nan", "inf", float("inf"), True, "5s")
        ],
        *[
            (f, v, "database URL")
            for f in ("database_url", "direct_url", "scratch_url")
            for v in ("db.example", 7, b"x")
        ],
    ],
)
def test_a_bad_argument_is_named_and_not_repeated(field, value, takes):
    with pytest.raises(SettingsError) as caught:
        MigrationConfig(**{field: value})
    message = str(caught.value)
    assert message.startswith(f"{field}, from the arguments")
    assert takes in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_faults_are_told_together():
    with pytest.raises(SettingsError) as caught:
        MigrationConfig(order="x", lock_timeout="y", auto_migrate="z")
    assert [line.split(",")[0] for line in caught.value.message.splitlines()] == [
        "auto_migrate",
        "order",
        "lock_timeout",
    ]


@pytest.mark.parametrize(
    ("name", "hint"), [("databse_url", "database_url"), ("lock_timeouts", "lock_timeout"), ("qqq", "table")]
)
def test_an_unknown_argument(name, hint):
    with pytest.raises(SettingsError, match=name) as caught:
        MigrationConfig(**{name: "postgres://u:hunter2@h"})
    assert hint in caught.value.hint
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("name", ["_env_file", "_secrets_dir", "_build_sources"])
def test_the_settings_library_has_no_side_door(name):
    with pytest.raises(SettingsError, match=name):
        MigrationConfig(**{name: "x"})


def test_none_and_empty_arguments_are_not_given(monkeypatch):
    monkeypatch.setenv("LOCKGATE_TABLE", "versions")
    assert MigrationConfig(table=None).table == "versions"
    assert MigrationConfig(table=" ").table == "versions"


def test_the_command_lines_settings_call_a_field_as_the_user_does():
    settings = Settings.of({"environment": "test", "table": None}, spelled={"environment": "--env"})
    assert settings.environment == "test"
    with pytest.raises(SettingsError, match=r"^--lock-timeout, from the command line, takes a number"):
        Settings.of({"lock_timeout": "x"}, spelled={"lock_timeout": "--lock-timeout"})


def test_the_command_lines_settings_have_the_same_fields_and_defaults():
    fields = MigrationConfig().model_dump()
    assert {name: getattr(Settings.of({}, spelled={}), name) for name in READINGS} == fields


_TEXTS = [
    "",
    "1",
    "0",
    "yes",
    "OFF",
    " True ",
    "2.5",
    "1_0",
    "1e3",
    "nan",
    "-1",
    "any",
    "STRICT",
    "a.b:c",
    "a,b",
    "ops.t",
]
_TABLES = [True, 0, 1, 2, 1.0, 2.5, ["a:b"], ["a"], {"a": 1}]


@pytest.mark.parametrize("field", READINGS)
@pytest.mark.parametrize("value", [*_TEXTS, *_TABLES, POSTGRES, "sqlite:///x", "\x1b"], ids=ascii)
def test_the_command_lines_settings_are_read_as_pydantic_reads_them(field, value):
    def outcome(read):
        try:
            return getattr(read(), field)
        except SettingsError as error:
            return str(error).replace("the arguments", "the command line")

    def of_the_command_line():
        return Settings.of({field: value}, spelled={field: field})

    assert outcome(of_the_command_line) == outcome(lambda: MigrationConfig(**{field: value}))


def test_it_is_frozen_and_says_so_without_the_value():
    config = MigrationConfig()
    with pytest.raises(AttributeError, match="database_url") as caught:
        config.database_url = POSTGRES
    assert "hunter2" not in str(caught.value)


def test_it_copies_and_pickles(monkeypatch):
    monkeypatch.setenv("ENV", "production")
    config = MigrationConfig(environment="development", database_url=POSTGRES, models="a:b")
    for twin in (copy.copy(config), copy.deepcopy(config), config.model_copy(), pickle.loads(pickle.dumps(config))):
        assert twin == config
        assert hash(twin) == hash(config)
        assert twin.closed_by_process == "production"


def test_an_unvalidated_copy_shows_no_password():
    config = MigrationConfig().model_copy(update={"database_url": POSTGRES})
    assert "hunter2" not in config.model_dump_json()
    assert "hunter2" not in repr(config) + str(config)


def test_validating_a_dump_or_an_instance():
    config = MigrationConfig(database_url=POSTGRES, environment="test")
    assert MigrationConfig.model_validate(config.model_dump()) == config
    assert MigrationConfig.model_validate(config) == config
