"""Whole processes: their answers, wall time, processor time and peak memory.

This process must stay small: Linux carries the peak memory of the parent over to a child until the
child has executed its program, so that a large parent would hide what an engine needs.
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from questions import Contender

WORKER = pathlib.Path(__file__).with_name("worker.py")
Row = tuple[float | str, ...]
Answer = tuple[Row, ...]


@dataclass(frozen=True)
class Sample:
    """One process, from its start to its end."""

    wall: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True)
class Outcome:
    """A sample with the answer, or with what went wrong."""

    sample: Sample
    answer: Answer = ()
    warm: tuple[float, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Setting:
    """What is common to all processes."""

    tenure: str
    threads: int
    timeout: float


def run(contender: Contender, folder: pathlib.Path, setting: Setting, repeats: int = 1) -> Outcome:
    """One process of a contender; `repeats` executions within it, for engines in Python."""
    if contender.engine == "Tenure":
        query = contender.query.replace("{events}", "events")
        command = [setting.tenure, "sql", query, "--lake", str(folder), "--format", "csv"]
        command += ["--threads", str(setting.threads)]
        sample, out, error = process(command, "", setting.timeout)
        if error:
            return Outcome(sample, error=error)
        return answered(sample, list(csv.reader(io.StringIO(out)))[1:])
    path = str(folder / "events.parquet")
    command = [sys.executable, str(WORKER), contender.engine, path]
    command += [str(setting.threads), str(repeats)]
    sample, out, error = process(command, contender.query, setting.timeout)
    if error:
        return Outcome(sample, error=error)
    result = json.loads(out.splitlines()[-1])
    return answered(sample, result["rows"], tuple(result["seconds"][1:]))


def answered(
    sample: Sample, rows: Sequence[Sequence[object]], warm: tuple[float, ...] = ()
) -> Outcome:
    """An outcome with rows; none at all is a failure, since every question has an answer."""
    return Outcome(sample, normal(rows), warm, "" if rows else "no rows")


def process(command: Sequence[str], stdin: str, timeout: float) -> tuple[Sample, str, str]:
    """Runs a command to its end; the sample, what it printed, and its error if it failed."""
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as out:
        with tempfile.TemporaryFile("w+") as err:
            given.write(stdin)
            given.seek(0)
            start = time.perf_counter()
            child = subprocess.Popen(command, stdin=given, stdout=out, stderr=err)
            killer = threading.Timer(timeout, child.kill)
            killer.start()
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - start
            late = not killer.is_alive()
            killer.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            error = "" if child.returncode == 0 else err.read().strip() or f"status {status}"
            if late and child.returncode:
                error = f"no answer within {timeout:.0f} s"
            sample = Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
            return sample, out.read(), error


def normal(rows: Sequence[Sequence[object]]) -> Answer:
    """Rows of numbers and texts, lists spread, in order of their texts and keys."""
    return tuple(sorted((tuple(cells(row)) for row in rows), key=lambda row: [str(c) for c in row]))


def cells(values: Sequence[object]) -> list[float | str]:
    """The cells of a row: a number wherever there is one."""
    flat: list[float | str] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            flat += cells(value)
            continue
        try:
            flat.append(float(value))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            flat.append(str(value))
    return flat


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers agree, numbers to a relative 1e-9."""
    return len(one) == len(other) and all(
        len(a) == len(b) and all(map(same_cell, a, b)) for a, b in zip(one, other)
    )


def same_cell(a: float | str, b: float | str) -> bool:
    """Whether two cells agree."""
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
    return a == b
