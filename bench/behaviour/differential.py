"""Tenure's behavioural functions against ClickHouse's, customer by customer, on random small sets.

Modes in which ClickHouse departs from its own definition are left out: `strict_increase` alone
loses chains there. Conditions are never NULL, which the two engines treat differently by design.
Sequences are looked for where no two rows share a moment: ClickHouse leaves open which comes first.
"""

import pathlib

import measure
from questions import Contender

WINDOW_SECONDS = 4
MODES = ("default", "strict_once", "strict_once, strict_increase")
FUNNELS = {
    "steps apart": ("kind = 0", "kind = 1", "kind = 2"),
    "a step twice": ("kind = 0", "kind = 0", "kind = 1"),
    "overlapping steps": ("kind <= 1", "kind >= 1", "kind <= 2", "kind = 3"),
}
RETENTIONS = {
    "kinds": ("kind = 0", "kind = 1", "kind = 2", "kind = 3"),
    "overlapping": ("kind <= 1", "kind >= 1", "kind < 9", "kind > 9"),
}
PATTERN_STEPS = "kind <= 1, kind = 1, kind = 2, kind = 3"
# With the seconds of each time that they ask for in braces.
PATTERNS = (
    "(?1)(?2)",
    "(?1).(?3)",
    "(?1).*(?3).*(?2)",
    "(?3).*(?1)(?2).*(?4)",
    "(?1)(?t<={2})(?3)",
    "(?1)(?t>{3})(?2)(?t<={4})(?4)",
    "(?2)(?t>={1})(?2).*(?3)",
)


def write_events(path: pathlib.Path, seed: int, *, ties: bool, customers: int = 3000) -> None:
    """A few events of each customer within half a minute, in quarters of a second: many ties.

    Without ties each is some microseconds later, none as many as another.
    """
    import numpy
    import pyarrow
    import pyarrow.parquet

    random = numpy.random.default_rng(seed)
    ids = numpy.repeat(numpy.arange(customers), random.poisson(8, customers))
    random.shuffle(ids)
    at = 1_735_689_600_000_000 + random.integers(0, 120, len(ids)) * 250_000
    if not ties:
        at += random.permutation(len(ids))
    columns = {
        "customer_id": ids,
        "at": pyarrow.array(at, pyarrow.timestamp("us")),
        "kind": random.integers(0, 5, len(ids)).astype("int16"),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def pairs() -> list[tuple[str, Contender, Contender]]:
    """The same question of both, by its name; each answers with a row per customer."""
    found = []
    for name, steps in FUNNELS.items():
        for mode in MODES:
            flags = "".join(f", '{m}'" for m in mode.split(", ") if m != "default")
            window, conditions = WINDOW_SECONDS * 1_000_000, ", ".join(steps)
            span = f"INTERVAL '{WINDOW_SECONDS} seconds'"
            ours = f"window_funnel({span}, at, {conditions}, mode => '{mode}')"
            theirs = f"windowFunnel({window}{flags})(reinterpretAsUInt64(at), {conditions})"
            found.append((f"window_funnel, {name}, {mode}", *both(ours, theirs)))
    for name, steps in RETENTIONS.items():
        conditions = ", ".join(steps)
        cells = ", ".join(f"CASE WHEN r[{i}] THEN 1 ELSE 0 END" for i in range(1, len(steps) + 1))
        call = f"retention({conditions})"
        found.append((f"retention, {name}", *both(call, call, cells)))
    return found


def sequences() -> list[tuple[str, Contender, Contender]]:
    """Patterns, found at all and counted, in the unit of each engine; by name, as of `pairs`."""
    found = []
    for pattern in PATTERNS:
        seconds = pattern.replace("{", "").replace("}", "")
        microseconds = pattern.replace("}", "000000").replace("{", "")
        for mine, other in (("sequence_match", "sequenceMatch"), ("sequence_count", "sequenceCount")):
            ours = f"CAST({mine}('{seconds}', at, {PATTERN_STEPS}) AS BIGINT)"
            theirs = f"{other}('{microseconds}')(reinterpretAsUInt64(at), {PATTERN_STEPS})"
            found.append((f"{mine}, {seconds}", *both(ours, theirs)))
    return found


def both(ours: str, theirs: str, cells: str = "r") -> tuple[Contender, Contender]:
    """The two queries of one aggregate per customer."""
    inner = "SELECT customer_id, {call} AS r FROM {{events}} GROUP BY customer_id"
    query = f"SELECT customer_id, {{cells}} FROM ({inner})"
    return (
        Contender("Tenure", "", query.format(cells=cells, call=ours)),
        Contender("ClickHouse", "", query.format(cells=cells, call=theirs)),
    )


def asked(data: pathlib.Path, seed: int) -> list[tuple[pathlib.Path, tuple]]:
    """All questions, each with the random set that it is asked of."""
    tied, apart = data / f"random-{seed}", data / f"random-{seed}-apart"
    write_events(tied / "events.parquet", seed, ties=True)
    write_events(apart / "events.parquet", seed, ties=False)
    return [(tied, pair) for pair in pairs()] + [(apart, pair) for pair in sequences()]


def run(setting: measure.Setting, env: pathlib.Path, seeds: int) -> int:
    """Compares over this many random sets; 1 if anything differs or fails."""
    differing, compared, failed = 0, 0, set()
    for seed in range(seeds):
        for folder, (name, *engines) in asked(env / "data", seed):
            mine, other = (measure.run(contender, folder, setting) for contender in engines)
            if error := mine.error or other.error:
                if name not in failed:
                    state = "not available" if mine.error else "failed"
                    print(f"{name}: {state}: {error.splitlines()[-1]}")
                failed.add(name)
                continue
            wrong = mismatches(mine.answer, other.answer)
            compared += len(other.answer)
            differing += len(wrong)
            for left, right in wrong[:5]:
                print(f"{name}, seed {seed}: Tenure {left}, ClickHouse {right}")
    print(f"{compared} customers compared, {differing} differ; {len(failed)} questions unanswered")
    return 1 if differing or failed else 0


def mismatches(ours: measure.Answer, theirs: measure.Answer) -> list[tuple[object, object]]:
    """The rows that differ, by their customer; a customer whom only one has is one of them."""
    mine, other = ({row[0]: row[1:] for row in rows} for rows in (ours, theirs))
    return [
        ((key, mine.get(key)), (key, other.get(key)))
        for key in sorted(mine.keys() | other.keys(), key=str)
        if mine.get(key) != other.get(key)
    ]
