"""rows.py - the rows of the table: a measure, and for each column a cell with what was measured there.

A measure of Quay's and that of the peers which does the same are brought together by the file ../rows, Savina's by
their names. Read next: rounds.py
"""

import re
from dataclasses import dataclass, field
from statistics import median

import programs

FLOORS, ALONE, SAVINA = "Floors", "Quay alone", "Savina"
NO_PEER = "no program of this peer's does the same"


@dataclass
class Cell:
    """Figures of the rounds, or the reason why there are none."""

    program: object = None
    measure: programs.Measure = None
    absent: str = ""
    broken: bool = False  # there should be figures
    figures: list = field(default_factory=list)
    peaks: list = field(default_factory=list)  # KiB

    @property
    def median(self):
        return median(self.figures) if self.figures else None

    def fail(self, why):
        """One round that fails spoils them all: a wrong result is no figure."""
        self.absent, self.broken = why, True
        self.figures, self.peaks = [], []


@dataclass
class Row:
    section: str
    name: str
    unit: str = ""
    more: bool = False
    floor: str = ""
    floors: float = 1
    cells: dict = field(default_factory=dict)  # by the name of the column; that of a floor is in Quay's

    def has_peers(self):
        return any(cell.measure for column, cell in self.cells.items() if column != "Quay")


def read_sections(text):
    """[(section, Quay's measure, the peers' measure)]"""
    found, section = [], ""
    for line in text.splitlines():
        line = line.strip()
        if re.fullmatch(r"\[.*\]", line):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            quay, peers = (part.strip() for part in line.split("="))
            found.append((section, quay, peers))
    return found


def savina_lines(names):
    """The same for the programs of the Savina suite, whose names follow a rule."""
    return [
        (SAVINA, programs.Savina.title(name, n), f"savina.{name}/{n}")
        for name in sorted(names)
        for n in programs.Savina.WORKERS
    ]


def savina_names(offers):
    """Of all the peers' measures."""
    found = (re.fullmatch(r"savina[.](\w+)/\d", name) for offer in offers.values() for name in offer)
    return {match[1] for match in found if match}


def make_cell(column, offer, name, why):
    program, measure = offer.get(name, (None, None))
    if column.absent or not measure or measure.absent:
        return Cell(absent=column.absent or (measure.absent if measure else why))
    return Cell(program, measure)


def make_row(section, columns, offers, names, whys):
    """names and whys: for each column the name of its measure, and why it has none if there is no such one."""
    cells = {c.name: make_cell(c, offers[c.name], names[c.name], whys[c.name]) for c in columns}
    row = Row(section, names[columns[0].name], cells=cells)
    known = [cell.measure for cell in cells.values() if cell.measure]
    if not known:
        return None
    row.unit, row.more = known[0].unit, known[0].more
    row.floor, row.floors = known[0].floor, known[0].floors
    for cell in cells.values():
        if cell.measure and (cell.measure.unit, cell.measure.more) != (row.unit, row.more):
            raise SystemExit(f"run: {row.name}: {cell.measure.name} is in {cell.measure.unit}, not {row.unit}")
    return row


def make_rows(columns, offers, text):
    """All rows, the floors first.

    offers: {column: {measure's name: (program, measure)}}; text is that of the file ../rows.
    """
    quay = columns[0].name
    lines = read_sections(text)
    lines += savina_lines({name[7:].split(",")[0] for name in offers[quay] if name.startswith("savina ")}
                          | savina_names({name: offer for name, offer in offers.items() if name != quay}))
    rows, others = [], {FLOORS: [], ALONE: []}
    for section, own, shared in lines:
        names = {c.name: own if c.name == quay else shared for c in columns}
        whys = {c.name: "is not built" if c.name == quay else NO_PEER for c in columns}
        rows.append(make_row(section, columns, offers, names, whys))
    named = {own for _, own, _ in lines}
    for name in offers[quay]:
        if name not in named:
            section = FLOORS if name.startswith("floor: ") else ALONE
            others[section].append(make_row(section, columns[:1], offers, {quay: name}, {quay: ""}))
    return [row for row in others[FLOORS] + rows + others[ALONE] if row]


def choose(rows, text, quick):
    """The rows whose names have text in them, and their floors. Quick: of Savina's only those that peers have too."""
    chosen = [row for row in rows if text in row.name and not (quick and row.section == SAVINA and not row.has_peers())]
    floors = {row.floor for row in chosen}
    return [row for row in rows if row in chosen or row.name in floors]


# ---- what the table says of a row ----


def time_of(figure, more):
    """So that less is better, also where the figure is a rate."""
    return 1 / figure if more else figure


def best_peer(row):
    """(name, median) of the peer that is best, or None."""
    peers = [(name, cell.median) for name, cell in row.cells.items() if name != "Quay" and cell.figures]
    return min(peers, key=lambda peer: time_of(peer[1], row.more)) if peers else None


def floor_of(row, rows):
    """What the machine alone takes, in the row's unit, or None."""
    for floor in rows:
        if floor.name == row.floor and floor.cells["Quay"].figures:
            alone = floor.cells["Quay"].median
            return alone / row.floors if row.more else alone * row.floors
    return None


def ratio(row, reference):
    """How many times as long as the reference Quay takes."""
    quay = row.cells["Quay"].median
    if not quay or not reference:
        return None
    return time_of(quay, row.more) / time_of(reference, row.more)
