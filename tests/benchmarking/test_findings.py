"""The benchmark's report: its slopes, its reasons and its picture, from times that are made up."""

import math
from xml.etree import ElementTree

import pytest
from benchmarks import markdown, plot
from benchmarks.reasons import UNEXPLAINED, faster, faster_by_size
from benchmarks.report import Growth, Section, Table
from benchmarks.slopes import exponent, for_each

TITLES = {"limit": "limit", "lockgate-sql": "Lockgate", "asyncpg-trek": "trek", "yoyo": "yoyo <&>"}
SAMPLES = {"limit": [1.0], "lockgate-sql": [2.0, 2.0, 9.0], "asyncpg-trek": [1.0, 1.6, 8.0], "yoyo": [3.0]}
GROWN = Growth("Apply", "migrations", {"yoyo": {10: [0.1], 100: [1.0], 1000: [10.0, 9.0, 99.0]}}, TITLES)


def table(title: str, samples: dict[str, list[float]] = SAMPLES, **more: object) -> Table:
    return Table(title, samples, TITLES, "limit", ["lockgate-sql"], **more)


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_the_exponent_of_a_power_is_found_whatever_its_factor(power: float) -> None:
    assert exponent({size: 0.003 * size**power for size in (10, 100, 1000, 10_000)}) == pytest.approx(power)


def test_each_more_is_told_apart_from_what_is_spent_once() -> None:
    assert for_each({size: 0.5 + 0.002 * size for size in (10, 100, 1000)}) == pytest.approx(0.002)


def test_one_size_has_no_slope() -> None:
    assert math.isnan(exponent({10: 1.0}))
    assert math.isnan(for_each({10: 1.0}))


@pytest.mark.parametrize(
    ("title", "words"),
    [("Apply 200", "1.25 × Lockgate: all migrations in one transaction"), ("Some other", f"Lockgate: {UNEXPLAINED}")],
)
def test_a_peer_that_is_faster_by_the_medians_is_explained_or_marked(title: str, words: str) -> None:
    said = faster(table(title))
    assert said.keys() == {"asyncpg-trek"}
    assert words in said["asyncpg-trek"]
    assert said["asyncpg-trek"] in markdown.table(table(title))


def test_a_peer_is_compared_with_what_does_the_same() -> None:
    assert not faster(table("Apply 200", against={"yoyo": ["lockgate-sql"], "knex": ["lockgate-sql"]}))


def test_the_document_names_who_is_faster_without_a_reason() -> None:
    def document(title: str) -> str:
        return markdown.document("", [Section("One", "", [table(title)])], {})

    assert "nobody has said why: Some other: trek." in document("Some other")
    assert "nobody has said why" not in document("Apply 200")


def test_a_growth_names_the_sizes_at_which_a_peer_is_faster() -> None:
    times = {"lockgate-sql": {10: [1.0], 100: [2.0], 1000: [3.0]}, "asyncpg-trek": {10: [0.5], 100: [4.0], 1000: [2.0]}}
    said = faster_by_size(Growth("Nothing to do", "migrations", times, TITLES))
    assert said.keys() == {"asyncpg-trek"}
    assert said["asyncpg-trek"].startswith("10: 2.00 × Lockgate; 1,000: 1.50 × Lockgate: it compares names")


def test_a_growth_is_shown_with_its_slopes() -> None:
    assert "| yoyo <&> | 100.0 ms | 1.00 s | 10.00 s | 1.00 | 10,000 µs |" in markdown.growth(GROWN)


def test_the_picture_has_a_mark_for_each_contestant_and_size() -> None:
    drawn = ElementTree.fromstring(plot.svg([Section("One", "", [table("Apply 200")], growths=[GROWN])]))
    marks = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert "trek: 1.60" in marks
    assert marks.count("yoyo <&>") == 3
    words = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Apply 200", "yoyo <&>", "1,000", "Apply, by migrations"} <= {
        (one or "").removeprefix("One: ") for one in words
    }


def test_a_picture_of_nothing_is_whole() -> None:
    assert ElementTree.fromstring(plot.svg([])).tag.endswith("svg")
