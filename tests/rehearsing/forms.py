"""Forms of DDL whose locks, rewrites and scans are compared between an empty scratch and tables with rows.

Each has a schema of its own, which `~` stands for. In it are `~t` (`id`, `n`, `w`, `m`, `at`, `x`), with an index `~t_n`,
and `~p` (`id`, `k`), which foreign keys refer to.
"""

from __future__ import annotations

from typing import Final, NamedTuple

ROWS: Final = 2000
TABLES: Final = (
    "CREATE TABLE ~t (id int PRIMARY KEY, n int, w varchar(20), m numeric(10, 2), at timestamp, x text DEFAULT 'x');"
    "CREATE INDEX t_n ON ~t (n);"
    "CREATE TABLE ~p (id int PRIMARY KEY, k text);"
)
FILL: Final = (
    f"INSERT INTO ~p SELECT i, i::text FROM generate_series(1, {ROWS}) i;"
    f"INSERT INTO ~t SELECT i, i, i::text, i, '2024-01-01' FROM generate_series(1, {ROWS}) i;"
)


class Form(NamedTuple):
    """One form.

    Attributes:
        sql: the statement that is looked at.
        setup: what is there besides `~t` and `~p`.
        fill: rows for that.
        outside: whether it runs outside transactions.
        since: the first version that knows it.
        note: what the page says of the setup, where the statement does not show it.
    """

    sql: str
    setup: str = ""
    fill: str = ""
    outside: bool = False
    since: int = 0
    note: str = ""


_FK: Final = "FOREIGN KEY (n) REFERENCES ~p"
_PARTED: Final = (
    "CREATE TABLE ~d (id int, at int) PARTITION BY RANGE (at);"
    "CREATE TABLE ~d1 PARTITION OF ~d FOR VALUES FROM (0) TO (10000);"
    "CREATE TABLE ~d2 (id int, at int);"
)
_PARTED_FILL: Final = (
    f"INSERT INTO ~d SELECT i, i FROM generate_series(1, {ROWS}) i;"
    f"INSERT INTO ~d2 SELECT i, i + 10000 FROM generate_series(1, {ROWS}) i;"
)
_VIEW: Final = "CREATE MATERIALIZED VIEW ~v AS SELECT id, n FROM ~t; CREATE UNIQUE INDEX v_id ON ~v (id);"
_VIEW_FILL: Final = "REFRESH MATERIALIZED VIEW ~v;"
_FUNCTION: Final = "CREATE FUNCTION ~f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
_TRIGGER: Final = f"{_FUNCTION} CREATE TRIGGER r BEFORE INSERT ON ~t FOR EACH ROW EXECUTE FUNCTION ~f();"
_MOOD: Final = "CREATE TYPE ~mood AS ENUM ('good', 'bad'); ALTER TABLE ~t ADD COLUMN mood ~mood;"
_PROVED: Final = "ALTER TABLE ~t ADD CONSTRAINT t_has CHECK (n IS NOT NULL);"

FORMS: Final = (
    Form("ALTER TABLE ~t ADD COLUMN a int"),
    Form("ALTER TABLE ~t ADD COLUMN a int NOT NULL DEFAULT 0"),
    Form("ALTER TABLE ~t ADD COLUMN a timestamptz DEFAULT now()"),
    Form("ALTER TABLE ~t ADD COLUMN a uuid DEFAULT gen_random_uuid()"),
    Form("ALTER TABLE ~t ADD COLUMN a timestamptz DEFAULT clock_timestamp()"),
    Form("ALTER TABLE ~t ADD COLUMN a bigserial"),
    Form("ALTER TABLE ~t ADD COLUMN a int GENERATED ALWAYS AS IDENTITY"),
    Form("ALTER TABLE ~t ADD COLUMN a int GENERATED ALWAYS AS (n * 2) STORED"),
    Form("ALTER TABLE ~t ADD COLUMN a int GENERATED ALWAYS AS (n * 2) VIRTUAL", since=18),
    Form("ALTER TABLE ~t ADD COLUMN a int UNIQUE"),
    Form("ALTER TABLE ~t ADD COLUMN a int REFERENCES ~p"),
    Form("ALTER TABLE ~t ADD COLUMN a int CHECK (a > 0)"),
    Form("ALTER TABLE ~t DROP COLUMN w"),
    Form("ALTER TABLE ~t RENAME COLUMN w TO word"),
    Form("ALTER TABLE ~t RENAME TO renamed"),
    Form("ALTER TABLE ~t RENAME CONSTRAINT t_pkey TO t_key"),
    Form("ALTER TABLE ~t SET SCHEMA other"),
    Form("ALTER TABLE ~t ALTER COLUMN n SET DEFAULT 1"),
    Form("ALTER TABLE ~t ALTER COLUMN x DROP DEFAULT"),
    Form("ALTER TABLE ~t ALTER COLUMN n SET NOT NULL"),
    Form("ALTER TABLE ~t ALTER COLUMN n SET NOT NULL", setup=_PROVED, note="with CHECK (n IS NOT NULL)"),
    Form("ALTER TABLE ~t ADD CONSTRAINT t_has NOT NULL n NOT VALID", since=18),
    Form(
        "ALTER TABLE ~t VALIDATE CONSTRAINT t_has",
        setup="ALTER TABLE ~t ADD CONSTRAINT t_has NOT NULL n NOT VALID;",
        since=18,
        note="of NOT NULL",
    ),
    Form("ALTER TABLE ~t ALTER COLUMN n DROP NOT NULL", setup="ALTER TABLE ~t ALTER COLUMN n SET NOT NULL;"),
    Form("ALTER TABLE ~t ALTER COLUMN n TYPE bigint"),
    Form("ALTER TABLE ~t ALTER COLUMN w TYPE varchar(40)"),
    Form("ALTER TABLE ~t ALTER COLUMN w TYPE varchar(10)"),
    Form("ALTER TABLE ~t ALTER COLUMN w TYPE text"),
    Form("ALTER TABLE ~t ALTER COLUMN w TYPE text", setup="CREATE INDEX t_w ON ~t (w);", note="with an index on w"),
    Form("ALTER TABLE ~t ALTER COLUMN m TYPE numeric(12, 2)"),
    Form("ALTER TABLE ~t ALTER COLUMN m TYPE numeric(12, 3)"),
    Form("ALTER TABLE ~t ALTER COLUMN at TYPE timestamptz"),
    Form("ALTER TABLE ~t ALTER COLUMN x TYPE int USING length(x)", setup="ALTER TABLE ~t ALTER x DROP DEFAULT;"),
    Form(
        "ALTER TABLE ~t ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY", setup="ALTER TABLE ~t ALTER n SET NOT NULL;"
    ),
    Form(
        "ALTER TABLE ~t ALTER COLUMN a DROP EXPRESSION",
        setup="ALTER TABLE ~t ADD COLUMN a int GENERATED ALWAYS AS (n * 2) STORED;",
    ),
    Form(
        "ALTER TABLE ~t ALTER COLUMN a SET EXPRESSION AS (n * 3)",
        setup="ALTER TABLE ~t ADD COLUMN a int GENERATED ALWAYS AS (n * 2) STORED;",
        since=17,
    ),
    Form("ALTER TABLE ~t ALTER COLUMN n SET STATISTICS 500"),
    Form("ALTER TABLE ~t ALTER COLUMN x SET STORAGE EXTERNAL"),
    Form("ALTER TABLE ~t ALTER COLUMN x SET COMPRESSION pglz"),
    Form("ALTER TABLE ~t ADD CONSTRAINT c CHECK (n > 0)"),
    Form("ALTER TABLE ~t ADD CONSTRAINT c CHECK (n > 0) NOT VALID"),
    Form("ALTER TABLE ~t ADD CONSTRAINT c CHECK (n > 0) NOT ENFORCED", since=18),
    Form("ALTER TABLE ~t VALIDATE CONSTRAINT c", setup="ALTER TABLE ~t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;"),
    Form(f"ALTER TABLE ~t ADD CONSTRAINT c {_FK}"),
    Form(f"ALTER TABLE ~t ADD CONSTRAINT c {_FK} NOT VALID"),
    Form(f"ALTER TABLE ~t ADD CONSTRAINT c {_FK} NOT ENFORCED", since=18),
    Form(
        "ALTER TABLE ~t VALIDATE CONSTRAINT c",
        setup=f"ALTER TABLE ~t ADD CONSTRAINT c {_FK} NOT VALID;",
        note="of a foreign key",
    ),
    Form(
        "ALTER TABLE ~t ALTER CONSTRAINT c DEFERRABLE",
        setup=f"ALTER TABLE ~t ADD CONSTRAINT c {_FK};",
    ),
    Form(
        "ALTER TABLE ~t ALTER CONSTRAINT c ENFORCED",
        setup=f"ALTER TABLE ~t ADD CONSTRAINT c {_FK} NOT ENFORCED;",
        since=18,
    ),
    Form("ALTER TABLE ~t DROP CONSTRAINT c", setup=f"ALTER TABLE ~t ADD CONSTRAINT c {_FK};", note="of a foreign key"),
    Form("ALTER TABLE ~t ADD CONSTRAINT c UNIQUE (n)"),
    Form("ALTER TABLE ~t ADD CONSTRAINT c UNIQUE USING INDEX t_u", setup="CREATE UNIQUE INDEX t_u ON ~t (n);"),
    Form("ALTER TABLE ~t ADD PRIMARY KEY (n)", setup="ALTER TABLE ~t DROP CONSTRAINT t_pkey;"),
    Form(
        "ALTER TABLE ~t ADD PRIMARY KEY USING INDEX t_u",
        setup="ALTER TABLE ~t DROP CONSTRAINT t_pkey, ALTER n SET NOT NULL; CREATE UNIQUE INDEX t_u ON ~t (n);",
    ),
    Form("ALTER TABLE ~t ADD CONSTRAINT c EXCLUDE USING btree (n WITH =)"),
    Form("ALTER TABLE ~t SET UNLOGGED"),
    Form("ALTER TABLE ~t SET LOGGED", setup="ALTER TABLE ~t SET UNLOGGED;"),
    Form("ALTER TABLE ~t SET TABLESPACE pg_default"),
    Form("ALTER TABLE ~t SET ACCESS METHOD heap"),
    Form("ALTER TABLE ~t SET (fillfactor = 70)"),
    Form("ALTER TABLE ~t SET (autovacuum_enabled = off)"),
    Form("ALTER TABLE ~t CLUSTER ON t_pkey"),
    Form("ALTER TABLE ~t REPLICA IDENTITY FULL"),
    Form("ALTER TABLE ~t OWNER TO CURRENT_USER"),
    Form("ALTER TABLE ~t INHERIT ~p2", setup="CREATE TABLE ~p2 (n int);"),
    Form("ALTER TABLE ~t ENABLE ROW LEVEL SECURITY"),
    Form("CREATE POLICY seen ON ~t USING (n > 0)"),
    Form("ALTER TABLE ~t DISABLE TRIGGER r", setup=_TRIGGER),
    Form("CREATE TRIGGER r BEFORE INSERT ON ~t FOR EACH ROW EXECUTE FUNCTION ~f()", setup=_FUNCTION),
    Form("DROP TRIGGER r ON ~t", setup=_TRIGGER),
    Form("CREATE RULE q AS ON DELETE TO ~t DO INSTEAD NOTHING"),
    Form("CREATE INDEX t_w ON ~t (w)"),
    Form("CREATE UNIQUE INDEX t_w ON ~t (w)"),
    Form("CREATE INDEX CONCURRENTLY t_w ON ~t (w)", outside=True),
    Form("DROP INDEX ~t_n"),
    Form("DROP INDEX CONCURRENTLY ~t_n", outside=True),
    Form("ALTER INDEX ~t_n RENAME TO t_m"),
    Form("ALTER INDEX ~t_n SET (fillfactor = 70)"),
    Form("REINDEX INDEX ~t_n"),
    Form("REINDEX TABLE ~t"),
    Form("REINDEX TABLE CONCURRENTLY ~t", outside=True),
    Form("REINDEX INDEX CONCURRENTLY ~t_n", outside=True),
    Form("CREATE STATISTICS ~s ON n, w FROM ~t"),
    Form("ANALYZE ~t"),
    Form("VACUUM ~t", outside=True),
    Form("VACUUM FULL ~t", outside=True),
    Form("CLUSTER ~t USING t_n"),
    Form("TRUNCATE ~t"),
    Form("DROP TABLE ~t"),
    Form("DROP TABLE ~t", setup=f"ALTER TABLE ~t ADD CONSTRAINT c {_FK};", note="with a foreign key"),
    Form("CREATE TABLE ~n (id int REFERENCES ~p)"),
    Form("CREATE TABLE ~n (LIKE ~t INCLUDING ALL)"),
    Form("CREATE TABLE ~n AS SELECT * FROM ~t"),
    Form("CREATE VIEW ~n AS SELECT id FROM ~t"),
    Form("COMMENT ON TABLE ~t IS 'words'"),
    Form("COMMENT ON COLUMN ~t.n IS 'words'"),
    Form("GRANT SELECT ON ~t TO PUBLIC", since=18),  # before that, it locks nothing
    Form("CREATE PUBLICATION lockgate_form FOR TABLE ~t"),
    Form("ALTER TYPE ~mood ADD VALUE 'fair'", setup=_MOOD),
    Form("ALTER TYPE ~mood RENAME VALUE 'bad' TO 'poor'", setup=_MOOD),
    Form(
        "ALTER DOMAIN ~positive ADD CHECK (VALUE > 0)",
        setup="CREATE DOMAIN ~positive AS int; ALTER TABLE ~t ADD COLUMN a ~positive;",
    ),
    Form("CREATE TABLE ~d3 PARTITION OF ~d FOR VALUES FROM (20000) TO (30000)", _PARTED, _PARTED_FILL),
    Form(
        "CREATE TABLE ~d3 PARTITION OF ~d FOR VALUES FROM (20000) TO (30000)",
        setup=f"{_PARTED} CREATE TABLE ~rest PARTITION OF ~d DEFAULT;",
        fill=f"{_PARTED_FILL} INSERT INTO ~d SELECT i, i + 50000 FROM generate_series(1, {ROWS}) i;",
        note="with a default partition",
    ),
    Form("ALTER TABLE ~d ATTACH PARTITION ~d2 FOR VALUES FROM (10000) TO (20000)", _PARTED, _PARTED_FILL),
    Form(
        "ALTER TABLE ~d ATTACH PARTITION ~d2 FOR VALUES FROM (10000) TO (20000)",
        setup=f"{_PARTED} ALTER TABLE ~d2 ADD CHECK (at IS NOT NULL AND at >= 10000 AND at < 20000);",
        fill=_PARTED_FILL,
        note="with a CHECK that proves it",
    ),
    Form("ALTER TABLE ~d DETACH PARTITION ~d1", _PARTED, _PARTED_FILL),
    Form("ALTER TABLE ~d DETACH PARTITION ~d1 CONCURRENTLY", _PARTED, _PARTED_FILL, outside=True),
    Form("ALTER TABLE ~d ADD COLUMN a int", _PARTED, _PARTED_FILL, note="partitioned"),
    Form("ALTER TABLE ~d ALTER COLUMN id SET NOT NULL", _PARTED, _PARTED_FILL, note="partitioned"),
    Form("CREATE INDEX d_at ON ~d (at)", _PARTED, _PARTED_FILL, note="partitioned"),
    Form("CREATE INDEX d_at ON ONLY ~d (at)", _PARTED, _PARTED_FILL, note="partitioned"),
    Form("CREATE MATERIALIZED VIEW ~v AS SELECT id FROM ~t"),
    Form("REFRESH MATERIALIZED VIEW ~v", _VIEW, _VIEW_FILL),
    Form("REFRESH MATERIALIZED VIEW CONCURRENTLY ~v", _VIEW, _VIEW_FILL),
    Form("LOCK TABLE ~t IN SHARE ROW EXCLUSIVE MODE"),
    Form("UPDATE ~t SET n = n + 1"),
    Form("DELETE FROM ~t WHERE w = 'gone'"),
)
