"""Questions about the behaviour of customers: Tenure beside its best peers, on the same files.

    python bench/behaviour --tenure target/release/tenure --rows 50 --write RESULTS.md

installs pinned peers into an environment of its own, makes the data once, checks that all engines
give the same answer, and then times whole processes in turn.
"""

import argparse
import collections
import datetime
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys

import environment
import measure
import report
from questions import QUESTIONS, Contender, Question

HERE = pathlib.Path(__file__).parent
DATA = ("shuffled", "sorted", "scattered", "text")
PEERS = ("ClickHouse", "DuckDB", "DataFusion", "Polars")


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--tenure", default=shutil.which("tenure"), help="the binary; by default that of the PATH")
    add("--rows", type=float, default=50, help="millions of events")
    add("--runs", type=int, default=5, help="processes per engine and question")
    add("--threads", type=int, default=os.cpu_count(), help="threads of every engine")
    add("--only", action="append", metavar="NAME", help="a question; may be repeated")
    add("--data", choices=DATA, default="shuffled", help="rows sorted by customer, or other ids")
    add("--timeout", type=float, default=1800, help="seconds a process may take")
    add("--check-only", action="store_true", help="compare the answers, time nothing")
    add("--differential", type=int, metavar="SEEDS", help="compare with ClickHouse, at random")
    add("--write", type=pathlib.Path, metavar="FILE", help="write the report to a file")
    add("--env", type=pathlib.Path, default=cache / "tenure" / "bench", help="environment and data")
    options = parser.parse_args()
    names = [question.name for question in QUESTIONS]
    unknown = sorted(set(options.only or ()) - set(names))
    if unknown:
        parser.error(f"no question {', '.join(unknown)}; there are {', '.join(names)}")
    if not options.tenure:
        parser.error("no tenure on the PATH; give --tenure")
    options.tenure = str(pathlib.Path(options.tenure).resolve())
    options.env = options.env.resolve()
    return options


def checked(
    question: Question, folder: pathlib.Path, setting: measure.Setting, text_ids: bool
) -> list[report.Timed]:
    """Every contender once; those whose answer is not the most common one are marked."""
    timed = [report.Timed(contender) for contender in question.contenders(text_ids)]
    answers = []
    for entry in timed:
        outcome = measure.run(entry.contender, folder, setting)
        entry.error = outcome.error
        if not entry.error and not entry.scan:
            answers.append((entry, outcome.answer))
    if len(answers) < 2:
        return timed
    said = [answer for _, answer in answers]
    common = max(said, key=lambda one: sum(measure.same(one, other) for other in said))
    for entry, answer in answers:
        entry.compared, entry.agrees = True, measure.same(answer, common)
        if not entry.agrees:
            print(f"{question.name}: {entry.contender.label} differs", file=sys.stderr)
            print(f"  it says     {answer[:6]}\n  most others {common[:6]}", file=sys.stderr)
    return timed


def time_all(
    timed: list[report.Timed], folder: pathlib.Path, setting: measure.Setting, runs: int
) -> None:
    """Cold processes in turn, then one warm process of each engine in Python."""
    for _ in range(runs):
        for entry in timed:
            if not entry.error:
                outcome = measure.run(entry.contender, folder, setting)
                entry.error = outcome.error
                entry.samples.append(outcome.sample)
    for entry in timed:
        if entry.contender.engine != "Tenure" and not entry.error:
            outcome = measure.run(entry.contender, folder, setting, repeats=4)
            entry.warm, entry.error = outcome.warm, outcome.error


def state(entry: report.Timed) -> str:
    """What the last line of the run counts."""
    if entry.error:
        return "failed or not available"
    if not entry.compared:
        return "with nothing to compare"
    return "same answer" if entry.agrees else "different answer"


def imports(setting: measure.Setting, folder: pathlib.Path, runs: int) -> str:
    """Seconds that a process takes which only imports an engine."""
    found = []
    for engine in PEERS:
        command = [sys.executable, str(measure.WORKER), engine, str(folder / "events.parquet")]
        command += [str(setting.threads), "0"]
        walls = [measure.process(command, "", setting.timeout)[0].wall for _ in range(runs)]
        found.append(f"{engine} {statistics.median(walls):.3f} s")
    return ", ".join(found)


def clickhouse(setting: measure.Setting, folder: pathlib.Path) -> str:
    """The version of ClickHouse, which is not that of its Python package."""
    asked = Contender("ClickHouse", "version", "SELECT version()")
    outcome = measure.run(asked, folder, setting)
    return outcome.error or str(outcome.answer[0][0])


def main() -> None:
    """Environment, data, answers, times, report."""
    options = arguments()
    environment.enter(options.env)
    setting = measure.Setting(options.tenure, options.threads, options.timeout)
    if options.differential:
        import differential

        sys.exit(differential.run(setting, options.env, options.differential))
    rows = round(options.rows * 1e6)
    cache = options.env / "data"
    maker = [sys.executable, str(HERE / "data.py"), str(cache), str(rows), str(options.threads)]
    made = subprocess.run(
        [*maker, options.data, "heavy"], check=True, capture_output=True, text=True
    )
    folders = dict(line.split("\t") for line in made.stdout.splitlines())
    chosen = [q for q in QUESTIONS if not options.only or q.name in options.only]
    asked = pathlib.Path(folders[options.data])
    text = report.header({
        "Machine": environment.machine(),
        "Versions": environment.versions(options.tenure),
        "ClickHouse in chdb": clickhouse(setting, asked),
        "Date": datetime.date.today().isoformat(),
        "Command": shlex.join(["python", *sys.argv]),
        "Data": f"{rows:,} events, {options.data}; snappy, row groups of 122,880 rows",
        "Threads": f"{options.threads}; runs: {options.runs}",
        "Load when it started": f"{os.getloadavg()[0]:.1f}",
        "Only importing": imports(setting, asked, options.runs),
    })
    tally: collections.Counter[str] = collections.Counter()
    for question in chosen:
        folder = pathlib.Path(folders["heavy" if question.heavy else options.data])
        timed = checked(question, folder, setting, options.data == "text")
        if not options.check_only:
            time_all(timed, folder, setting, options.runs)
        tally.update(state(entry) for entry in timed if not entry.scan)
        text += "\n" + report.section(question, timed)
        print(report.section(question, timed), flush=True)
        if options.write:
            options.write.write_text(text)
    print("; ".join(f"{what}: {count}" for what, count in tally.items()), file=sys.stderr)


if __name__ == "__main__":
    main()
