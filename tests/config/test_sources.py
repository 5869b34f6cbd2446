from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lockgate.errors import SettingsError
from lockgate.settings.config import MigrationConfig, NamedSource
from lockgate.settings.sources import Given, environment_names

SECRET = "postgres://u:hunter2@h:x/d"


def fault() -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        MigrationConfig()
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(
    ("name", "text", "read"),
    [
        ("ENV", " Staging ", {"environment": "staging"}),
        ("LOCKGATE_ENV", "test", {"environment": "test"}),
        ("AUTO_MIGRATE", "FALSE", {"auto_migrate": False}),
        ("AUTO_MIGRATE", " true ", {"auto_migrate": True}),
        ("FORCE_MIGRATION", "1", {"force_migration": True}),
        ("FORCE_MIGRATION", "off", {"force_migration": False}),
        ("LOCKGATE_TABLE", "ops.versions", {"table": "ops.versions"}),
        ("LOCKGATE_ORDER", "ANY", {"order": "any"}),
        ("LOCKGATE_LOCK_TIMEOUT", "2.5", {"lock_timeout": 2.5}),
        ("LOCKGATE_CONNECT_TIMEOUT", " 7 ", {"connect_timeout": 7.0}),
        ("LOCKGATE_DDL_LOCK_TIMEOUT", "2.5", {"ddl_lock_timeout": 2.5}),
        ("LOCKGATE_BACKUP", "copies/", {"backup": "copies/"}),
        ("LOCKGATE_BACKUP_KEEP", " 3 ", {"backup_keep": 3}),
        ("LOCKGATE_LINT", " Warning ", {"lint": "warning"}),
        ("LOCKGATE_MODELS", "a.b:c", {"models": "a.b:c"}),
    ],
)
def test_names(name, text, read, monkeypatch, project):
    monkeypatch.setenv(name, text)
    from_environment = MigrationConfig()
    monkeypatch.delenv(name)
    (project / ".env").write_text(f"{name}='{text}'\n")
    assert from_environment.model_dump() == MigrationConfig().model_dump()
    (project / ".env").unlink()
    assert from_environment.model_dump() == MigrationConfig(**read).model_dump()


@pytest.mark.parametrize("name", ["DATABASE_URL", "LOCKGATE_DATABASE_URL", "LOCKGATE_DIRECT_URL"])
def test_urls(name, monkeypatch):
    monkeypatch.setenv(name, "postgres://u:p@h/d")
    assert MigrationConfig().target_url().secret() == "postgres://u:p@h/d"


def test_the_order_of_the_sources(monkeypatch, project):
    (project / "pyproject.toml").write_text('[tool.lockgate]\ntable = "d"\n')
    assert MigrationConfig().table == "d"
    (project / ".env").write_text("LOCKGATE_TABLE=c\n")
    assert MigrationConfig().table == "c"
    monkeypatch.setenv("LOCKGATE_TABLE", "b")
    assert MigrationConfig().table == "b"
    assert MigrationConfig(table="a").table == "a"
    monkeypatch.setenv("LOCKGATE_TABLE", "  ")
    assert MigrationConfig().table == "c"
    (project / ".env").write_text("LOCKGATE_TABLE=\n")
    assert MigrationConfig().table == "d"


def test_the_own_name_wins_within_its_source_only(monkeypatch, project):
    (project / ".env").write_text("LOCKGATE_ENV=test\nENV=staging\n")
    assert MigrationConfig().environment == "test"
    monkeypatch.setenv("ENV", "production")
    assert MigrationConfig().environment == "production"
    monkeypatch.setenv("LOCKGATE_ENV", "")
    assert MigrationConfig().environment == "production"
    monkeypatch.setenv("LOCKGATE_ENV", "qa")
    assert MigrationConfig().environment == "qa"


@pytest.mark.skipif(os.name == "nt", reason="names have no case there")
def test_names_have_case(monkeypatch):
    monkeypatch.setenv("env", "development")
    monkeypatch.setenv("auto_migrate", "maybe")
    monkeypatch.setenv("lockgate_tabel", "x")
    assert MigrationConfig().environment is None


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("LOCKGATE_AUTO_MIGRATE", "Did you mean AUTO_MIGRATE?"),
        ("LOCKGATE_FORCE_MIGRATION", "Did you mean FORCE_MIGRATION?"),
        ("LOCKGATE_ENVIRONMENT", "Did you mean LOCKGATE_ENV?"),
        ("LOCKGATE_DIRECTROY", "Did you mean LOCKGATE_DIRECTORY?"),
        ("LOCKGATE_LOCKTIMEOUT", "Did you mean LOCKGATE_LOCK_TIMEOUT?"),
        ("LOCKGATE_", "Did you mean LOCKGATE_ENV?"),
        ("LOCKGATE_ZZZZZZZZZZZZZZZZZZZZ", "Known are"),
    ],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_an_unknown_name(name, hint, in_file, monkeypatch, project):
    if in_file:
        (project / ".env").write_text(f"{name}=hunter2\n")
    else:
        monkeypatch.setenv(name, "hunter2")
    error = fault()
    place = str(project / ".env") if in_file else "the environment"
    assert error.message == f"{name}, from {place}, is not a setting of Lockgate."
    assert hint in error.hint


def test_names_of_others_are_left_alone(monkeypatch, project):
    monkeypatch.setenv("LOCKGATE_TEST_POSTGRES", "postgres://x")
    monkeypatch.setenv("LOCKGATE_NOT_SET", "")
    (project / ".env").write_text("export SECRET_KEY=abc\nDEBUG\nLOCKGATE_TEST_X=1\nTABLE=x\n# LOCKGATE_TABEL=1\n")
    assert MigrationConfig() == MigrationConfig()


@pytest.mark.parametrize(
    ("name", "text", "takes"),
    [
        ("AUTO_MIGRATE", "hunter2", "takes true or false."),
        ("FORCE_MIGRATION", "hunter2", "takes true or false."),
        ("LOCKGATE_ORDER", "hunter2", "takes strict or any."),
        ("LOCKGATE_LOCK_TIMEOUT", "hunter2", "a number of seconds"),
        ("LOCKGATE_TABLE", "hunter2 hunter2", "the name of a table"),
        ("LOCKGATE_MODELS", "hunter2", "module:attribute"),
        ("DATABASE_URL", SECRET, "database URL"),
        ("LOCKGATE_DATABASE_URL", SECRET, "database URL"),
        ("LOCKGATE_DIRECT_URL", SECRET, "database URL"),
        ("LOCKGATE_DIRECT_URL", "postgress://u:hunter2@h", "Did you mean postgres"),
    ],
)
def test_a_value_that_does_not_parse(name, text, takes, monkeypatch, project):
    monkeypatch.setenv(name, text)
    error = fault()
    assert error.message.startswith(f"{name}, from the environment")
    assert takes in error.message
    assert error.__cause__ is None
    assert error.__context__ is None
    monkeypatch.delenv(name)
    (project / ".env").write_text(f"{name}='{text}'\n")
    assert fault().message.startswith(f"{name}, from {project / '.env'}")


def test_a_bad_value_that_is_outvoted_is_not_looked_at(monkeypatch):
    monkeypatch.setenv("LOCKGATE_ORDER", "x")
    assert MigrationConfig(order="any").order == "any"


def test_undecodable_bytes_in_the_environment(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://u:hunter2\udcff@h/d")
    assert "line break" in fault().message


def test_dotenv_as_other_tools_write_it(monkeypatch, project):
    monkeypatch.setenv("PASS", "from the shell")
    text = '\ufeffHOST=h\r\nexport DATABASE_URL="postgres://u:p@${HOST}/d" # ours\r\n\r\nLOCKGATE_TABLE = versions\r\n'
    (project / ".env").write_bytes(text.encode())
    config = MigrationConfig()
    assert config.target_url().secret() == "postgres://u:p@h/d"
    assert config.table == "versions"


def test_dotenv_is_of_the_current_directory_only(monkeypatch, project):
    (project / ".env").write_text("ENV=development\n")
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    assert MigrationConfig().environment is None


def test_a_virtual_environment_named_dotenv(project):
    (project / ".env").mkdir()
    assert MigrationConfig().environment is None


def test_a_malformed_dotenv(project):
    (project / ".env").write_text("A=1\nENV='hunter2\n")
    assert fault().message == f"{project / '.env'}, line 2: this is not of the form NAME=value."


@pytest.mark.parametrize("name", [".env", "pyproject.toml"])
def test_a_file_that_is_not_text(name, project):
    (project / name).write_bytes(b"A='\xff\xfe'")
    assert fault().message == f"{project / name} cannot be read: it is not UTF-8 text."


@pytest.mark.parametrize("name", [".env", "pyproject.toml"])
def test_a_file_that_cannot_be_opened(name, project):
    (project / name).symlink_to(name)
    assert str(project / name) in fault().message


def test_a_current_directory_that_is_gone(project, monkeypatch):
    (project / "gone").mkdir()
    monkeypatch.chdir(project / "gone")
    (project / "gone").rmdir()
    assert fault().message.startswith("The current directory cannot be used")


def test_pyproject(project, monkeypatch):
    (project / "pyproject.toml").write_text(
        '\ufeff[tool.lockgate]\ndirectory = "db/migrations"\nmodels = ["a:b", "c:d"]\nlock-timeout = 5\n'
        'connect_timeout = ""\norder = "any"\n'
        'schemas = ["public", "audit"]\ninclude = "app_*, audit.*"\nexclude = ["*_old"]\n'
    )
    (project / "src" / "app").mkdir(parents=True)
    monkeypatch.chdir(project / "src" / "app")
    config = MigrationConfig()
    assert config.directory == project / "db" / "migrations"
    assert config.models == ("a:b", "c:d")
    assert (config.lock_timeout, config.connect_timeout, config.order) == (5.0, 10.0, "any")
    assert config.schemas == ("public", "audit")
    assert (config.include, config.exclude) == (("app_*", "audit.*"), ("*_old",))


def test_the_nearest_pyproject_that_has_the_table(project, monkeypatch):
    (project / "pyproject.toml").write_text('[tool.lockgate]\ntable = "far"\n')
    below = project / "service"
    below.mkdir()
    monkeypatch.chdir(below)
    (below / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert MigrationConfig().table == "far"
    (below / "pyproject.toml").write_text("[tool.lockgate]\n")
    assert MigrationConfig().table == "schema_migrations"


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("env", "ENV"),
        ("environment", "ENV"),
        ("auto_migrate", "AUTO_MIGRATE"),
        ("auto-migrate", "AUTO_MIGRATE"),
        ("AUTO_MIGRATE", "AUTO_MIGRATE"),
        ("force_migration", "FORCE_MIGRATION"),
        ("database_url", "DATABASE_URL"),
        ("direct-url", "LOCKGATE_DIRECT_URL"),
        ("scratch_url", "LOCKGATE_SCRATCH_URL"),
        ("scratch-url", "LOCKGATE_SCRATCH_URL"),
    ],
)
def test_what_is_never_committed(key, variable, project):
    (project / "pyproject.toml").write_text(f'[tool.lockgate]\n{key} = "hunter2"\n')
    error = fault()
    assert error.message.startswith(f"{key} cannot be set in [tool.lockgate] of {project / 'pyproject.toml'}")
    assert "one commit would open the gate everywhere" in error.message
    assert f"Set {variable} in" in error.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tool.lockgate]\ntabel = 1\n", "tabel in [tool.lockgate] of"),
        ("[tool.lockgate\n", "cannot be read"),
        ("[tool]\nlockgate = 'hunter2'\n", "tool.lockgate is not a table"),
        ("[tool.lockgate]\nlock-timeout = 'hunter2'\n", "lock-timeout, from [tool.lockgate] of"),
        ("[tool.lockgate]\ndirectory = ['hunter2']\n", "takes the path of a folder"),
        ("[tool.lockgate]\ntable = 5\n", "takes the name of a table"),
        ("[tool.lockgate]\nmodels = ['hunter2']\n", "takes module:attribute"),
        ("[tool.lockgate]\nschemas = 5\n", "takes names of schemas"),
        ("[tool.lockgate]\ninclude = [['hunter2']]\n", "takes patterns of table names"),
    ],
)
def test_a_bad_pyproject(text, words, project):
    (project / "pyproject.toml").write_text(text)
    error = fault()
    assert words in error.message
    assert str(project / "pyproject.toml") in error.message


def test_an_unknown_key_gets_a_suggestion(project):
    (project / "pyproject.toml").write_text("[tool.lockgate]\ntabel = 'x'\n")
    assert fault().hint == "Did you mean table?"


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool.ruff]\n", ""])
def test_a_pyproject_of_others(text, project):
    (project / "pyproject.toml").write_text(text)
    assert MigrationConfig().table == "schema_migrations"


def test_an_origin_does_not_show_its_value():
    given = Given("hunter2", "DATABASE_URL", "the environment")
    source = NamedSource(MigrationConfig, {"database_url": given})
    assert "hunter2" not in f"{given!r}{given}{source!r}{source()}"
    field = MigrationConfig.model_fields["database_url"]
    assert source.get_field_value(field, "database_url") == (given, "database_url", False)


def example(pattern: str) -> list[str]:
    return re.findall(pattern, (Path(__file__).parents[2] / ".env.example").read_text(), re.MULTILINE)


def test_the_example_documents_every_variable():
    names = {name for field in MigrationConfig.model_fields for name in environment_names(field)}
    assert set(example(r"\b(?:LOCKGATE_[A-Z_]+|ENV|AUTO_MIGRATE|FORCE_MIGRATION|DATABASE_URL)\b")) == names


def test_the_example_shows_the_defaults(project):
    (project / ".env").write_text("\n".join(example(r"^(?:# )?([A-Z_]+=.*)$")))
    shown = MigrationConfig().model_dump()
    (project / ".env").unlink()
    assert shown == MigrationConfig(environment="development").model_dump()
