"""machine.py - where and when it was measured. Read next: rows.py"""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def compiler():
    try:
        text = subprocess.run([os.environ.get("CC", "cc"), "--version"], capture_output=True, text=True, check=False)
        return text.stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown compiler"


def cores():
    """Hardware threads of one core count once."""
    firsts = set()
    for cpu in os.sched_getaffinity(0):
        try:
            with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", encoding="utf-8") as siblings:
                firsts.add(siblings.read())
        except OSError:
            firsts.add(str(cpu))
    return len(firsts)


@dataclass
class Facts:
    quick: bool
    rounds: int
    load_before: float
    processor: str = ""
    cores: int = 0
    kernel: str = ""
    compiler: str = ""
    date: str = ""
    load_after: float = 0

    def __post_init__(self):
        self.processor, self.cores, self.kernel = processor(), cores(), platform.release()
        self.compiler = compiler()
        self.date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
        self.load_after = os.getloadavg()[0]

    def sentence(self):
        return (
            f"{self.processor}, {self.cores} cores, Linux {self.kernel}, {self.compiler}; {self.date}; "
            f"{self.rounds}{' short' if self.quick else ''} rounds; "
            f"load {self.load_before:.1f} before and {self.load_after:.1f} after."
        )

    def as_dict(self):
        return dict(self.__dict__)
