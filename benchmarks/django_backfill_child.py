"""Fills a table as an ORM's loop does: `python -m benchmarks.django_backfill_child URL ROWS`, in Django's environment.

It prints the seconds, and the process's peak memory in bytes, as JSON.
"""

# ruff: noqa: PLC0415 - models are defined once Django is set up

from __future__ import annotations

import json
import resource
import sys
import time
from urllib.parse import urlsplit

_BATCH = 1_000  # more makes it slower


def _set_up(url: str) -> None:
    import django
    from django.conf import settings

    parts = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "HOST": parts.hostname,
        "PORT": parts.port,
        "USER": parts.username,
        "PASSWORD": parts.password or "",
    }
    settings.configure(DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
    django.setup()


def _main(url: str, rows: int) -> None:
    _set_up(url)
    from django.db import connection, models

    class Item(models.Model):
        a = models.IntegerField()
        b = models.IntegerField(null=True)

        class Meta:
            app_label = "benchmarks"
            db_table = "items"

    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS items; CREATE TABLE items (id BIGINT PRIMARY KEY, a INTEGER NOT NULL, b INTEGER)"
        )
        cursor.execute("INSERT INTO items SELECT i, i %% 1000 FROM generate_series(1, %s) i", [rows])
        cursor.execute("ANALYZE items")
    started = time.perf_counter()
    last = 0
    while batch := list(Item.objects.filter(id__gt=last).order_by("id")[:_BATCH]):
        for item in batch:
            item.b = item.a * 2
        Item.objects.bulk_update(batch, ["b"])
        last = batch[-1].id
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
