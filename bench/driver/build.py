"""build.py - builds the programs as for release, Quay optimised across files, and finds out which peers there are.

Read next: programs.py
"""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"


@dataclass
class Column:
    """One of those who are compared. A program that cannot be had has absent to say why."""

    name: str
    version: str = ""
    flags: str = ""
    absent: str = ""
    paths: list = field(default_factory=list)  # of its programs


def make(command, log):
    """Did it work? What it printed is added to a file."""
    with open(log, "a", encoding="utf-8") as output:
        return subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode == 0


def make_target(target, log):
    return make(["cmake", "--build", str(BUILD), "--parallel", "2", "--target", target], log)


def version_of_quay():
    for line in (ROOT / "include/quay/version.h").read_text(encoding="utf-8").splitlines():
        if 'QUAY_VERSION "' in line:
            return line.split('"')[1]
    return "unknown"


def has_savina():
    return (ROOT / "bench/savina/CMakeLists.txt").exists()


def savina_programs():
    """{name: path} of the programs savina_NAME that were built."""
    built = sorted((BUILD / "bench/savina").glob("savina_*")) if has_savina() else []
    return {path.name.removeprefix("savina_"): path for path in built if path.is_file() and os.access(path, os.X_OK)}


def build_quay(log):
    quay = Column("Quay", version_of_quay(), "Release, QUAY_LTO=ON, workers bound to cores")
    targets = ["bench_kernel"] + (["savina"] if has_savina() else [])
    if not all(make_target(target, log) for target in targets):
        raise SystemExit(f"{log.read_text(encoding='utf-8')}\nrun: Quay's benchmarks do not build")
    quay.paths.append(BUILD / "bench/bench_kernel")
    return quay


def build_peer(line, log):
    folder, title, version, flags, absent = line.split("|")
    peer = Column(title, version, flags, absent)
    if not absent and not make_target(f"bench_{folder}", log):
        peer.absent = f"does not build, see {log.relative_to(ROOT)}"
    peer.paths.append(BUILD / "bench/peers" / folder / f"bench_{folder}")
    return peer


def build_all(with_peers):
    """The columns, Quay first."""
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / "build.log"
    log.write_text("", encoding="utf-8")
    options = ["-DQUAY_LTO=ON", "-DQUAY_BUILD_TESTS=OFF", "-DQUAY_BUILD_SAMPLES=OFF", "-DQUAY_BUILD_PEERS=ON"]
    if not make(["cmake", "--preset", "release", "-B", str(BUILD), *options], log):
        raise SystemExit(f"{log.read_text(encoding='utf-8')}\nrun: cmake fails")
    columns = [build_quay(log)]
    if with_peers:
        peers = (BUILD / "bench/peers/peers.txt").read_text(encoding="utf-8").splitlines()
        columns += [build_peer(line, log) for line in peers]
    return columns
