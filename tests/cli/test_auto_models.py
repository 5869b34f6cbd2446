"""`auto` and the project's models: where they are found, what of them is looked at, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.modelled import HEAD, MODELS, catalog, execute, models, table
from cli.shell import SCRIPT

if TYPE_CHECKING:
    from cli.shell import Project
    from conformance.bench import Database

MAY = "sa.Column('may', sa.Integer)"
BROKEN = {
    "no module": ("", "nowhere:metadata", "there is no module nowhere"),
    "no attribute": (HEAD, "shop:metadta", "Did you mean metadata?"),
    "syntax": ("def (", "shop:metadata", "SyntaxError"),
    "import": ("import no_such_module", "shop:metadata", "no_such_module"),
    "raises": ("raise RuntimeError('boom')", "shop:metadata", "RuntimeError: boom"),
    "exits": ("raise SystemExit(0)", "shop:metadata", "SystemExit"),
    "a foreign key to nowhere": (
        HEAD + table("a", "sa.Column('b_id', sa.ForeignKey('b.id'))"),
        "shop:metadata",
        "leads nowhere",
    ),
    "no form": ("metadata", "shop", "module:attribute"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("command", ["auto", "check"])
def test_models_that_cannot_be_read_are_2_and_change_nothing(project: Project, case: str, command: str) -> None:
    text, place, words = BROKEN[case]
    (project.folder / "shop.py").write_text(text)
    done = project.run(command, "--models", place, "--json")
    assert done.status == 2
    assert words in done.error["message"] + done.error["hint"]
    assert not project.has("a")


def test_models_that_cannot_be_created_are_2_and_nothing_is_half_applied(
    everywhere: Project, database: Database
) -> None:
    models(everywhere, table("a"))
    assert everywhere.run("auto", *MODELS).status == 0
    before = catalog(database)
    broken = table("b", "sa.CheckConstraint('no such thing (')")
    models(everywhere, table("a", MAY), broken, table("c"))
    done = everywhere.run("auto", *MODELS, "--json")
    assert done.status == 2
    assert "cannot be created" in done.error["message"]
    assert "no such thing" in done.error["message"]
    assert catalog(database) == before
    models(everywhere, table("a", MAY), table("b"), table("c"))
    assert everywhere.run("auto", *MODELS).status == 0


@pytest.mark.parametrize("command", ["auto", "check"])
def test_models_that_print_do_not_spoil_the_document(everywhere: Project, command: str) -> None:
    path = models(everywhere, table("a"))
    path.write_text(f"print('hello')\n{path.read_text()}")
    done = everywhere.run(command, *MODELS, "--json")
    assert isinstance(done.json, dict)
    assert "hello" in done.err
    assert "hello" in everywhere.run(command, *MODELS).out


@pytest.mark.parametrize("program", [None, SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize("place", ["app/shop.py", "src/app/shop.py"], ids=["flat", "src"])
@pytest.mark.parametrize("below", [".", "scripts"])
def test_models_named_in_pyproject_are_found_from_the_projects_folder(
    project: Project, program: tuple[str, ...] | None, place: str, below: str
) -> None:
    models(project, table("a"), module=place)
    (project.folder / "scripts").mkdir()
    (project.folder / "pyproject.toml").write_text(
        '[tool.lockgate]\nmodels = "app.shop:metadata"\ndirectory = "migrations"\n'
    )
    where = {"program": program} if program else {}
    done = project.run("auto", cwd=project.folder / below, **where)  # type: ignore[arg-type]
    assert done.status == 0, done.err
    assert project.has("a")
    assert project.run("check", cwd=project.folder / below, **where).status == 0  # type: ignore[arg-type]


def test_a_src_that_is_a_package_is_not_looked_into(project: Project) -> None:
    models(project, table("a"), module="src/shop.py")
    (project.folder / "src" / "__init__.py").touch()
    (project.folder / "pyproject.toml").touch()
    assert project.run("auto", "--models", "src.shop:metadata").status == 0
    assert project.run("auto", "--models", "shop:metadata").status == 2


def test_the_environment_names_models_and_the_option_wins(project: Project) -> None:
    models(project, table("a"))
    models(project, table("b"), module="other.py")
    assert project.run("auto", env={"LOCKGATE_MODELS": "shop:metadata"}).status == 0
    assert (project.has("a"), project.has("b")) == (True, False)
    done = project.run("--models", "other:metadata", "auto", env={"LOCKGATE_MODELS": "shop:metadata"})
    assert done.status == 0
    assert project.has("b")


def test_several_metadata_are_followed_as_one(everywhere: Project) -> None:
    models(everywhere, table("a"))
    models(everywhere, table("b"), module="other.py")
    both = ("--models", "shop:metadata,other:metadata")
    assert everywhere.run("auto", *both).status == 0
    assert everywhere.run("check", *both).status == 0
    assert everywhere.has("a")
    assert everywhere.has("b")
    models(everywhere, table("a"), module="other.py")
    done = everywhere.run("auto", *both, "--json")
    assert done.status == 2
    assert "Two metadata have a table a" in done.error["message"]


def test_what_is_left_out_is_neither_made_nor_told(everywhere: Project, database: Database) -> None:
    execute(database, "CREATE TABLE audit_old (id INTEGER PRIMARY KEY); CREATE TABLE legacy (id INTEGER PRIMARY KEY)")
    models(everywhere, table("app_a"), table("audit_new"), table("app_b"))
    done = everywhere.run("auto", *MODELS, env={"LOCKGATE_EXCLUDE": "audit_*, legacy"})
    assert (done.status, done.out) == (0, "Changed:\n  app_a\n    table: add\n  app_b\n    table: add\n")
    assert not everywhere.has("audit_new")
    env = {"LOCKGATE_INCLUDE": "app_*", "LOCKGATE_EXCLUDE": "app_b"}
    assert everywhere.run("check", *MODELS, env=env).status == 0
    whole = everywhere.run("check", *MODELS, "--json").json["differences"]
    assert {(one["name"], one["only_in"]) for one in whole if one["kind"] == "table"} == {
        ("audit_old", "database"), ("legacy", "database"), ("audit_new", "models"),
    }  # fmt: skip
