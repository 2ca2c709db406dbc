"""test_driver.py - the driver of the benchmarks, with programs that print what they are told to.

Read next: bench/driver/__main__.py
"""

import json
import shutil
import stat
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "driver"))

# pylint: disable=wrong-import-position
import build
import charts
import machine
import programs
import rounds
import rows as rows_
import table

FACTS = machine.Facts(quick=True, rounds=3, load_before=0)


class DriverTest(unittest.TestCase):
    """Has a folder for programs."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def program(self, name, listing, run=""):
        """A program that lists so, and runs so; run is shell, $2 the measure and $3 the count."""
        path = self.folder / name
        listing = listing.replace("\t", "\\t").replace("\n", "\\n")
        text = f"#!/bin/sh\nif [ $1 = --list ]; then printf '{listing}'; else\n{run or ':'}\nfi\n"
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return programs.Program(path)

    def figures(self, name, listing, *figures):
        """A program that prints these figures, one a run, of a measure in ns."""
        script = f'n=$(cat {self.folder}/{name}.n 2>/dev/null || echo 1); echo $((n + 1)) >{self.folder}/{name}.n\n'
        script += f'printf "$2\\tns\\t%s\\t2048\\n" "$(echo {" ".join(map(str, figures))} | cut -d" " -f$n)"'
        return self.program(name, listing, script)


def offer_of(program):
    return {measure.name: (program, measure) for measure in program.measures()}


def measured(columns, offers, text="[S]\nring = ring/1\n", count=3):
    rows = rows_.make_rows(columns, offers, text)
    rounds.measure_all(rows, rounds.Plan(count, 1, 10))
    return rows


class Programs(DriverTest):
    def test_lists_measures_and_reasons(self):
        program = self.program("p", "a\tM/s\tmore\t7\tfloor: x\t0.5\nb\t-\tno room\n")
        first, second = program.measures()
        self.assertEqual(first, programs.Measure("a", "M/s", True, 7, "floor: x", 0.5))
        self.assertEqual(second.absent, "no room")

    def test_counts_are_the_share_of_a_full_round(self):
        program = self.program("p", "a\tns\tless\t1000\t-\t1\n", r'printf "$2\tns\t$3\t5\n"')
        measure = program.measures()[0]
        self.assertEqual(program.run(measure, 0.1, 10), (100, 5))
        self.assertEqual(program.run(measure, 1e-9, 10), (1, 5))

    def test_a_failure_is_told_with_its_last_line(self):
        program = self.program("p", "a\tns\tless\t1\t-\t1\n", "echo first >&2; echo last >&2; exit 3")
        with self.assertRaisesRegex(programs.Failed, "^last$"):
            program.run(program.measures()[0], 1, 10)

    def test_what_takes_too_long_ends_with_all_it_started(self):
        pid = self.folder / "pid"
        program = self.program("p", "a\tns\tless\t1\t-\t1\n", f"sleep 1000 & echo $! >{pid}; wait")
        with self.assertRaisesRegex(programs.Failed, "longer than 1 s"):
            program.run(program.measures()[0], 1, 1)
        self.assertFalse(still_runs(int(pid.read_text(encoding="utf-8"))))

    def test_another_measure_than_asked_for_is_no_figure(self):
        program = self.program("p", "a\tns\tless\t1\t-\t1\n", r'printf "b\tns\t1\t5\n"')
        with self.assertRaisesRegex(programs.Failed, "printed"):
            program.run(program.measures()[0], 1, 10)

    def test_what_cannot_be_measured_here_says_why(self):
        program = self.program("p", "a\tns\tless\t1\t-\t1\n", r'printf "a\t-\ttoo few cores\n"')
        with self.assertRaisesRegex(programs.Absent, "^too few cores$"):
            program.run(program.measures()[0], 1, 10)

    def test_a_savina_program_has_a_measure_for_each_number_of_workers(self):
        path = self.folder / "savina_x"
        path.write_text('#!/bin/sh\necho "{\\"ms\\": $3.5, \\"peak_kb\\": 7}"\n', encoding="utf-8")
        path.chmod(0o755)
        savina = programs.Savina("x", path, cores=1)
        one, two = savina.measures()
        self.assertEqual((one.name, one.unit, two.absent), ("savina x, one worker", "ms", "too few cores"))
        self.assertEqual(savina.run(one, 0.1, 10), (1.5, 7))


def still_runs(pid):
    """A process that was killed may be there a moment longer, as one that nobody has waited for yet."""
    for _ in range(1000):
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.01)
    return True


class Rows(DriverTest):
    def two_columns(self, quay=(30, 10, 20), peer=(5, 50, 40)):
        columns = [build.Column("Quay"), build.Column("P"), build.Column("Q", absent="q-dev is not installed")]
        own = self.figures("quay", "ring\tns\tless\t1\t-\t1\n", *quay)
        other = self.figures("peer", "ring/1\tns\tless\t1\t-\t1\n", *peer)
        return columns, {"Quay": offer_of(own), "P": offer_of(other), "Q": {}}

    def test_a_row_has_the_medians_of_all_columns(self):
        row = measured(*self.two_columns())[0]
        self.assertEqual([row.cells[c].median for c in ("Quay", "P", "Q")], [20, 40, None])
        self.assertEqual(row.cells["Q"].absent, "q-dev is not installed")
        self.assertEqual(rows_.best_peer(row), ("P", 40))
        self.assertEqual(rows_.ratio(row, 40), 0.5)

    def test_of_rates_more_is_better_and_the_ratio_still_of_times(self):
        cell = rows_.Cell(figures=[80])
        row = rows_.Row("S", "r", "M/s", True, cells={
            "Quay": cell, "P": rows_.Cell(figures=[20]), "Q": rows_.Cell(figures=[40])})
        self.assertEqual(rows_.best_peer(row), ("Q", 40))
        self.assertEqual(rows_.ratio(row, 40), 0.5)

    def test_a_floor_counts_as_often_as_it_is_needed(self):
        floor = rows_.Row(rows_.FLOORS, "floor: x", "ns", cells={"Quay": rows_.Cell(figures=[100])})
        row = rows_.Row("S", "r", "ns", False, "floor: x", 0.5, {"Quay": rows_.Cell(figures=[100])})
        self.assertEqual(rows_.floor_of(row, [floor, row]), 50)
        self.assertEqual(rows_.ratio(row, 50), 2)

    def test_floors_come_first_and_what_is_in_no_list_last(self):
        own = self.program("p", "ring\tns\tless\t1\t-\t1\nother\tns\tless\t1\t-\t1\nfloor: x\tns\tless\t1\t-\t1\n")
        rows = rows_.make_rows([build.Column("Quay")], {"Quay": offer_of(own)}, "[S]\nring = ring/1\n")
        self.assertEqual([(row.section, row.name) for row in rows],
                         [(rows_.FLOORS, "floor: x"), ("S", "ring"), (rows_.ALONE, "other")])

    def test_savina_programs_find_their_peers_by_name(self):
        columns = [build.Column("Quay"), build.Column("P")]
        quay = {m.name: (None, m) for m in programs.Savina("a", None, 2).measures()}
        peer = {"savina.b/1": (None, programs.Measure("savina.b/1", "ms"))}
        rows = rows_.make_rows(columns, {"Quay": quay, "P": peer}, "")
        self.assertEqual([row.name for row in rows],
                         ["savina a, one worker", "savina a, two workers", "savina b, one worker"])
        self.assertEqual(rows[2].cells["Quay"].absent, "is not built")
        self.assertEqual([row.name for row in rows_.choose(rows, "", quick=True)], ["savina b, one worker"])

    def test_only_takes_the_floors_along(self):
        floor = rows_.Row(rows_.FLOORS, "floor: x", "ns")
        other = rows_.Row(rows_.FLOORS, "floor: y", "ns")
        row = rows_.Row("S", "ring", "ns", floor="floor: x")
        self.assertEqual(rows_.choose([row, floor, other], "rin", False), [row, floor])

    def test_units_that_differ_are_not_compared(self):
        columns, offers = self.two_columns()
        offers["P"] = {"ring/1": (None, programs.Measure("ring/1", "us"))}
        with self.assertRaisesRegex(SystemExit, "us, not ns"):
            rows_.make_rows(columns, offers, "[S]\nring = ring/1\n")

    def test_the_list_of_rows_names_measures_that_the_peers_have(self):
        """Of the peers that are always there to look at: the files they are written in."""
        text = (build.ROOT / "bench/rows").read_text(encoding="utf-8")
        sources = "".join(path.read_text(encoding="utf-8") for path in (build.ROOT / "bench").rglob("*.*")
                          if path.suffix in (".c", ".cpp", ".go", ".erl"))
        for _, own, shared in rows_.read_sections(text):
            for peer_quotes in (f'"{own}"', f'"{shared}"'):
                self.assertIn(peer_quotes, sources)


class Rounds(DriverTest):
    def test_columns_take_turns_and_each_begins_once(self):
        log = self.folder / "log"
        offers, columns = {}, [build.Column(name) for name in ("Quay", "P", "Q")]
        for column in columns:
            name = "ring" if column.name == "Quay" else "ring/1"
            run = f'echo {column.name} >>{log}; printf "$2\\tns\\t1\\t1\\n"'
            offers[column.name] = offer_of(self.program(column.name, f"{name}\tns\tless\t1\t-\t1\n", run))
        measured(columns, offers)
        self.assertEqual(log.read_text(encoding="utf-8").split(), "Quay P Q P Q Quay Q Quay P".split())

    def test_a_round_that_fails_spoils_the_cell(self):
        run = f'[ -f {self.folder}/once ] && exit 1; touch {self.folder}/once; printf "$2\\tns\\t1\\t1\\n"'
        own = self.program("quay", "ring\tns\tless\t1\t-\t1\n", run)
        row = measured([build.Column("Quay")], {"Quay": offer_of(own)})[0]
        cell = row.cells["Quay"]
        self.assertEqual((cell.figures, cell.absent, cell.broken), ([], "ends with status 1", True))

    def test_what_cannot_be_measured_is_not_broken(self):
        own = self.program("quay", "ring\tns\tless\t1\t-\t1\n", r'printf "ring\t-\ttoo few cores\n"')
        cell = measured([build.Column("Quay")], {"Quay": offer_of(own)})[0].cells["Quay"]
        self.assertEqual((cell.absent, cell.broken), ("too few cores", False))

    def test_what_is_late_is_left_out(self):
        own = self.figures("quay", "ring\tns\tless\t1\t-\t1\n", 1)
        rows = rows_.make_rows([build.Column("Quay")], {"Quay": offer_of(own)}, "")
        self.assertEqual(rounds.measure_all(rows, rounds.Plan(3, 1, 10, ends=0)), 1)
        cell = rows[0].cells["Quay"]
        self.assertEqual((cell.absent, cell.broken), (rounds.NO_TIME, False))


class Tables(DriverTest):
    def setUp(self):
        super().setUp()
        self.columns = [build.Column("Quay", "1", "fast"), build.Column("P", "2", "-O3"),
                        build.Column("Q", absent="q-dev is not installed")]
        cells = {"Quay": rows_.Cell(figures=[10, 20, 30], peaks=[1024, 2048, 1024]),
                 "P": rows_.Cell(figures=[40, 40, 1234.5], peaks=[20480] * 3),
                 "Q": rows_.Cell(absent="q-dev is not installed")}
        self.rows = [rows_.Row("S", "ring", "ns/hop", False, "floor: x", 1, cells),
                     rows_.Row(rows_.FLOORS, "floor: x", "ns", cells={"Quay": rows_.Cell(figures=[5], peaks=[1])})]

    def test_markdown_has_medians_memory_ratios_and_reasons(self):
        text = table.markdown(self.rows, self.columns, FACTS, {"S": ["s-ns.svg"]})
        self.assertIn("| ring | ns/hop | 20.0 (10.0–30.0), 2.0 MB | 40.0 (40.0–1,234), 20 MB | – [1] "
                      "| 0.50 (P) | 5.00 | 4.00 |", text)
        self.assertIn("1. q-dev is not installed", text)
        self.assertIn("![S](s-ns.svg)", text)

    def test_json_has_every_figure(self):
        document = json.loads(table.as_json(self.rows, self.columns, FACTS))
        ring = document["rows"][0]
        self.assertEqual(ring["cells"]["Quay"]["figures"], [10, 20, 30])
        self.assertEqual((ring["of_best_peer"], ring["best_peer"], ring["of_floor"]), (0.5, "P", 4))
        self.assertEqual(ring["cells"]["Q"], {"absent": "q-dev is not installed"})
        self.assertEqual(document["columns"][1], {"name": "P", "version": "2", "flags": "-O3", "absent": ""})

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_charts_are_drawn_of_what_has_peers(self):
        drawn = charts.draw_all(self.rows, self.columns, self.folder)
        self.assertEqual(drawn, {"S": ["s-ns.svg"]})
        self.assertIn("ring", (self.folder / "s-ns.svg").read_text(encoding="utf-8"))
        self.assertTrue((self.folder / "s-ns.png").read_bytes().startswith(b"\x89PNG"))


if __name__ == "__main__":
    unittest.main()
