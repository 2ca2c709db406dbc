"""__main__.py - the driver of the benchmarks: builds, measures, writes the table and the charts.

Read next: build.py, programs.py, rows.py, rounds.py, table.py, charts.py
"""

import argparse
import os
import sys
import time
from pathlib import Path

import build
import charts
import machine
import programs
import rounds
import rows as rows_
import table

# A quick run ends in two minutes, building included. Only if that took most of them, because the machine was busy, does
# it take longer, so that there is something to show.
QUICK_SECONDS = 112
QUICK_LEAST = 60
QUICK_SHARE = 0.05  # of a full round's work


def read_arguments():
    parser = argparse.ArgumentParser(prog="run", description="Measures Quay beside its peers and beside the machine.")
    parser.add_argument("--quick", action="store_true", help="little work, in two minutes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    parser.add_argument("--only", metavar="TEXT", default="", help="the rows whose names have TEXT in them")
    parser.add_argument("--no-peers", action="store_true", help="Quay alone")
    parser.add_argument("--rounds", type=int, help="how many (5; with --quick up to 3)")
    parser.add_argument("--out", type=Path, default=build.BUILD / "results", help="the folder for table and charts")
    return parser.parse_args()


def make_plan(arguments, start):
    if arguments.quick:
        ends = max(start + QUICK_SECONDS, time.monotonic() + QUICK_LEAST)
        return rounds.Plan(arguments.rounds or 3, QUICK_SHARE, 10, ends)
    return rounds.Plan(arguments.rounds or 5, 1, 60)


def programs_of(column):
    found = [programs.Program(path) for path in column.paths]
    if column.name == "Quay":
        cores = machine.cores()
        found += [programs.Savina(name, path, cores) for name, path in build.savina_programs().items()]
    return found


def offer_of(column):
    """{measure's name: (program, measure)}; a program that cannot even list makes its column absent."""
    if column.absent:
        return {}
    try:
        return {m.name: (program, m) for program in programs_of(column) for m in program.measures()}
    except programs.Failed as failure:
        column.absent = str(failure)
        return {}


def write(arguments, rows, columns, facts):
    arguments.out.mkdir(parents=True, exist_ok=True)
    drawn = charts.draw_all(rows, columns, arguments.out)
    texts = {
        "benchmarks.md": table.markdown(rows, columns, facts, drawn),
        "benchmarks.json": table.as_json(rows, columns, facts),
    }
    for name, text in texts.items():
        (arguments.out / name).write_text(text, encoding="utf-8")
    print(texts["benchmarks.json" if arguments.json else "benchmarks.md"], end="")
    print(f"written to {os.path.relpath(arguments.out)}", file=sys.stderr)


def main():
    arguments = read_arguments()
    start, load = time.monotonic(), os.getloadavg()[0]
    columns = build.build_all(not arguments.no_peers)
    offers = {column.name: offer_of(column) for column in columns}
    rows = rows_.make_rows(columns, offers, (build.ROOT / "bench/rows").read_text(encoding="utf-8"))
    rows = rows_.choose(rows, arguments.only, arguments.quick)
    if not rows:
        raise SystemExit(f'run: no row has "{arguments.only}" in its name')
    count = rounds.measure_all(rows, make_plan(arguments, start))
    write(arguments, rows, columns, machine.Facts(arguments.quick, count, load))
    cells = {row.name: row.cells["Quay"] for row in rows}
    broken = [f"{name}: {cell.absent}" for name, cell in cells.items() if cell.broken]
    if broken:
        raise SystemExit("run: Quay fails at\n" + "\n".join(broken))


if __name__ == "__main__":
    main()
