"""The peers' SQL. `{events}` is the table; each text is (engine, formulation, query).

`at` is a reserved word of DuckDB 2.0 in some places, hence its quotes. ClickHouse reads `at` as
`DateTime64(6)`, which `windowFunnel` does not take, and a column declared as an integer would be
cut to seconds: its bits are reinterpreted instead.
"""

LATER = "TIMESTAMP '2025-06-30'"
CH_LATER = "toDateTime64('2025-06-30', 6, 'UTC')"
US_DAY = 86_400_000_000
US_GAP = 1_800_000_000
EPOCH = 1_735_689_600_000_000
SPAN = 1 << 46  # microseconds: more than the data spans, so that customers are further apart

SCAN_TENURE = {
    "customer_id": "bit_xor(customer_id)",
    "at": "bit_xor(CAST(at AS BIGINT))",
    "kind": "bit_xor(kind)",
    "segment": "bit_xor(octet_length(segment))",
}
SCAN_DUCKDB = {
    "customer_id": "bit_xor(customer_id)",
    "at": 'bit_xor(epoch_us("at"))',
    "kind": "bit_xor(kind)",
    "segment": "bit_xor(strlen(segment))",
}

SCAN_TEXT_TENURE = {"customer_id": "bit_xor(octet_length(customer_id))"}
SCAN_TEXT_DUCKDB = {"customer_id": "bit_xor(strlen(customer_id))"}


def rate(engine: str, key: str = "") -> str:
    """Retention rate by two levels of grouping: per customer, then in all or by `key`."""
    at = '"at"' if engine == "DuckDB" else "at"
    where = "" if engine == "DuckDB" else "WHERE "
    columns = f"{key}, " if key else ""
    tail = f" GROUP BY {key} ORDER BY {key}" if key else ""
    return f"""
        SELECT {columns}100.0 * count(*) FILTER ({where}before AND after)
            / count(*) FILTER ({where}before)
        FROM (SELECT {columns}bool_or({at} < {LATER}) AS before, bool_or({at} >= {LATER}) AS after
            FROM {{events}} GROUP BY {columns}customer_id){tail}"""


def rate_ranges(key: str = "") -> str:
    """The same in DuckDB by the first and the last event of each customer."""
    one, two = f"bool_or(\"at\" < {LATER})", f"bool_or(\"at\" >= {LATER})"
    return rate("DuckDB", key).replace(one, f'min("at") < {LATER}').replace(
        two, f'max("at") >= {LATER}'
    )


def rate_clickhouse(key: str = "") -> str:
    """`retention` per customer; a customer has one segment, so any of its rows tells it."""
    chosen, tail = (f"{key}, ", f" GROUP BY {key} ORDER BY {key}") if key else ("", "")
    any_key = f"any({key}) AS {key}, " if key else ""
    return f"""
        SELECT {chosen}100 * countIf(r[2]) / countIf(r[1])
        FROM (SELECT {any_key}retention(at < {CH_LATER}, at >= {CH_LATER}) AS r
            FROM {{events}} GROUP BY customer_id){tail}"""


def rate_distinct(key: str = "") -> str:
    """ClickHouse: exact distinct counts, by inclusion and exclusion."""
    chosen, tail = (f"{key}, ", f" GROUP BY {key} ORDER BY {key}") if key else ("", "")
    before = f"uniqExactIf(customer_id, at < {CH_LATER})"
    return f"""
        SELECT {chosen}100 * ({before} + uniqExactIf(customer_id, at >= {CH_LATER})
            - uniqExact(customer_id)) / {before}
        FROM {{events}}{tail}"""


def funnel_clickhouse(suffix: str, condition: str) -> str:
    """`windowFunnel`, with a filter of its own so that customers at level 0 remain."""
    return f"""
        SELECT level, count() FROM (SELECT windowFunnel{suffix}({US_DAY})(reinterpretAsUInt64(at),
            kind = 0, kind = 1, kind = 2, kind = 3{condition}) AS level
            FROM {{events}} GROUP BY customer_id) GROUP BY level ORDER BY level"""


LEVELS = f"""max(CASE WHEN kind = 3 AND t - s3 <= {US_DAY} THEN 4
        WHEN kind = 2 AND t - s2 <= {US_DAY} THEN 3
        WHEN kind = 1 AND t - s1 <= {US_DAY} THEN 2
        WHEN kind = 0 THEN 1 ELSE 0 END) AS level"""


def funnel_chain(source: str, over: str) -> str:
    """The latest start of a chain up to each step, carried along the rows by running maxima."""
    return f"""
        WITH a AS (SELECT *, max(CASE WHEN kind = 0 THEN t END) {over} AS s1 FROM ({source})),
        b AS (SELECT *, max(CASE WHEN kind = 1 AND t - s1 <= {US_DAY} THEN s1 END) {over} AS s2
            FROM a),
        c AS (SELECT *, max(CASE WHEN kind = 2 AND t - s2 <= {US_DAY} THEN s2 END) {over} AS s3
            FROM b),
        l AS (SELECT customer_id, {LEVELS} FROM c GROUP BY customer_id)"""


RUNNING = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
FUNNEL_STREAMED = (
    funnel_chain(
        f"""SELECT customer_id, kind,
            customer_id::HUGEINT * {SPAN} + (epoch_us("at") - {EPOCH}) AS t
            FROM {{events}} WHERE kind <= 3 ORDER BY t, kind""",
        f"OVER ({RUNNING})",
    )
    + """
        SELECT level, count(*) FROM l WHERE level > 0 GROUP BY level
        UNION ALL SELECT 0, (SELECT count(DISTINCT customer_id) FROM {events})
            - (SELECT count(*) FROM l WHERE level > 0)"""
)
FUNNEL_DATAFUSION = (
    funnel_chain(
        "SELECT customer_id, kind, CAST(at AS BIGINT) AS t FROM {events} WHERE kind <= 3",
        f"OVER (PARTITION BY customer_id ORDER BY t, kind {RUNNING})",
    )
    + """
        SELECT level, count(*) AS n FROM (SELECT customer_id, max(level) AS level FROM (
            SELECT * FROM l UNION ALL SELECT customer_id, 0 FROM {events}) GROUP BY customer_id)
        GROUP BY level"""
)


def asof_step(kind: int, before: str, start: str) -> str:
    """DuckDB: the events of a step, each with the latest event of the step before."""
    return f"""(SELECT e.customer_id, e.t, z.{start} AS s FROM e ASOF JOIN {before} AS z
            ON e.customer_id = z.customer_id AND e.t >= z.t
            WHERE e.kind = {kind} AND e.t - z.{start} <= {US_DAY})"""


FUNNEL_ASOF = f"""
        WITH e AS (SELECT customer_id, kind, epoch_us("at") AS t FROM {{events}} WHERE kind <= 3),
        s1 AS MATERIALIZED {asof_step(1, "(SELECT customer_id, t FROM e WHERE kind = 0)", "t")},
        s2 AS MATERIALIZED {asof_step(2, "s1", "s")},
        s3 AS MATERIALIZED {asof_step(3, "s2", "s")},
        n AS (SELECT (SELECT count(DISTINCT customer_id) FROM {{events}}) AS n0,
            (SELECT count(DISTINCT customer_id) FROM {{events}} WHERE kind = 0) AS n1,
            (SELECT count(DISTINCT customer_id) FROM s1) AS n2,
            (SELECT count(DISTINCT customer_id) FROM s2) AS n3,
            (SELECT count(DISTINCT customer_id) FROM s3) AS n4)
        SELECT unnest([0, 1, 2, 3, 4]), unnest([n0 - n1, n1 - n2, n2 - n3, n3 - n4, n4]) FROM n"""

CH_MONTHS = ", ".join(
    f"at >= toDateTime64('2025-{m:02}-01', 6, 'UTC') "
    f"AND at < toDateTime64('2025-{m + 1:02}-01', 6, 'UTC')"
    for m in range(1, 9)
)
MASKS = [1 | 1 << month for month in range(8)]
RETENTION_CH_MASK = f"""
        SELECT {", ".join(f"countIf(bitAnd(m, {k}) = {k})" for k in MASKS)}
        FROM (SELECT groupBitOr(bitShiftLeft(toUInt16(1), toMonth(at) - 1)) AS m
            FROM {{events}} GROUP BY customer_id)"""
RETENTION_DUCKDB = f"""
        SELECT {", ".join(f"count(*) FILTER (m & {k} = {k})" for k in MASKS)}
        FROM (SELECT bit_or(1::USMALLINT << (month("at") - 1)::USMALLINT) AS m FROM {{events}}
            WHERE "at" < TIMESTAMP '2025-09-01' GROUP BY customer_id)"""
RETENTION_DATAFUSION = f"""
        SELECT {", ".join(f"count(*) FILTER (WHERE m & {k} = {k}) AS m{k}" for k in MASKS)}
        FROM (SELECT bit_or(1 << (date_part('month', at) - 1)) AS m
            FROM {{events}} GROUP BY customer_id)"""


def cohort_distinct(month: str) -> str:
    """Distinct customer months, joined with the first of each customer."""
    return f"""
        WITH a AS (SELECT DISTINCT customer_id, {month} AS m FROM {{events}}),
        f AS (SELECT customer_id, min(m) AS c FROM a GROUP BY customer_id)
        SELECT c, m - c AS p, count(*) AS n FROM a JOIN f USING (customer_id) GROUP BY c, m - c"""


COHORT_MASK = """
        WITH k AS (SELECT m, count(*) AS n FROM (
            SELECT bit_or(1::USMALLINT << (month("at") - 1)::USMALLINT) AS m
            FROM {events} GROUP BY customer_id) GROUP BY m),
        x AS (SELECT n, i, min(i) OVER (PARTITION BY m) AS c
            FROM k, range(12) AS r (i) WHERE (m >> i) & 1 = 1)
        SELECT c + 1, i - c, sum(n) FROM x GROUP BY ALL"""
COHORT_CLICKHOUSE = """
        SELECT c, arrayJoin(months) - c AS p, count() FROM (
            SELECT groupUniqArray(toMonth(at)) AS months, arrayMin(months) AS c
            FROM {events} GROUP BY customer_id) GROUP BY c, p"""

SESSIONS_CLICKHOUSE = f"""
        SELECT sum(1 + ended) AS n, sum(events) / n, sum(inside) / 1e6 FROM (
            WITH arrayPopFront(arrayDifference(arraySort(groupArray(t)))) AS gaps
            SELECT arrayCount(g -> g > {US_GAP}, gaps) AS ended, count() AS events,
                arraySum(g -> if(g <= {US_GAP}, g, 0), gaps) AS inside
            FROM (SELECT customer_id, reinterpretAsInt64(at) AS t FROM {{events}})
            GROUP BY customer_id)"""


def sessions_lag(filtered: str, micros: str) -> str:
    """Each event's gap to the one before, by a window per customer."""
    return f"""
        SELECT n, CAST(events AS DOUBLE) / n, inside / 1e6 FROM (
            SELECT count(*) FILTER ({filtered}p IS NULL OR t - p > {US_GAP}) AS n,
                count(*) AS events, sum(t - p) FILTER ({filtered}t - p <= {US_GAP}) AS inside
            FROM (SELECT t, lag(t) OVER (PARTITION BY customer_id ORDER BY t) AS p
                FROM (SELECT customer_id, {micros} AS t FROM {{events}})))"""


SESSIONS_STREAMED = f"""
        SELECT count(*) FILTER (c IS DISTINCT FROM lc OR t - p > {US_GAP}) AS n, count(*) / n,
            sum(t - p) FILTER (c = lc AND t - p <= {US_GAP}) / 1e6
        FROM (SELECT c, t, lag(c) OVER () AS lc, lag(t) OVER () AS p FROM (
            SELECT customer_id AS c, epoch_us("at") AS t FROM {{events}} ORDER BY c, t))"""


def heavy_clickhouse(last: int) -> str:
    """The funnel of the customer with a million events, whose last step is this kind."""
    return f"""
        SELECT windowFunnel({US_DAY})(reinterpretAsUInt64(at),
            kind = 0, kind = 1, kind = 2, kind = 3, kind = {last}) FROM {{events}}"""


PEERS = {
    "retention_rate": (
        ("ClickHouse", "retention", rate_clickhouse()),
        ("ClickHouse", "uniqExactIf", rate_distinct()),
        ("DuckDB", "bool_or", rate("DuckDB")),
        ("DuckDB", "min and max", rate_ranges()),
        ("DataFusion", "bool_or", rate("DataFusion")),
    ),
    "retention_rate_by_segment": (
        ("ClickHouse", "retention", rate_clickhouse("segment")),
        ("ClickHouse", "uniqExactIf", rate_distinct("segment")),
        ("DuckDB", "bool_or", rate("DuckDB", "segment")),
        ("DuckDB", "min and max", rate_ranges("segment")),
        ("DataFusion", "bool_or", rate("DataFusion", "segment")),
    ),
    "window_funnel": (
        ("ClickHouse", "windowFunnel", funnel_clickhouse("", "")),
        ("ClickHouse", "windowFunnelIf", funnel_clickhouse("If", ", kind <= 3")),
        ("DuckDB", "one sort, streaming windows", FUNNEL_STREAMED),
        ("DuckDB", "ASOF joins", FUNNEL_ASOF),
        ("DataFusion", "stacked windows", FUNNEL_DATAFUSION),
    ),
    "retention": (
        ("ClickHouse", "sumForEach(retention)",
         f"SELECT sumForEach(r) FROM (SELECT retention({CH_MONTHS}) AS r "
         "FROM {events} GROUP BY customer_id)"),
        ("ClickHouse", "bit mask", RETENTION_CH_MASK),
        ("DuckDB", "bit mask", RETENTION_DUCKDB),
        ("DataFusion", "bit mask", RETENTION_DATAFUSION),
    ),
    "cohort_retention": (
        ("ClickHouse", "groupUniqArray", COHORT_CLICKHOUSE),
        ("DuckDB", "bit mask", COHORT_MASK),
        ("DuckDB", "distinct months", cohort_distinct('month("at")')),
        ("DataFusion", "distinct months", cohort_distinct("date_part('month', at)")),
    ),
    "sessions": (
        ("ClickHouse", "sorted arrays", SESSIONS_CLICKHOUSE),
        ("DuckDB", "one sort, streaming lag", SESSIONS_STREAMED),
        ("DuckDB", "lag", sessions_lag("", 'epoch_us("at")')),
        ("DataFusion", "lag", sessions_lag("WHERE ", "CAST(at AS BIGINT)")),
    ),
}
