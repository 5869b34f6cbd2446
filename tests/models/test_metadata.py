"""Where models are found, and what is said where they are not."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.sql.ddl import CreateTableAs, CreateView

from lockgate import SettingsError
from lockgate.models.metadata import load_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Writes a module of a project that Python finds."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(path: str, text: str) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


MODELS = """
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    class Base(DeclarativeBase):
        pass

    class User(Base):
        __tablename__ = "users"
        id: Mapped[int] = mapped_column(primary_key=True)

    audit = sa.MetaData()
    sa.Table("entries", audit, sa.Column("id", sa.Integer, primary_key=True))

    class Holder:
        inner = Base

    def make():
        return Base.metadata

    def both():
        return [Base, audit]

    async def later():
        return Base.metadata

    def wants(one):
        return one

    def fails():
        raise ValueError("postgresql://app:hunter2@host/db is no good")

    nothing = None
    number = 5
"""


@pytest.mark.parametrize(
    ("place", "tables"),
    [
        ("shop.models:Base", ["users"]),
        ("shop.models:Base.metadata", ["users"]),
        ("shop.models:User", ["users"]),
        ("shop.models:User.__table__", ["users"]),
        ("shop.models:Holder.inner.metadata", ["users"]),
        ("shop.models:audit", ["entries"]),
        ("shop.models:make", ["users"]),
        ("shop.models:both", ["entries", "users"]),
        ("shop.models:Base, shop.models:audit", ["entries", "users"]),
        (("shop.models:audit", "shop.models:User"), ["entries", "users"]),
        ("shop.models:Base,shop.models:make,shop.models:User", ["users"]),
        ("shop:entities", ["users"]),
    ],
)
def test_models_are_found(write: Callable[[str, str], None], place: Any, tables: list[str]) -> None:
    write("shop/__init__.py", "from shop import entities")
    write("shop/models.py", MODELS)
    write("shop/entities.py", "from shop.models import Base, User")
    assert [table.name for table in load_models(place).tables] == tables


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("nowhere.models:Base", "nowhere.models:Base: there is no module nowhere."),
        ("shop.modles:Base", "shop.modles:Base: there is no module shop.modles."),
        ("shop.models:Bsae", "shop.models:Bsae: shop.models has no Bsae.\nDid you mean Base"),
        ("shop.models:BASE", "shop.models:BASE: shop.models has no BASE.\nDid you mean Base?"),
        ("shop.models:Base.metdata", "shop.models.Base has no metdata.\nDid you mean metadata?"),
        (
            "shop.models:number",
            "shop.models:number is an int, which has no metadata.\nGive a MetaData, a declarative base",
        ),
        ("shop.models:nothing", "shop.models:nothing is None, which has no metadata."),
        ("shop.models:Holder", "shop.models:Holder is the class Holder, which has no metadata."),
        ("shop.models:wants", "shop.models:wants is the function wants, which wants arguments."),
        ("shop.models:later", "shop.models:later returned a coroutine, which has no metadata."),
        (
            "shop.models:fails",
            "Calling shop.models:fails failed: ValueError: postgresql://app:***@host/db is no good, at ",
        ),
        (
            "shop:models",
            "shop:models is the module shop.models, which has the metadata of Base, audit.\nSay which attribute",
        ),
        ("shop:empty", "shop:empty is the module shop.empty, which has no metadata."),
        ("shop.imports:Base", "importing shop.imports failed: ModuleNotFoundError: No module named 'absent', at "),
        ("shop.imports:Base", "imports.py:2: import absent"),
        ("shop.broken:Base", "importing shop.broken failed: SyntaxError: "),
        ("shop.broken:Base", "(broken.py, line 1)."),
        ("shop.raises:Base", "importing shop.raises failed: AttributeError: "),
        ("shop.raises:Base", "raises.py:3: table = sa.Table('t', 5)"),
        ("shop.exits:Base", "importing shop.exits failed: SystemExit: 3, at "),
    ],
)
def test_what_is_wrong_is_said(write: Callable[[str, str], None], place: str, told: str) -> None:
    write("shop/__init__.py", "")
    write("shop/models.py", MODELS)
    write("shop/empty.py", "answer = 42")
    write("shop/imports.py", "\nimport absent")
    write("shop/broken.py", "def )")
    write("shop/raises.py", "import sqlalchemy as sa\n\ntable = sa.Table('t', 5)")
    write("shop/exits.py", "import sys\nsys.exit(3)")
    if place.startswith("shop:"):
        write("shop/__init__.py", "from shop import empty, models")
    with pytest.raises(SettingsError) as error:
        load_models(place)
    assert told in str(error.value)
    assert "importlib" not in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_failing_import_keeps_its_own_error(write: Callable[[str, str], None]) -> None:
    write("fails.py", "1 / 0")
    with pytest.raises(SettingsError) as error:
        load_models("fails:Base")
    assert isinstance(error.value.__cause__, ZeroDivisionError)


def table(name: str, metadata: sa.MetaData, *items: Any, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True), *items, **options)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)


@pytest.mark.parametrize(
    "given", [Base, User, Base.metadata, User.__table__, Base.registry, lambda: Base, [Base, User]]
)
def test_models_themselves(given: Any) -> None:
    assert load_models(given).metadatas == (Base.metadata,)


def _nothing() -> list[Any]:
    return []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "No models were given."),
        ([], "No models were given."),
        (5, "models is an int, which has no metadata."),
        ([Base, object()], "models[1] is an object, which has no metadata."),
        (DeclarativeBase, "models is the class DeclarativeBase, which has no metadata."),
        (_nothing, "models returned a list, which has no metadata."),
    ],
)
def test_what_are_no_models(given: Any, told: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_models(given)
    assert told in str(error.value)
    assert error.value.exit_code == 2


def test_an_empty_metadata_is_one() -> None:
    assert load_models(sa.MetaData()).tables == ()
    assert load_models(registry()).tables == ()


def test_one_name_in_two_metadata() -> None:
    one, other = sa.MetaData(), sa.MetaData()
    table("t", one, schema="app")
    table("t", other)
    assert len(load_models((one, other)).tables) == 2
    table("t", other, schema="app")
    with pytest.raises(SettingsError) as error:
        load_models((one, other))
    assert "Two metadata have a table app.t: that of models[0], and that of models[1]." in str(error.value)


@pytest.mark.parametrize("target", ["absent.id", "t.absent"])
def test_a_foreign_key_that_leads_nowhere(target: str) -> None:
    metadata = sa.MetaData()
    table("t", metadata, sa.Column("other", sa.ForeignKey(target)))
    with pytest.raises(SettingsError) as error:
        load_models(metadata)
    assert str(error.value).startswith("A foreign key of the table t leads nowhere: NoReferenced")
    assert "metadata.py" not in str(error.value)


def test_the_order_does_not_depend_on_that_of_the_models() -> None:
    metadata = sa.MetaData()
    for name, schema in [("b", None), ("a", "z"), ("c", "y"), ("a", None)]:
        table(name, metadata, schema=schema)
    assert [one.key for one in load_models(metadata).tables] == ["a", "b", "y.c", "z.a"]


def test_views_sequences_and_types_are_told_apart() -> None:
    metadata = sa.MetaData()
    users = table("users", metadata, sa.Column("mood", sa.Enum("good", "bad", name="mood")))
    table("others", metadata, sa.Column("mood", sa.Enum("good", "bad", name="mood")))
    CreateView(sa.select(users), "seen", metadata=metadata)
    CreateView(sa.select(users), "passing", metadata=metadata, temporary=True)
    CreateTableAs(sa.select(users), "kept", metadata=metadata)
    table("scratch", metadata, prefixes=["TEMPORARY"])
    table("fast", metadata, prefixes=["UNLOGGED"])
    sa.Sequence("numbers", metadata=metadata)
    models = load_models(metadata)
    assert [one.name for one in models.tables] == ["fast", "kept", "others", "users"]
    assert [one.name for one in models.views] == ["seen"]
    assert [one.name for one in models.sequences] == ["numbers"]
    assert [one.name for one in models.types] == ["mood"]


def test_only_some_of_them() -> None:
    metadata = sa.MetaData()
    users = table("users", metadata)
    table("other", metadata, schema="app")
    CreateView(sa.select(users), "seen", metadata=metadata)
    sa.Sequence("numbers", metadata=metadata)
    models = load_models(metadata).only(lambda schema, name: schema == "app" or name in {"seen", "numbers"})
    assert [one.name for one in (*models.tables, *models.views, *models.sequences)] == ["other", "seen", "numbers"]
