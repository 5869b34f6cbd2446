from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockgate.errors import GateClosed
from lockgate.gate import Mode, check_auto, check_versioned, permit
from lockgate.settings.config import MigrationConfig
from lockgate.settings.values import Settings

AUTO, VERSIONED = Mode.AUTO, Mode.VERSIONED
NOTHING: tuple[Mode, ...] = ()
BOTH = (VERSIONED, AUTO)
CLOSED = ("production", "Production", "PRODUCTION", "staging", "dev", "prod", "tests", "developmental", "qa", None)
each_time = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

ROWS = [
    *[
        ("development", None, False, (AUTO,)),
        ("development", True, False, (AUTO,)),
        ("development", False, False, NOTHING),
    ],
    *[("development", None, True, BOTH), ("development", True, True, BOTH), ("development", False, True, (VERSIONED,))],
    *[("test", None, False, NOTHING), ("test", False, False, NOTHING), ("test", True, False, (AUTO,))],
    *[("test", None, True, (VERSIONED,)), ("test", False, True, (VERSIONED,)), ("test", True, True, BOTH)],
    *[(name, auto, False, NOTHING) for name in CLOSED for auto in (None, False, True)],
    *[(name, auto, True, (VERSIONED,)) for name in CLOSED for auto in (None, False, True)],
]


@pytest.mark.parametrize("spell", [str, str.upper, str.title, "  {}\t".format])
@pytest.mark.parametrize("variable", ["ENV", "LOCKGATE_ENV"])
@pytest.mark.parametrize("row", ROWS)
def test_the_truth_table(row, spell, variable, monkeypatch):
    name, auto, force, modes = row
    if name is not None:
        monkeypatch.setenv(variable, spell(name))
    if auto is not None:
        monkeypatch.setenv("AUTO_MIGRATE", spell(str(auto)))
    monkeypatch.setenv("FORCE_MIGRATION", spell(str(force)))
    answer = permit(MigrationConfig())
    assert answer.modes == modes
    assert (answer.versioned, answer.auto) == (VERSIONED in modes, AUTO in modes)
    assert MigrationConfig().should_run_migration() == bool(modes)


words = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.isprintable)
slips = st.sampled_from(["dev", "production", "tést", "test2", "development1", "tes", "ｔｅｓｔ", "de velopment"])
names = st.one_of(slips, words).filter(lambda name: name.strip().lower() not in {"development", "test", ""})
flags = st.sampled_from([None, True, False])


@each_time
@given(name=names, auto=flags, force=flags, own=st.sampled_from([None, "development", "test", "production"]))
def test_no_other_name_ever_opens_auto(name, auto, force, own):
    with pytest.MonkeyPatch.context() as patch:
        if own:
            patch.setenv("ENV", own)
        config = MigrationConfig(environment=name, auto_migrate=auto, force_migration=force)
    assert AUTO not in permit(config).modes
    with pytest.raises(GateClosed):
        check_auto(config)


@pytest.mark.parametrize("opened", ["development", "test"])
@pytest.mark.parametrize("force", [False, True])
def test_what_the_process_closed_stays_closed(opened, force, monkeypatch):
    monkeypatch.setenv("ENV", "Production")
    config = MigrationConfig(environment=opened, auto_migrate=True, force_migration=force)
    assert config.closed_by_process == "production"
    assert permit(config).modes == ((VERSIONED,) if force else NOTHING)
    assert config.should_run_migration() is force
    assert "production" in permit(config).reason
    with pytest.raises(GateClosed, match="own environment says production"):
        check_auto(config)


@pytest.mark.parametrize(
    "made",
    [
        lambda: MigrationConfig(environment="development", auto_migrate=True),
        lambda: MigrationConfig().model_copy(update={"environment": "development", "auto_migrate": True}),
        lambda: MigrationConfig.model_construct(environment="development", auto_migrate=True),
        lambda: MigrationConfig.model_validate({"environment": "development", "auto_migrate": True}),
        lambda: MigrationConfig.model_validate_json('{"environment": "development", "auto_migrate": true}'),
        lambda: pickle.loads(pickle.dumps(MigrationConfig(environment="development"))),
        lambda: copy.deepcopy(MigrationConfig(environment="development")),
        lambda: Settings.of({"environment": "development"}, spelled={"environment": "--env"}),
    ],
    ids=["keyword", "model_copy", "model_construct", "model_validate", "json", "pickle", "deepcopy", "command line"],
)
def test_no_way_to_make_a_configuration_opens_it_again(made, monkeypatch):
    monkeypatch.setenv("ENV", "production")
    config = made()
    assert config.environment == "development"
    assert AUTO not in permit(config).modes
    with pytest.raises(GateClosed, match="own environment says production"):
        check_auto(config)


def test_lockgate_env_is_the_process_own_word(monkeypatch):
    monkeypatch.setenv("ENV", "production")
    monkeypatch.setenv("LOCKGATE_ENV", "test")
    assert MigrationConfig().closed_by_process is None
    assert MigrationConfig(environment="development").is_open


def test_an_argument_may_close_what_the_process_opens(monkeypatch):
    monkeypatch.setenv("ENV", "development")
    config = MigrationConfig(environment="production")
    assert config.closed_by_process is None
    assert permit(config).modes == ()


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("dev", "development"),
        ("devel", "development"),
        ("develoment", "development"),
        ("testing", "test"),
        ("tests", "test"),
    ],
)
def test_a_slip_gets_a_hint(name, guess):
    assert f"Did you mean ENV={guess}?" in permit(MigrationConfig(environment=name)).reason


@pytest.mark.parametrize("name", ["production", "prod", "staging", "qa", "preview", None])
def test_a_real_name_gets_no_guess(name):
    reason = permit(MigrationConfig(environment=name)).reason
    assert "Did you mean" not in reason
    assert "ENV=development" in reason
    assert "ENV=test" in reason
    assert "FORCE_MIGRATION=true" in reason
    assert (f"ENV={name}" if name else "ENV unset") in reason


@pytest.mark.parametrize("force", [False, True])
def test_auto_migrate_in_a_closed_environment_warns(force):
    (warning,) = permit(MigrationConfig(environment="staging", auto_migrate=True, force_migration=force)).warnings
    assert "AUTO_MIGRATE" in warning
    assert "staging" in warning


@pytest.mark.parametrize(
    ("name", "auto"), [("staging", False), ("staging", None), ("development", True), ("test", True)]
)
def test_nothing_else_warns(name, auto):
    assert permit(MigrationConfig(environment=name, auto_migrate=auto)).warnings == ()


@pytest.mark.parametrize(
    ("name", "auto", "force", "reason"),
    [
        ("development", None, False, "ENV=development: auto, because AUTO_MIGRATE is not set and means true"),
        ("development", False, False, "ENV=development: nothing, because AUTO_MIGRATE is false"),
        (
            "development",
            True,
            True,
            "ENV=development: versioned, because FORCE_MIGRATION is true, then auto, because AUTO_MIGRATE is true",
        ),
        (
            "test",
            None,
            True,
            "ENV=test: versioned, because FORCE_MIGRATION is true, "
            "and not auto, because AUTO_MIGRATE is not set and means false",
        ),
        ("qa", None, True, "ENV=qa: versioned, because FORCE_MIGRATION is true, and auto stays closed"),
    ],
)
def test_the_reason_in_words(name, auto, force, reason):
    assert permit(MigrationConfig(environment=name, auto_migrate=auto, force_migration=force)).reason == reason


@pytest.mark.parametrize("name", ["development", "test"])
def test_asking_is_permission_enough_where_it_is_open(name):
    config = MigrationConfig(environment=name, auto_migrate=False)
    check_versioned(config)
    check_auto(config)


@pytest.mark.parametrize("name", ["production", "dev", None])
def test_an_explicit_command_is_gated(name):
    with pytest.raises(GateClosed) as caught:
        check_versioned(MigrationConfig(environment=name))
    assert (f"ENV={name}" if name else "ENV unset") in caught.value.reason
    assert "FORCE_MIGRATION=true" in caught.value.hint
    assert "--force" in caught.value.hint
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["production", None])
def test_force_opens_versioned_and_never_auto(name):
    check_versioned(MigrationConfig(environment=name), force=True)
    check_versioned(MigrationConfig(environment=name, force_migration=True))
    with pytest.raises(GateClosed, match="cannot be forced"):
        check_auto(MigrationConfig(environment=name, force_migration=True))
