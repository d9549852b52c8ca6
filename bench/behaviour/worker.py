"""One query in one engine, as a process of its own: `worker.py ENGINE FILE THREADS REPEATS`.

The query comes on standard input; the last answer and the seconds of every execution go to standard
output as JSON. Nothing but the engine asked for is imported. Without a query it only imports.
"""

import json
import os
import sys
import time
from collections.abc import Callable

Rows = list[list[object]]
CLICKHOUSE_COLUMNS = (
    "customer_id {ids}, at DateTime64(6, ''UTC''), kind UInt8, "
    "segment LowCardinality(String), amount Float64"
)


def folder_of(path: str) -> str:
    """The folder of a file, which is the name of its data set."""
    return os.path.basename(os.path.dirname(path))


def clickhouse(path: str, threads: int) -> Callable[[str], Rows]:
    """ClickHouse in this process. Declared columns spare it nullable ones, which are slower."""
    import chdb

    settings = f"SETTINGS max_threads = {threads}, session_timezone = 'UTC'"
    columns = CLICKHOUSE_COLUMNS.format(ids="String" if folder_of(path) == "text" else "Int64")
    table = f"file('{path}', Parquet, '{columns}')"

    def run(query: str) -> Rows:
        answer = chdb.query(f"{query.replace('{events}', table)} {settings}", "JSONCompact")
        return json.loads(str(answer))["data"]

    return run


def duckdb(path: str, threads: int) -> Callable[[str], Rows]:
    """DuckDB in this process."""
    import duckdb

    connection = duckdb.connect(config={"threads": threads})
    table = f"read_parquet('{path}')"

    def run(query: str) -> Rows:
        return [list(r) for r in connection.execute(query.replace("{events}", table)).fetchall()]

    return run


def datafusion(path: str, threads: int) -> Callable[[str], Rows]:
    """DataFusion in this process."""
    os.environ["TOKIO_WORKER_THREADS"] = str(threads)
    from datafusion import SessionConfig, SessionContext

    context = SessionContext(SessionConfig().with_target_partitions(threads))
    context.register_parquet("events", path)

    def run(query: str) -> Rows:
        table = context.sql(query.replace("{events}", "events")).to_arrow_table()
        return [list(row) for row in zip(*(column.to_pylist() for column in table.columns))]

    return run


def polars(path: str, threads: int) -> Callable[[str], Rows]:
    """Polars' streaming engine; the query is the name of a function in `frames`."""
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import frames
    import polars

    def run(query: str) -> Rows:
        frame = getattr(frames, query)(polars.scan_parquet(path))
        return [list(row) for row in frame.collect(engine="streaming").rows()]

    return run


ENGINES = {"ClickHouse": clickhouse, "DuckDB": duckdb, "DataFusion": datafusion, "Polars": polars}


def main() -> None:
    """Imports, runs the query as often as asked, prints."""
    engine, path, threads, repeats = sys.argv[1:]
    query = sys.stdin.read()
    run = ENGINES[engine](path, int(threads))
    seconds, rows = [], []
    for _ in range(int(repeats)):
        start = time.perf_counter()
        rows = run(query)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "rows": rows}, default=str))


if __name__ == "__main__":
    main()
