"""The questions: Tenure's query for each, and the peers' formulations that proved fastest.

A peer may have several formulations; each is timed, and the fastest of all is what Tenure is
compared with. `{events}` stands for the table, which each engine reads from the same Parquet file.
"""

from dataclasses import dataclass

import sql

LATER = "TIMESTAMP '2025-06-30'"  # 180 days after the first moment
END = "TIMESTAMP '2026-01-01'"
FUNNEL = "INTERVAL '1 day', at, kind = 0, kind = 1, kind = 2, kind = 3"
# A funnel that is soon complete may end early; one whose last step never comes must read on.
LAST_STEPS = (("complete", 4, "common"), ("incomplete", 5, "absent"))
MODES = ("default", "strict_order", "strict_deduplication", "strict_increase", "strict_once")


@dataclass(frozen=True)
class Contender:
    """An engine with one formulation: SQL, or for Polars the name of a function in `frames`."""

    engine: str
    name: str
    query: str

    @property
    def label(self) -> str:
        """What the tables of the report call it."""
        return f"{self.engine}: {self.name}" if self.name else self.engine


@dataclass(frozen=True)
class Question:
    """What is asked, of whom, over which columns and which data."""

    name: str
    about: str
    tenure: str
    columns: tuple[str, ...]
    peers: tuple[Contender, ...]
    target: float = 1.0  # Tenure's wall time over that of the best peer, at most
    heavy: bool = False
    also: tuple[Contender, ...] = ()  # other ways to ask Tenure

    def contenders(self, text_ids: bool) -> list[Contender]:
        """Everything to time, the bare scans included."""
        tenure, duckdb = (sql.SCAN_TENURE, sql.SCAN_DUCKDB)
        if text_ids:
            tenure, duckdb = tenure | sql.SCAN_TEXT_TENURE, duckdb | sql.SCAN_TEXT_DUCKDB
        scans = [
            Contender("Tenure", "bare scan", scan(self.columns, tenure)),
            Contender("DuckDB", "bare scan", scan(self.columns, duckdb)),
        ]
        return [*scans, Contender("Tenure", "", self.tenure), *self.also, *self.peers]


def scan(columns: tuple[str, ...], expressions: dict[str, str]) -> str:
    """A query that must decode these columns whole: `max` alone is answered from the statistics."""
    return f"SELECT {', '.join(expressions[c] for c in columns)} FROM {{events}}"


MONTHS = ", ".join(
    f"at >= TIMESTAMP '2025-{m:02}-01' AND at < TIMESTAMP '2025-{m + 1:02}-01'" for m in range(1, 9)
)


def retention_counts() -> str:
    """Months 0 to 7 as conditions of `retention_counts`."""
    counts = ", ".join(f"r[{i}]" for i in range(1, 9))
    inner = f"SELECT retention_counts(customer_id, {MONTHS}) AS r FROM {{events}}"
    return f"SELECT {counts} FROM ({inner})"


def summed_retention() -> str:
    """Months 0 to 7 as conditions of `retention`, and the sum of each position."""
    sums = ", ".join(f"sum(CASE WHEN r[{i}] THEN 1 ELSE 0 END)" for i in range(1, 9))
    inner = f"SELECT retention({MONTHS}) AS r FROM {{events}} GROUP BY customer_id"
    return f"SELECT {sums} FROM ({inner})"


def peers(topic: str) -> tuple[Contender, ...]:
    """The formulations of one topic in `sql`, and that of Polars."""
    texts = [Contender(engine, name, text) for engine, name, text in sql.PEERS[topic]]
    return (*texts, Contender("Polars", "", topic))


QUESTIONS = (
    Question(
        "retention_rate",
        "Percent of the customers active in the first 180 days who are active afterwards",
        f"SELECT retention_rate(customer_id, at < {LATER}, at >= {LATER}) FROM {{events}}",
        ("customer_id", "at"),
        peers("retention_rate"),
        target=0.5,
    ),
    Question(
        "retention_rate_by_segment",
        "The same for each of 24 segments",
        f"SELECT segment, retention_rate(customer_id, at < {LATER}, at >= {LATER}) "
        "FROM {events} GROUP BY segment ORDER BY segment",
        ("customer_id", "at", "segment"),
        peers("retention_rate_by_segment"),
        target=0.5,
    ),
    Question(
        "window_funnel",
        "How many customers reach which of 4 steps within 1 day, those at 0 included",
        f"SELECT level, count(*) FROM (SELECT window_funnel({FUNNEL}) AS level "
        "FROM {events} GROUP BY customer_id) GROUP BY level ORDER BY level",
        ("customer_id", "at", "kind"),
        peers("window_funnel"),
        target=0.35,
    ),
    Question(
        "retention",
        "Customers of the first month who are active in each of months 0 to 7",
        retention_counts(),
        ("customer_id", "at"),
        peers("retention"),
        target=0.4,
        also=(Contender("Tenure", "retention, summed", summed_retention()),),
    ),
    Question(
        "cohort_retention",
        "Customers by month of their first event, and how many are active how many months later",
        "SELECT date_part('month', cohort), period, retained FROM cohort_retention(TABLE {events}, "
        "customer => customer_id, time => at, grain => 'month', periods => 12, "
        f"as_of => {END}) WHERE period < 12 AND retained > 0 ORDER BY 1, 2",
        ("customer_id", "at"),
        peers("cohort_retention"),
        target=0.4,
    ),
    Question(
        "sessions",
        "Sessions that a gap of over 30 minutes ends: their number, mean events, summed seconds",
        "SELECT count(*), avg(events), sum(duration) FROM sessions(TABLE {events}, "
        "customer => customer_id, time => at, gap => INTERVAL '30 minutes')",
        ("customer_id", "at"),
        peers("sessions"),
        target=0.5,
    ),
    *(
        Question(
            f"heavy_{name}_{mode}",
            f"window_funnel over one customer of a million events, the last step {about}, '{mode}'",
            f"SELECT window_funnel({FUNNEL}, kind = {last}, mode => '{mode}') FROM {{events}}",
            ("at", "kind"),
            (Contender("ClickHouse", "windowFunnel", sql.heavy_clickhouse(last)),)
            if mode == "default"
            else (),
            heavy=True,
        )
        for name, last, about in LAST_STEPS
        for mode in MODES
    ),
)
