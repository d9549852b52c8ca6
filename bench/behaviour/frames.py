"""Polars' answers, lazy frames for its streaming engine; a function is named as its question."""

from datetime import datetime

import polars as pl
from polars import col

LATER = datetime(2025, 6, 30)
US_DAY = 86_400_000_000
US_GAP = 1_800_000_000
MONTH = col("at").dt.month().cast(pl.Int32)
MICROS = col("at").to_physical()
RATE = 100.0 * (col("before") & col("after")).sum() / col("before").sum()


def per_customer(events: pl.LazyFrame, *keys: str) -> pl.LazyFrame:
    """Whether each customer is there before and after."""
    return events.group_by("customer_id", *keys).agg(
        before=col("at").min() < LATER, after=col("at").max() >= LATER
    )


def retention_rate(events: pl.LazyFrame) -> pl.LazyFrame:
    """By the first and the last event of each customer."""
    return per_customer(events).select(RATE)


def retention_rate_by_segment(events: pl.LazyFrame) -> pl.LazyFrame:
    """The same, by segment."""
    return per_customer(events, "segment").group_by("segment").agg(RATE)


def window_funnel(events: pl.LazyFrame) -> pl.LazyFrame:
    """A chain of as-of joins, each with the latest event of the step before."""
    ordered = events.filter(col("kind") <= 3).select("customer_id", "kind", t=MICROS).sort("t")
    chains = ordered.filter(col("kind") == 0).select("customer_id", "t", s="t")
    levels = [events.select("customer_id", level=pl.lit(0)), reached(chains, 1)]
    for kind in (1, 2, 3):
        step = ordered.filter(col("kind") == kind).select("customer_id", "t")
        joined = step.join_asof(chains, on="t", by="customer_id", check_sortedness=False)
        chains = joined.filter(col("t") - col("s") <= US_DAY)
        levels.append(reached(chains, kind + 1))
    best = pl.concat(levels).group_by("customer_id").agg(col("level").max())
    return best.group_by("level").len()


def reached(chains: pl.LazyFrame, level: int) -> pl.LazyFrame:
    """The customers of these chains, at a level."""
    return chains.select("customer_id", level=pl.lit(level))


def retention(events: pl.LazyFrame) -> pl.LazyFrame:
    """Whether each customer is there in each month, then the sums."""
    there = [(MONTH == m + 1).any().alias(f"m{m}") for m in range(8)]
    both = [(col("m0") & col(f"m{m}")).sum().alias(f"r{m}") for m in range(8)]
    return events.group_by("customer_id").agg(there).select(both)


def cohort_retention(events: pl.LazyFrame) -> pl.LazyFrame:
    """Distinct months of each customer, with the first of them."""
    months = events.select("customer_id", m=MONTH).unique()
    first = months.with_columns(c=col("m").min().over("customer_id"))
    return first.group_by("c", p=col("m") - col("c")).len()


def sessions(events: pl.LazyFrame) -> pl.LazyFrame:
    """Gaps between the sorted events of each customer."""
    gap = col("t").sort().diff()
    customers = events.select("customer_id", t=MICROS).group_by("customer_id").agg(
        n=(gap > US_GAP).sum() + 1, events=pl.len(), inside=gap.filter(gap <= US_GAP).sum()
    )
    return customers.select(
        col("n").sum(),
        (col("events").sum() / col("n").sum()).alias("mean"),
        (col("inside").sum() / 1e6).alias("seconds"),
    )
