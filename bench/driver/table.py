"""table.py - the results as Markdown for people and as JSON for programs.

A ratio says how many times as long as something else Quay takes, so less is better and 1 is the same, also where the
figures are rates. Read next: charts.py
"""

import json

import rows as rows_


def number(figure):
    """With the digits that matter."""
    if figure is None:
        return "–"
    digits = 0 if abs(figure) >= 100 else 1 if abs(figure) >= 10 else 2
    return f"{figure:,.{digits}f}"


def mebibytes(kib):
    return f"{kib / 1024:,.{0 if kib >= 10240 else 1}f} MB"


def cell_text(cell, notes):
    if not cell.figures:
        return f"–{note(cell.absent, notes)}"
    spread = f" ({number(min(cell.figures))}–{number(max(cell.figures))})" if len(cell.figures) > 1 else ""
    return f"{number(cell.median)}{spread}, {mebibytes(max(cell.peaks))}"


def note(text, notes):
    """The reason for a dash is a note below the table."""
    if text not in notes:
        notes.append(text)
    return f" [{notes.index(text) + 1}]"


def line(fields):
    return "| " + " | ".join(fields) + " |"


def comparison(rows, all_rows, columns, notes):
    heads = ["measure", "unit", *(c.name for c in columns), "of best peer", "floor", "of floor"]
    yield line(heads)
    yield line(["---"] * 2 + ["---:"] * (len(heads) - 2))
    for row in rows:
        best, floor = rows_.best_peer(row), rows_.floor_of(row, all_rows)
        to_peer = rows_.ratio(row, best and best[1])
        yield line([
            row.name,
            row.unit,
            *(cell_text(row.cells[c.name], notes) for c in columns),
            f"{number(to_peer)} ({best[0]})" if to_peer else "–",
            number(floor),
            number(rows_.ratio(row, floor)),
        ])


def single(rows, all_rows, notes):
    yield line(["measure", "unit", "Quay", "floor", "of floor"])
    yield line(["---", "---", "---:", "---:", "---:"])
    for row in rows:
        floor = rows_.floor_of(row, all_rows)
        yield line([row.name, row.unit, cell_text(row.cells["Quay"], notes), number(floor),
                    number(rows_.ratio(row, floor))])


def floors(rows, notes):
    yield line(["floor", "unit", "the machine"])
    yield line(["---", "---", "---:"])
    for row in rows:
        yield line([row.name.removeprefix("floor: "), row.unit, cell_text(row.cells["Quay"], notes)])


def sections(rows):
    found = {}
    for row in rows:
        found.setdefault(row.section, []).append(row)
    return found


def section_lines(name, rows, all_rows, columns, notes):
    yield ""
    yield f"## {name}"
    yield ""
    if name == rows_.FLOORS:
        yield from floors(rows, notes)
    elif name == rows_.ALONE or len(columns) == 1:
        yield from single(rows, all_rows, notes)
    else:
        yield from comparison(rows, all_rows, columns, notes)


HOW = """\
A cell is the median of the rounds (the least–the most), and the most memory a process held in any of them. "Of best
peer" and "of floor" say how many times as long as those Quay takes: less is better, also where the figure is a rate."""


def markdown(rows, columns, facts, charts):
    notes = []
    out = ["# Benchmarks", "", facts.sentence(), "", HOW, ""]
    for column in columns:
        about = column.absent or ", ".join(part for part in (column.version, column.flags) if part)
        out.append(f"- **{column.name}**: {about}")
    for name, members in sections(rows).items():
        out += section_lines(name, members, rows, columns, notes)
        out += [line for chart in charts.get(name, []) for line in ("", f"![{name}]({chart})")]
    if notes:
        out += ["", "A dash:", ""] + [f"{i}. {text}" for i, text in enumerate(notes, 1)]
    return "\n".join(out) + "\n"


# ---- JSON ----


def cell_object(cell):
    if not cell.figures:
        return {"absent": cell.absent}
    return {
        "median": cell.median,
        "min": min(cell.figures),
        "max": max(cell.figures),
        "figures": cell.figures,
        "peak_kib": max(cell.peaks),
    }


def row_object(row, rows):
    best, floor = rows_.best_peer(row), rows_.floor_of(row, rows)
    return {
        "name": row.name,
        "section": row.section,
        "unit": row.unit,
        "better": "more" if row.more else "less",
        "cells": {name: cell_object(cell) for name, cell in row.cells.items()},
        "best_peer": best and best[0],
        "of_best_peer": rows_.ratio(row, best and best[1]),
        "floor": floor,
        "of_floor": rows_.ratio(row, floor),
    }


def as_json(rows, columns, facts):
    document = {
        **facts.as_dict(),
        "columns": [{"name": c.name, "version": c.version, "flags": c.flags, "absent": c.absent} for c in columns],
        "rows": [row_object(row, rows) for row in rows],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
