"""One law, whatever the password: nothing that is shown to people or written to a log holds it."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockgate.errors import SettingsError
from lockgate.gate import permit
from lockgate.settings.config import MigrationConfig
from lockgate.urls.database_url import DatabaseUrl, mask

MARK = "Zq9w"
special = st.text(st.one_of(st.sampled_from("@:/?#%&=+[]' \"\\,;!$*()~|"), st.characters(codec="utf-8")), max_size=12)
passwords = st.builds(lambda before, after: f"{before}{MARK}{after}", special, special)
each_time = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
TEMPLATES = [
    "postgres://user:{}@host:5432/app?sslmode=require",
    "postgresql+asyncpg://user:{}@a:1,b:2/app",
    "postgresql:///app?host=/run/pg&user=me&password={}",
    "mysql://:{}@host/app",
    "mariadb://host/app?passwd={}&charset=utf8mb4",
    "postgres://user:{}@host:port/app",
    "postgress://user:{}@host/app",
    "sqlite://user:{}@/app.db",
    "{}",
]


def all_that_is_shown(text: str) -> list[str]:
    try:
        config = MigrationConfig(environment="test", database_url=text, direct_url=text, scratch_url=text)
    except SettingsError as error:
        return [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    url = config.target_url()
    shown = [url.masked, str(url), repr(url), repr(config), str(config), config.describe(), config.model_dump_json()]
    return [*shown, str(config.model_dump()), str(config.model_dump(mode="json")), repr(permit(config))]


@pytest.mark.parametrize("template", TEMPLATES)
@each_time
@given(password=passwords)
def test_escaped(template, password):
    for text in all_that_is_shown(template.format(quote(password, safe=""))):
        assert MARK not in text


@pytest.mark.parametrize("template", TEMPLATES[:2] + TEMPLATES[3:4] + TEMPLATES[5:])
@each_time
@given(password=passwords)
def test_as_it_was_typed(template, password):
    for text in all_that_is_shown(template.format(password)):
        assert MARK not in text


@pytest.mark.parametrize("variable", ["DATABASE_URL", "LOCKGATE_DIRECT_URL", "LOCKGATE_SCRATCH_URL"])
@each_time
@given(password=passwords.filter(lambda text: "\0" not in text), template=st.sampled_from(TEMPLATES))
def test_from_the_environment(variable, password, template):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, template.format(quote(password, safe="")))
        try:
            shown = repr(MigrationConfig()) + MigrationConfig().model_dump_json()
        except SettingsError as error:
            shown = str(error)
    assert MARK not in shown


@pytest.mark.parametrize("template", TEMPLATES[:-1])
@each_time
@given(password=passwords)
def test_in_free_text(template, password):
    text = f'could not connect to "{template.format(quote(password, safe=""))}": timeout'
    assert MARK not in mask(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("nothing to hide", "nothing to hide"),
        ("see https://docs.example/a?b=c", "see https://docs.example/a?b=c"),
        ("at postgres://u:p@ss/w@h/d now", "at postgres://u:***@h/d now"),
        ("host=h password=hunter2 user=u", "host=h password=*** user=u"),
        ("password = 'it''s \\' x' user=u", "password = *** user=u"),
        ('{"password": "hun\\"ter2", "user": "u"}', '{"password": ***, "user": "u"}'),
        ("{'passwd': 'hunter2'}", "{'passwd': ***}"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"),
        ("?sslpassword=hunter2&sslmode=require", "?sslpassword=***&sslmode=require"),
        ("ALTER ROLE r PASSWORD 'hun''ter2';", "ALTER ROLE r PASSWORD '***';"),
        ("CREATE USER u IDENTIFIED BY 'hunter2'", "CREATE USER u IDENTIFIED BY '***'"),
        ('password authentication failed for user "u"', 'password authentication failed for user "u"'),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


def test_masking_a_long_text_takes_no_time():
    text = "a" * 200_000 + "://" * 2_000
    assert mask(text) == text


def test_a_masked_url_is_still_one():
    masked = DatabaseUrl("postgres://u:hunter2@h/d?password=x").masked
    assert DatabaseUrl(masked).masked == masked
