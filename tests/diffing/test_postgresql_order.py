"""What a change has to wait for, or to spare, on PostgreSQL."""

from __future__ import annotations

from lockgate.diffing.differ import diff
from lockgate.diffing.postgresql import statements
from lockgate.nouns.schema import Column, Constraint, ConstraintKind, Enumeration, Index, Name, Schema, Sequence, Table

USERS, POSTS, NUMBERS = Name("public", "users"), Name("public", "posts"), Name("public", "posts_id_seq")
OPTIONS = "AS integer START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 CACHE 1 NO CYCLE"


def numbered(column: str, *others: Column) -> Schema:
    """A table whose column has the sequence."""
    serial = Column(column, "integer", nullable=False, default="nextval('public.posts_id_seq'::regclass)")
    return Schema(
        tables={POSTS: Table(POSTS, (serial, *others))},
        sequences={NUMBERS: Sequence(NUMBERS, OPTIONS, (POSTS, column))},
    )


def texts(have: Schema, want: Schema) -> list[str]:
    return [one.text for one in statements(diff(have, want), have, want)]


def test_a_sequence_outlives_the_column_that_it_is_taken_from() -> None:
    assert texts(numbered("no"), numbered("id")) == [
        "ALTER SEQUENCE public.posts_id_seq OWNED BY NONE",
        "ALTER TABLE public.posts DROP COLUMN no",
        "ALTER TABLE public.posts ADD COLUMN id integer DEFAULT nextval('public.posts_id_seq'::regclass) NOT NULL",
        "ALTER SEQUENCE public.posts_id_seq OWNED BY public.posts.id",
    ]


def test_a_sequence_that_only_changes_hands_keeps_its_options() -> None:
    other = Column("other", "integer")
    have = numbered("id", other)
    moved = Schema(tables=have.tables, sequences={NUMBERS: Sequence(NUMBERS, OPTIONS, (POSTS, "other"))})
    assert texts(have, moved) == ["ALTER SEQUENCE public.posts_id_seq OWNED BY public.posts.other"]


def referring(key: str, type_: str, comment: str | None = None) -> Schema:
    """Two tables, with a foreign key of that name to a column of that type."""
    target = Constraint("users_key", ConstraintKind.UNIQUE, "UNIQUE (id)", ("id",))
    definition = "FOREIGN KEY (author) REFERENCES public.users(id)"
    foreign = Constraint(key, ConstraintKind.FOREIGN, definition, ("author",), USERS, ("id",), comment)
    return Schema(
        tables={
            USERS: Table(USERS, (Column("id", type_),), (target,)),
            POSTS: Table(POSTS, (Column("author", "bigint"),), (foreign,)),
        }
    )


def test_a_foreign_key_that_is_put_aside_comes_back_with_its_other_name() -> None:
    assert texts(referring("of_old", "bigint"), referring("author", "integer")) == [
        "ALTER TABLE public.posts DROP CONSTRAINT of_old",
        "ALTER TABLE public.users ALTER COLUMN id TYPE integer",
        "ALTER TABLE public.posts ADD CONSTRAINT author FOREIGN KEY (author) REFERENCES public.users(id)",
    ]


def test_a_foreign_key_that_is_put_aside_comes_back_with_its_other_comment() -> None:
    said = texts(referring("author", "bigint", "before"), referring("author", "integer", "after"))
    assert said == [
        "ALTER TABLE public.posts DROP CONSTRAINT author",
        "ALTER TABLE public.users ALTER COLUMN id TYPE integer",
        "ALTER TABLE public.posts ADD CONSTRAINT author FOREIGN KEY (author) REFERENCES public.users(id)",
        "COMMENT ON CONSTRAINT author ON public.posts IS 'after'",
    ]


def indexed(index: str, check: str, labels: tuple[str, ...]) -> Schema:
    """A table with an enum column that a partial index and a check name."""
    mood = Name("public", "mood")
    named = "(mood = 'glad'::public.mood)"
    return Schema(
        tables={
            POSTS: Table(
                POSTS,
                (Column("mood", "public.mood"),),
                (Constraint(check, ConstraintKind.CHECK, f"CHECK ({named})", ("mood",)),),
                (Index(index, f"USING btree (mood) WHERE {named}", columns=("mood",)),),
            )
        },
        enums={mood: Enumeration(mood, labels)},
    )


def test_what_names_a_type_that_is_made_anew_comes_back_with_its_other_name() -> None:
    said = texts(indexed("ix_old", "ck_old", ("glad", "sad")), indexed("ix", "ck", ("glad",)))
    assert said[:2] == ["ALTER TABLE public.posts DROP CONSTRAINT ck_old", "DROP INDEX public.ix_old"]
    assert said[-3:] == [
        "CREATE INDEX ix ON public.posts USING btree (mood) WHERE (mood = 'glad'::public.mood)",
        "ALTER TABLE public.posts ADD CONSTRAINT ck CHECK ((mood = 'glad'::public.mood))",
        "DROP TYPE public.mood__old",
    ]
    assert not [text for text in said if " RENAME CONSTRAINT " in text or text.startswith("ALTER INDEX")]


def counted(named: str = "") -> Schema:
    """A table whose identity has a sequence of that name, or of the server's."""
    identity = f"ALWAYS AS IDENTITY ({named}{OPTIONS.removeprefix('AS integer ')})"
    return Schema(tables={POSTS: Table(POSTS, (Column("id", "integer", nullable=False, identity=identity),))})


def test_the_sequence_of_an_identity_takes_the_name_that_is_wanted() -> None:
    """After its table was renamed; nothing else is altered."""
    have, want = counted('SEQUENCE NAME public."Old ids" '), counted()
    assert texts(have, want) == ['ALTER SEQUENCE public."Old ids" RENAME TO posts_id_seq']
    assert texts(want, have) == ['ALTER SEQUENCE public.posts_id_seq RENAME TO "Old ids"']
