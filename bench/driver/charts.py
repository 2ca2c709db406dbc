"""charts.py - bar charts by gnuplot, as SVG and as PNG: one for each section and unit that has figures of peers.

Read next: __main__.py
"""

import itertools
import shutil
import subprocess

import table

# Told apart also by those who do not see all colours.
COLOURS = ["#0072b2", "#e69f00", "#cc79a7", "#56b4e9", "#999999", "#009e73", "#d55e00", "#f0e442"]

SCRIPT = """\
set terminal {terminal}
set output "{output}"
set title "{title}"
set ylabel "{unit}, {better} is better"
set style data histogram
set style histogram errorbars gap 2 lw 1
set style fill solid 0.9 border lt -1
set boxwidth 0.9
set datafile missing "?"
set logscale y
set yrange [{low}:{high}]
set grid ytics
set key outside top center horizontal
set xtics rotate by -30 noenhanced
set bmargin 11
set rmargin 22
plot {plots}
"""


def low_and_high(rows):
    """The powers of ten around all figures."""
    figures = [figure for row in rows for cell in row.cells.values() for figure in cell.figures]
    low, high = 1e-9, 1e12
    while low * 10 <= min(figures):
        low *= 10
    while high / 10 >= max(figures):
        high /= 10
    return low / 2, high * 1.2


def data(rows, columns):
    """A line a row: its name, and for each column median, least and most."""
    lines = []
    for row in rows:
        fields = [f'"{row.name}"']
        for column in columns:
            cell = row.cells[column.name]
            figures = [cell.median, min(cell.figures), max(cell.figures)] if cell.figures else []
            fields += [f"{figure:.6g}" for figure in figures] or ["?"] * 3
        lines.append(" ".join(fields))
    return "\n".join(lines) + "\n"


def script(title, rows, columns, terminal, output, source):
    low, high = low_and_high(rows)
    plots = ", ".join(
        f'"{source}" using {3 * i + 2}:{3 * i + 3}:{3 * i + 4}:xtic(1) title "{column.name}" lc rgb "{colour}"'
        for i, (column, colour) in enumerate(zip(columns, itertools.cycle(COLOURS)))
    )
    return SCRIPT.format(terminal=terminal, output=output, title=title, unit=rows[0].unit,
                         better="more" if rows[0].more else "less", low=low, high=high, plots=plots)


def draw(name, title, rows, columns, folder):
    """Returns the file's name, or None if gnuplot failed."""
    columns = [column for column in columns if any(row.cells[column.name].figures for row in rows)]
    width = 400 + 24 * len(rows) * (len(columns) + 2)
    source = folder / f"{name}.dat"
    source.write_text(data(rows, columns), encoding="utf-8")
    for suffix, terminal in (("svg", "svg"), ("png", "pngcairo")):
        size = f"{terminal} size {width},520 noenhanced"
        text = script(title, rows, columns, size, folder / f"{name}.{suffix}", source)
        if subprocess.run(["gnuplot"], input=text, capture_output=True, text=True, check=False).returncode:
            return None
    source.unlink()
    return f"{name}.svg"


def by_unit(rows):
    found = {}
    for row in rows:
        if any(cell.figures for name, cell in row.cells.items() if name != "Quay"):
            unit = row.unit if row.more else row.unit.split("/")[0]  # nanoseconds a hop go with those a trip
            found.setdefault((unit, row.more), []).append(row)
    return found


def draw_all(rows, columns, folder):
    """{section: [names of files]}; empty without gnuplot."""
    charts = {}
    if not shutil.which("gnuplot"):
        return charts
    for section, members in table.sections(rows).items():
        for (unit, _), group in by_unit(members).items():
            name = f"{section}-{unit}".lower().replace("/", "-per-").replace(" ", "-")
            drawn = draw(name, f"{section}, {unit}", group, columns, folder)
            if drawn:
                charts.setdefault(section, []).append(drawn)
    return charts
