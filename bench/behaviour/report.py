"""The report, in Markdown: a table for each question, the comparison under it."""

import statistics
from dataclasses import dataclass, field

from measure import Sample
from questions import Contender, Question


@dataclass
class Timed:
    """All samples of a contender, and whether its answer, if compared, is the common one."""

    contender: Contender
    agrees: bool = True
    compared: bool = False
    error: str = ""
    samples: list[Sample] = field(default_factory=list)
    warm: tuple[float, ...] = ()

    @property
    def scan(self) -> bool:
        """Whether it only reads the columns."""
        return self.contender.name == "bare scan"

    @property
    def verdict(self) -> str:
        """What became of its answer."""
        if not self.agrees:
            return "DIFFERENT ANSWER"
        return "same answer" if self.compared else ""

    @property
    def wall(self) -> float:
        """The median wall time in seconds."""
        return statistics.median(s.wall for s in self.samples)

    @property
    def cpu(self) -> float:
        """The median processor time in seconds."""
        return statistics.median(s.cpu for s in self.samples)

    @property
    def counts(self) -> bool:
        """Whether its times may be compared."""
        return bool(self.samples) and self.agrees and not self.error


def header(facts: dict[str, str]) -> str:
    """What was measured, where and how."""
    notes = (
        "Every figure is of a whole cold process, the start of Python and the import of the engine "
        "included; `warm` is the second and later execution within one process, for the engines in "
        "Python, the median of three. Where the import is most of a peer's wall time, the ratio of "
        "cold processes says more about Python than about the engine: read the last ratio too. "
        "The files are in the page cache for all. Engines take turns within each run; times "
        "are medians (least to most). `of scan` is the wall time over that of Tenure's bare scan "
        "of the same columns."
    )
    lines = [f"- {name}: {value}" for name, value in facts.items()]
    return "\n".join(["# Behaviour of customers over Parquet", "", *lines, "", notes, ""])


def section(question: Question, timed: list[Timed]) -> str:
    """One question: its table and how Tenure stands."""
    scans = [t for t in timed if t.scan and t.contender.engine == "Tenure" and t.counts]
    base = scans[0].wall if scans else None
    lines = [
        f"## {question.name}",
        "",
        f"{question.about}.",
        "",
        "| engine | wall s | CPU s | peak MB | warm s | of scan | |",
        "|---|---|---|---|---|---|---|",
        *(row(t, base) for t in timed),
        "",
        standing(question, timed),
        "",
    ]
    return "\n".join(lines)


def row(timed: Timed, base: float | None) -> str:
    """A contender's line."""
    label = timed.contender.label
    if timed.error:
        tenure = timed.contender.engine == "Tenure"
        said = timed.error.splitlines()[0].replace("|", "\\|")[:120]
        return f"| {label} | {'not available' if tenure else 'failed'} | | | | | {said} |"
    if not timed.samples:
        return f"| {label} | | | | | | {timed.verdict} |"
    walls = [s.wall for s in timed.samples]
    peak = statistics.median(s.peak_mb for s in timed.samples)
    warm = f"{statistics.median(timed.warm):.3f}" if timed.warm else ""
    of_scan = f"{timed.wall / base:.2f}" if base else ""
    return (
        f"| {label} | {timed.wall:.3f} ({min(walls):.3f}-{max(walls):.3f}) | {timed.cpu:.3f} "
        f"| {peak:.0f} | {warm} | {of_scan} | {timed.verdict} |"
    )


def standing(question: Question, timed: list[Timed]) -> str:
    """Tenure's time over that of the best peer whose answer is the common one."""
    ours = next(t for t in timed if t.contender.engine == "Tenure" and not t.scan)
    peers = [t for t in timed if t.contender.engine != "Tenure" and not t.scan and t.counts]
    if not peers:
        return f"Tenure alone: {ours.cpu:.3f} CPU s." if ours.counts else "No time to compare."
    best = min(peers, key=lambda t: t.wall)
    found = f"Best peer: {best.contender.label}, {best.wall:.3f} s"
    if not ours.counts:
        return f"{found}. Tenure has no time to compare; target {question.target:.2f} of it."
    ratio = ours.wall / best.wall
    verdict = "met" if ratio <= question.target else "missed"
    least = min(peers, key=lambda t: t.cpu)
    quick = min(peers, key=lambda t: statistics.median(t.warm))
    warm = statistics.median(quick.warm)
    return (
        f"{found}. **Tenure / best peer {ratio:.2f}**, target {question.target:.2f}: {verdict}. "
        f"CPU, to the most sparing peer ({least.contender.label}): {ours.cpu / least.cpu:.2f}. "
        "Tenure's whole process / the fastest warm execution, without start and import "
        f"({quick.contender.label}, {warm:.3f} s): {ours.wall / warm:.2f}."
    )
