"""rounds.py - measures: every row in every round, its columns in turn, another one first each time.

So when the machine gets slower it does for all, and nobody always comes after the same neighbour. Read next: table.py
"""

import sys
import time
from dataclasses import dataclass

import programs


@dataclass
class Plan:
    rounds: int
    share: float  # of a full round's work
    seconds: float  # that one measure may take
    ends: float = float("inf")  # on the monotonic clock; what is not begun by then is left out


NO_TIME = "no time was left"


def show(text):
    if sys.stderr.isatty():
        print(f"\r{text:<100.100}", end="", file=sys.stderr, flush=True)


def measure_cell(cell, plan):
    if cell.absent:
        return
    left = plan.ends - time.monotonic()
    if left <= 0:
        if not cell.figures:
            cell.absent = NO_TIME
        return
    try:
        figure, peak = cell.program.run(cell.measure, plan.share, min(plan.seconds, max(left, 1)))
    except programs.Absent as reason:
        cell.absent = str(reason)
        return
    except programs.Failed as failure:
        cell.fail(str(failure))
        return
    cell.figures.append(figure)
    cell.peaks.append(peak)


def measure_row(row, number, plan):
    cells = list(row.cells.items())
    first = number % len(cells)
    for column, cell in cells[first:] + cells[:first]:
        show(f"round {number + 1} of {plan.rounds}: {row.name}, {column}")
        measure_cell(cell, plan)


def measure_all(rows, plan):
    """Returns how many rounds there were. One that would not end in time is not begun."""
    number, longest = 0, 0
    while number < plan.rounds and (number == 0 or time.monotonic() + longest < plan.ends):
        start = time.monotonic()
        for row in rows:
            measure_row(row, number, plan)
        longest = max(longest, time.monotonic() - start)
        number += 1
    show("")
    show("\r")
    return number
