"""A virtual environment with pinned peers, and what there is to say about the machine."""

import hashlib
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
import venv

PINS = (
    "duckdb==2.0.0",
    "chdb==4.4.0",
    "chdb-core==26.9.0",
    "polars==2.1.0",
    "datafusion==55.0.0",
    "numpy==2.4.6",
    "pyarrow==26.0.1",
)


def enter(folder: pathlib.Path) -> None:
    """Continues in the environment of this folder, which is made if its pins are others."""
    home = folder / "venv"
    python = home / "bin" / "python"
    if pathlib.Path(sys.prefix) == home:
        return
    marker = home / "pins.txt"
    wanted = "\n".join(PINS)
    if not marker.exists() or marker.read_text() != wanted:
        print(f"installing the peers into {home}", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *PINS]
        subprocess.run(command, check=True)
        marker.write_text(wanted)
    os.execv(python, [str(python), *sys.argv])


def machine() -> str:
    """Processor, cores, memory and system."""
    model = platform.processor() or platform.machine()
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}"


def versions(tenure: str) -> str:
    """Tenure and the peers, as installed."""
    ours = subprocess.run([tenure, "--version"], capture_output=True, text=True, check=True)
    with open(tenure, "rb") as binary:
        digest = hashlib.file_digest(binary, "sha256").hexdigest()[:12]
    names = [pin.split("==")[0] for pin in PINS]
    peers = [f"{name} {importlib.metadata.version(name)}" for name in names]
    python = f"Python {platform.python_version()}"
    return ", ".join([f"{ours.stdout.strip()} (sha256 {digest})", *peers, python])
