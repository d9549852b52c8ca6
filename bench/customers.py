"""Metrics of distinct customers beside DuckDB's grouping, over the same Parquet file.

    python bench/customers.py path/to/tenure [rows in millions]

needs `pip install duckdb` and a release build. Each question is asked of both in turn, several
times; medians and their ratio are printed. Tenure is timed as a whole process, DuckDB from within.
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

RUNS = 5

# A name, Tenure's query, and the same question of DuckDB, over `events`.
QUESTIONS = [
    (
        "retention_rate",
        "SELECT retention_rate(customer_id, day < 180, day >= 180) FROM {t}",
        "SELECT 100.0 * count(*) FILTER (WHERE a AND b) / count(*) FILTER (WHERE a) FROM (SELECT "
        "bool_or(day < 180) AS a, bool_or(day >= 180) AS b FROM {t} GROUP BY customer_id)",
    ),
    (
        "conversion_rate",
        "SELECT conversion_rate(customer_id, kind = 3) FROM {t}",
        "SELECT 100.0 * count(DISTINCT customer_id) FILTER (WHERE kind = 3) "
        "/ count(DISTINCT customer_id) FROM {t}",
    ),
    (
        "purchase_frequency",
        "SELECT purchase_frequency(customer_id) FROM {t}",
        "SELECT count(*) / count(DISTINCT customer_id) FROM {t}",
    ),
    (
        "revenue_per_customer",
        "SELECT revenue_per_customer(customer_id, amount) FROM {t}",
        "SELECT sum(amount) / count(DISTINCT customer_id) FROM {t}",
    ),
    (
        "conversion_rate by segment",
        "SELECT segment, conversion_rate(customer_id, kind = 3) FROM {t} GROUP BY segment",
        "SELECT segment, 100.0 * count(DISTINCT customer_id) FILTER (WHERE kind = 3) "
        "/ count(DISTINCT customer_id) FROM {t} GROUP BY segment",
    ),
    (
        "repeat_purchase_rate",
        "SELECT repeat_purchase_rate(customer_id) FROM {t}",
        "SELECT 100.0 * count(*) FILTER (WHERE n > 1) / count(*) "
        "FROM (SELECT count(*) AS n FROM {t} GROUP BY customer_id)",
    ),
    (
        "purchase_frequency, scattered ids",
        "SELECT purchase_frequency(scattered_id) FROM {t}",
        "SELECT count(*) / count(DISTINCT scattered_id) FROM {t}",
    ),
    (
        "retention_rate, scattered ids",
        "SELECT retention_rate(scattered_id, day < 180, day >= 180) FROM {t}",
        "SELECT 100.0 * count(*) FILTER (WHERE a AND b) / count(*) FILTER (WHERE a) FROM (SELECT "
        "bool_or(day < 180) AS a, bool_or(day >= 180) AS b FROM {t} GROUP BY scattered_id)",
    ),
]


def events(folder: pathlib.Path, millions: int) -> pathlib.Path:
    """Events of about a twentieth as many customers as rows, some of whom are far more active."""
    path = folder / "events.parquet"
    duckdb.sql(
        f"COPY (SELECT *, CAST(hash(customer_id) // 2 AS BIGINT) AS scattered_id FROM"
        f" (SELECT CAST(floor(pow(hash(i * 7) % 1000000007 / 1000000007.0, 2)"
        f" * {millions * 50_000}) AS BIGINT) AS customer_id, CAST(hash(i * 3) % 365 AS INTEGER) AS day,"
        " CAST(hash(i * 5) % 20 AS TINYINT) AS kind, 'segment ' || hash(i * 11) % 24 AS segment,"
        " CAST(hash(i * 13) % 20000 AS DOUBLE) / 100 AS amount"
        f" FROM range({millions * 1_000_000}) AS r (i))) TO '{path}' (FORMAT parquet)"
    )
    return path


def main() -> None:
    tenure = sys.argv[1]
    millions = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with tempfile.TemporaryDirectory() as folder:
        path = events(pathlib.Path(folder), millions)
        duckdb.sql("SET threads = 2")
        for name, ours, theirs in QUESTIONS:
            times = {"tenure": [], "duckdb": []}
            for _ in range(RUNS):
                start = time.perf_counter()
                command = [tenure, "sql", ours.format(t="events"), "--lake", folder]
                subprocess.run(command, check=True, capture_output=True)
                times["tenure"].append(time.perf_counter() - start)
                start = time.perf_counter()
                duckdb.sql(theirs.format(t=f"'{path}'")).fetchall()
                times["duckdb"].append(time.perf_counter() - start)
            ours_median = statistics.median(times["tenure"])
            theirs_median = statistics.median(times["duckdb"])
            print(
                f"{name:>34}  tenure {ours_median:.2f} s  duckdb {theirs_median:.2f} s  "
                f"ratio {ours_median / theirs_median:.2f}"
            )


if __name__ == "__main__":
    main()
