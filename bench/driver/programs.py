"""programs.py - programs that measure: what they can measure, and running one measure once.

All but Savina's have the command line that ../program.c describes; those have one of their own, and are made to look
the same here. Read next: rounds.py
"""

import json
import os
import signal
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """What a program can measure. Where it cannot, absent says why."""

    name: str
    unit: str = ""
    more: bool = False  # is better
    count: int = 0  # of a full round
    floor: str = ""  # the name of another measure
    floors: float = 1  # how many of it one operation needs
    absent: str = ""


class Absent(Exception):
    """What cannot be measured here; the text says why."""


class Failed(Exception):
    """What should have given a figure and did not; the text says why."""


# The environment of this process, but nothing by which a program could be told to run otherwise than it is meant to.
MEDDLERS = ("QUAY_", "SAVINA_", "GO", "ERL_", "CAF_", "MALLOC_", "LD_")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(MEDDLERS)}


def run(command, seconds):
    """The output of a command, or Failed. What it has started ends with it."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise Failed(f"takes longer than {seconds:.0f} s") from None
    if process.returncode:
        lines = errors.strip().splitlines()
        raise Failed(lines[-1] if lines else f"ends with status {process.returncode}")
    return output


class Program:
    """A program with --list and --run."""

    def __init__(self, path):
        self.path = path

    def measures(self):
        lines = run([self.path, "--list"], 30).splitlines()
        return [self._measure(line.split("\t")) for line in lines]

    @staticmethod
    def _measure(fields):
        if fields[1] == "-":
            return Measure(fields[0], absent=fields[2])
        name, unit, better, count, floor, floors = fields
        return Measure(name, unit, better == "more", int(count), "" if floor == "-" else floor, float(floors))

    def run(self, measure, share, seconds):
        """The figure and the most KiB held; share is how much of a full round to do."""
        count = max(1, round(measure.count * share))
        fields = run([self.path, "--run", measure.name, str(count)], seconds).rstrip("\n").split("\t")
        if len(fields) == 3 and fields[1] == "-":
            raise Absent(fields[2])
        if len(fields) != 4 or fields[:2] != [measure.name, measure.unit]:
            raise Failed(f"printed {fields}")
        return float(fields[2]), int(fields[3])


class Savina:
    """A program of the Savina suite: a measure for each number of workers. Its work is not shortened."""

    WORKERS = {1: "one worker", 2: "two workers"}

    def __init__(self, name, path, cores):
        self.name, self.path, self.cores = name, path, cores

    @classmethod
    def title(cls, name, workers):
        return f"savina {name}, {cls.WORKERS[workers]}"

    def measures(self):
        return [
            Measure(self.title(self.name, n), "ms", absent="" if n <= self.cores else "too few cores")
            for n in self.WORKERS
        ]

    def run(self, measure, share, seconds):
        workers = next(n for n in self.WORKERS if measure.name == self.title(self.name, n))
        result = json.loads(run([self.path, "--json", "--workers", str(workers), "--rounds", "1"], seconds))
        return float(result["ms"]), int(result["peak_kb"])
