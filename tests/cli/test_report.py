"""`lockgate report` as it is typed: what it writes and where, and that it leaves the database alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.shell import Project


def test_it_writes_both_and_says_so(on_each: Project) -> None:
    on_each.tables(2)
    on_each.run("up", "--steps", "1")
    done = on_each.run("report", env={"ENV": "test"})
    assert done.status == 0, done.err
    headline, *wrote = done.out.splitlines()
    assert headline.startswith("1 migration is pending; ")
    assert wrote == ["Wrote lockgate-report.html", "Wrote lockgate-report.md"]
    page = (on_each.folder / "lockgate-report.html").read_text(encoding="utf-8")
    text = (on_each.folder / "lockgate-report.md").read_text(encoding="utf-8")
    assert "002_t2.sql" in page
    assert "`002_t2.sql`" in text
    assert "001_t1.sql" not in page
    assert on_each.recorded == ["001_t1.sql"]
    assert not on_each.has("t2")


def test_only_what_is_named_is_written_and_the_gate_does_not_matter(project: Project) -> None:
    project.tables(3)
    closed = {"ENV": "production"}
    text = project.run("report", "--markdown", "-", "--steps", "2", env=closed)
    assert (text.status, text.out.splitlines()[0][:40]) == (0, "### Lockgate: 2 migrations are pending; ")
    assert "003_t3.sql" not in text.out
    said = project.run("report", "--json", "--html", "page.html", "--to", "1", env=closed).json
    assert said == {
        "headline": "1 migration is pending; nobody else can write to the database while it runs.",
        "migrations": ["001_t1.sql"],
        "html": "page.html",
        "markdown": None,
    }
    assert not project.has("t1")
    assert sorted(path.name for path in project.folder.glob("*.[hm]*")) == ["page.html"]


def test_nothing_pending_is_no_failure(project: Project) -> None:
    done = project.run("report")
    assert (done.status, done.out.splitlines()[0]) == (0, "Nothing is pending.")
    assert "Nothing is pending." in (project.folder / "lockgate-report.html").read_text(encoding="utf-8")
    refused = project.run("report", "--html", "missing/page.html")
    assert (refused.status, refused.err.splitlines()[-1]) == (
        2,
        "Error: missing/page.html cannot be written: No such file or directory.",
    )


def test_where_nothing_can_be_told_both_say_why(project: Project) -> None:
    project.tables(1)
    project.file("002_wrong.sql", "CREATE TABLE a (id INTEGER);\nINSERT INTO <nowhere> VALUES (1);\n")
    done = project.run("report")
    assert done.status == 1, done.out
    page, text = ((project.folder / f"lockgate-report.{end}").read_text(encoding="utf-8") for end in ("html", "md"))
    assert "<h1>002_wrong.sql fails, and what is pending does not run.</h1>" in page
    assert "INSERT INTO &lt;nowhere&gt; VALUES (1)" in page
    assert text.startswith("### Lockgate: 002\\_wrong.sql fails, and what is pending does not run.\n\n```text\n")
    assert "Nothing was sent to the target." in text
    assert project.run("report", "--markdown", "-").out == text
    project.file("002_wrong.sql", "SELECT 1;\n")
    project.run("up")
    project.file("002_wrong.sql", "SELECT 2;\n")
    assert project.run("report").status == 4
    assert "002_wrong.sql was edited" in (project.folder / "lockgate-report.md").read_text(encoding="utf-8")
