"""The events that every engine reads: seeded, generated once, cached by size.

Rows are sessions of a few events around one start. A session belongs to one customer by a quadratic
law, so that the most active customer has about a thousandth of all events at 50 million rows. A
customer comes at some moment of the year and stays for a span of their own; visits thin out with
time. The order of the rows is that of a hash: neither of time nor of customers.

Files are as DuckDB writes Parquet by default: snappy, row groups of 122,880 rows.
"""

import pathlib
import sys

import duckdb

SEED = 20250101
DAY = 86_400_000  # milliseconds
YEAR = 365 * DAY
TAIL = 90 * 60_000  # no session starts so late that it would leave the year
HEAVY_ROWS = 1_000_000
# The ids of customers: serial numbers, numbers anywhere in 63 bits, or UUIDs as text.
IDS = {
    "shuffled": "customer_id",
    "scattered": f"(hash(customer_id, {SEED + 11}) >> 1)::BIGINT",
    "text": "md5(customer_id::VARCHAR)::UUID::VARCHAR",
}


def unit(key: str, salt: int) -> str:
    """SQL of a number in [0, 1) that depends on `key` alone."""
    return f"(hash({key}, {SEED + salt}) % 1000000007 / 1000000007.0)"


def events_sql(rows: int, ids: str) -> str:
    """The query that makes the events of customers with these ids."""
    customers, sessions = max(rows // 50, 1), max(rows // 5, 1)
    return f"""
        WITH drawn AS (
            SELECT i, hash(i, {SEED}) % {sessions} AS session FROM range({rows}) AS r (i)
        ), visits AS (
            SELECT i, session,
                floor(pow({unit("session", 1)}, 2) * {customers})::BIGINT AS customer_id
            FROM drawn
        ), lives AS (
            SELECT *, pow({unit("customer_id", 2)}, 1.5) * {YEAR - TAIL} AS birth,
                {20 * DAY} + {unit("customer_id", 3)} * {YEAR} AS life
            FROM visits
        ), timed AS (
            SELECT *, birth + pow({unit("session", 4)}, 1.5) * least(life, {YEAR - TAIL} - birth)
                + pow({unit("i", 5)}, 2) * {60 * 60_000} AS ms
            FROM lives
        )
        SELECT {ids} AS customer_id,
            make_timestamp({epoch_us()} + ms::BIGINT * 1000) AS "at",
            floor(pow({unit("i", 6)}, 3) * 20)::SMALLINT AS kind,
            'segment ' || hash(customer_id, {SEED + 7}) % 24 AS segment,
            (hash(i, {SEED + 8}) % 20000)::DOUBLE / 100 AS amount
        FROM timed"""


def heavy_sql() -> str:
    """One customer with a million events at 300,000 whole seconds: most of them are ties."""
    return f"""
        SELECT 1::BIGINT AS customer_id,
            make_timestamp({epoch_us()} + floor({unit("i", 9)} * 300000)::BIGINT * 1000000) AS "at",
            (hash(i, {SEED + 10}) % 5)::SMALLINT AS kind
        FROM range({HEAVY_ROWS}) AS r (i)"""


def epoch_us() -> int:
    """Microseconds of the first moment of the data, 2025-01-01."""
    return 1_735_689_600_000_000


def make(cache: pathlib.Path, rows: int, threads: int, name: str) -> pathlib.Path:
    """The folder of a data set, with one `events.parquet`, generated if it is not there."""
    folder = cache / (f"heavy-{HEAVY_ROWS}" if name == "heavy" else f"events-{rows}/{name}")
    con = duckdb.connect()
    con.execute(f"SET threads = {threads}")
    con.execute(f"SET temp_directory = '{cache / 'spill'}'")
    if name == "heavy":
        query = heavy_sql()
    elif name == "sorted":
        shuffled = make(cache, rows, threads, "shuffled") / "events.parquet"
        query = f"""SELECT * FROM '{shuffled}' ORDER BY customer_id, "at", kind"""
    else:
        query = events_sql(rows, IDS[name])
    copy(con, query, folder / "events.parquet")
    con.close()
    return folder


def copy(con: duckdb.DuckDBPyConnection, query: str, path: pathlib.Path) -> None:
    """Writes a query to a Parquet file, whole or not at all."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    con.execute(f"COPY ({query}) TO '{part}' (FORMAT parquet)")
    part.rename(path)


def main() -> None:
    """`data.py CACHE ROWS THREADS NAME…` makes data sets and prints their folders."""
    cache, rows, threads, *names = sys.argv[1:]
    for name in names:
        folder = make(pathlib.Path(cache), int(rows), int(threads), name)
        print(name, folder, sep="\t")


if __name__ == "__main__":
    main()
