"""SQL files, read as the database's own client reads them: statements, transactions, sections, positions."""

from lockgate.nouns.flavours import Flavour
from lockgate.sql.blocks import Step, steps
from lockgate.sql.positions import Place, excerpt, place
from lockgate.sql.sections import Section, Sections, sections
from lockgate.sql.statements import Statement, split
from lockgate.sql.transactions import Shape, shape

__all__ = [
    "Flavour",
    "Place",
    "Section",
    "Sections",
    "Shape",
    "Statement",
    "Step",
    "excerpt",
    "place",
    "sections",
    "shape",
    "split",
    "steps",
]
