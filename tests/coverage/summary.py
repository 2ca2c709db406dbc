#!/usr/bin/env python3
"""summary.py - which branches of runtime/ the tests took: summary.py BUILD [FILE...], from the top of the tree.

Adds up what gcov says of each object in BUILD: a header's branch is taken if it was in any of them. Prints a table, the
branches not taken (of the FILEs only, if any are named), and what is below tests/coverage/limits; 1 if something is.
tests/coverage/exclusions says what need not be taken. An exclusion that no branch has is an error too.
"""
import fnmatch
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def entries(name, fields):
    """The lines of a file beside this one, split at two spaces or more; # begins a comment."""
    with open(os.path.join(HERE, name), encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            if not line.strip() or line.startswith("#"):
                continue
            entry = re.split(r" {2,}", line.strip())
            if len(entry) != fields:
                sys.exit(f"{name}:{number}: {fields} fields were expected, two spaces between them")
            yield entry


class Source:
    """A file: how often each of its lines was executed, and each branch of each line taken."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(TOP, path), encoding="utf-8") as text:
            self.text = [""] + text.read().split("\n")
        self.lines = {}  # line: count
        self.branches = {}  # (line, function, index): count
        self.excluded = set()

    def add(self, line):
        number, function = line["line_number"], line.get("function_name", "")
        self.lines[number] = self.lines.get(number, 0) + line["count"]
        for index, branch in enumerate(line["branches"]):
            key = number, function, index
            self.branches[key] = self.branches.get(key, 0) + branch["count"]

    def exclude(self, pattern):
        """Leave out what was not taken on lines with this pattern; true if there is such a line."""
        found = {key for key in self.branches if re.search(pattern, self.text[key[0]])}
        self.excluded |= {key for key in found if not self.branches[key]}
        return bool(found)

    def missing(self):
        """The lines with branches not taken, as {line: (how many, of how many)}."""
        result = {}
        for key in set(self.branches) - self.excluded:
            left, total = result.get(key[0], (0, 0))
            result[key[0]] = left + (not self.branches[key]), total + 1
        return {line: counts for line, counts in result.items() if counts[0]}

    def figures(self):
        """Lines executed, lines, branches taken, branches."""
        counted = [count for key, count in self.branches.items() if key not in self.excluded]
        return [sum(map(bool, self.lines.values())), len(self.lines), sum(map(bool, counted)), len(counted)]


def gcov(build):
    """What gcov says of each object, as decoded JSON."""
    notes = [os.path.join(folder, name) for folder, _, names in os.walk(build) for name in names if name.endswith(".gcno")]
    for note in sorted(notes):
        command = ["gcov", "--branch-probabilities", "--json-format", "--stdout", note]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        yield from (json.loads(line) for line in output.splitlines() if line)


def collect(build):
    sources = {}
    for report in gcov(build):
        for file in report["files"]:
            full = os.path.join(report["current_working_directory"], file["file"])
            path = os.path.relpath(os.path.realpath(full), TOP)
            if path.startswith("runtime/"):
                source = sources.setdefault(path, Source(path))
                for line in file["lines"]:
                    source.add(line)
    return dict(sorted(sources.items()))


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def leave_out(sources):
    """Apply the exclusions; what is wrong with them."""
    for glob, pattern, _reason in entries("exclusions", 3):
        matching = [source for path, source in sources.items() if fnmatch.fnmatch(path, glob)]
        if not any([source.exclude(pattern) for source in matching]):
            yield f"exclusions: no branch of {glob} is on a line like {pattern}"


def print_table(sources):
    print(f"{'file':36} {'lines':>11} {'%':>6} {'branches':>11} {'%':>6} {'left out':>8}")
    total = [0, 0, 0, 0, 0]
    rows = [(path, source.figures() + [len(source.excluded)]) for path, source in sources.items()]
    for _, figures in rows:
        total = [a + b for a, b in zip(total, figures)]
    for path, (ran, lines, taken, branches, left) in rows + [("all", total)]:
        print(f"{path:36} {ran:5}/{lines:5} {percent(ran, lines):6.1f} {taken:5}/{branches:5}"
              f" {percent(taken, branches):6.1f} {left:8}")


def print_missing(sources, wanted):
    for path, source in sources.items():
        if wanted and path not in wanted:
            continue
        for line, (left, total) in sorted(source.missing().items()):
            print(f"{path}:{line}: {left} of {total} not taken: {source.text[line].strip()}")


def too_low(sources):
    for limit, glob in entries("limits", 2):
        matching = [source.figures() for path, source in sources.items() if fnmatch.fnmatch(path, glob)]
        taken, branches = sum(f[2] for f in matching), sum(f[3] for f in matching)
        if not matching:
            yield f"limits: there is no {glob}"
        elif percent(taken, branches) < float(limit):
            yield f"{glob}: {taken} of {branches} branches are taken, which is below {limit} %"


def main(build, *wanted):
    sources = collect(build)
    wrong = list(leave_out(sources))
    print_table(sources)
    print_missing(sources, wanted)
    wrong += too_low(sources)
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
