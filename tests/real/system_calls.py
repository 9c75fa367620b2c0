#!/usr/bin/env python3
"""Counts the router's system calls: of a request, and of an event of a stream that comes slowly.

    tests/real/system_calls.py PATCHBAY [REQUESTS]        2000 if nothing else is said

The router has its defaults and a CPU of its own, and strace looks on. What it does as often without a
request, and what the thread that writes the log does, is not a request's: the one is measured idle and
taken off, the other wakes 200 times a second at most, however many requests there are. Ends with 1 if
a request or an event takes more calls than its bar.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from counted_scene import scene

# Six and three is what there must be; one more in each fifth is too much.
UNARY_MOST, EVENT_MOST = 6.2, 3.2
IDLE = 3
MANY = 32
CALL = re.compile(r"^(\d+) +(<\.\.\. )?(\w+)(?:\(| resumed>)")


class CannotTrace(Exception):
    """There is no strace here, or it may not look."""


@dataclass
class Trace:
    """The calls that were begun while something was done, by thread and name."""

    calls: dict
    seconds: float

    def of(self, threads):
        """Returns the calls of some threads."""
        return sum((calls for thread, calls in self.calls.items() if thread in threads), Counter())


def trace(pid, work):
    """Does something under strace's eyes."""
    if shutil.which("strace") is None:
        raise CannotTrace("there is no strace here (apt-get install strace)")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "calls")
        command = ["strace", "-f", "-s", "0", "-o", out, "-p", str(pid)]
        strace = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            said = strace.stderr.readline()
            if "attached" not in said:
                raise CannotTrace(said.strip() or "strace says nothing")
            began = time.monotonic()
            work()
            seconds = time.monotonic() - began
        finally:
            strace.send_signal(signal.SIGINT)
            strace.communicate()
        return Trace(counted(out.read_text(errors="replace")), seconds)


def counted(text):
    """Counts what strace has written, by thread and name; a call that another thread's interrupts stands
    in two lines. A wait that ends with nothing was for a timer: those are as many as there is time."""
    calls = {}
    for line in text.splitlines():
        if found := CALL.match(line):
            thread, is_over, name = int(found[1]), found[2] is not None, found[3]
            if name == "epoll_wait":
                counts = "<unfinished" not in line and not line.endswith("= 0")
            else:
                counts = not is_over
            calls.setdefault(thread, Counter())[name] += counts
    return calls


def writers_of_the_log(pid):
    """Returns the thread that writes the log."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int(task.name) for task in tasks if (task / "comm").read_text().strip() == "log"}


def each(pid, units, work, idle):
    """Returns the calls of one unit, and those of the log's thread for one time that it wrote."""
    seen = trace(pid, work)
    log = writers_of_the_log(pid)
    working = {thread for thread, calls in seen.calls.items() if calls["recvfrom"]} - log
    written = seen.of(log)["write"]
    ours = seen.of(working)
    ours["futex"] = max(0, ours["futex"] - written)  # each time one call wakes it
    for call, count in idle.of(working).items():
        ours[call] = max(0, ours[call] - count * seen.seconds / idle.seconds)
    per_write = sum(seen.of(log).values()) / written + 1 if written else 0
    return Counter({call: count / units for call, count in ours.items()}), per_write


def table(columns):
    """Prints a row for each call that is made in at least one of a thousand units."""
    names = sorted({name for calls in columns.values() for name, count in calls.items() if count >= 0.001})
    width = max(map(len, columns))
    print(f"{'':18}" + "".join(f"{title:>{width + 2}}" for title in columns))
    for name in sorted(names, key=lambda name: -max(calls[name] for calls in columns.values())):
        print(f"{name:18}" + "".join(f"{calls[name]:{width + 2}.3f}" for calls in columns.values()))
    print(f"{'all':18}" + "".join(f"{sum(calls.values()):{width + 2}.3f}" for calls in columns.values()))


def main(binary, requests):
    with scene(binary) as under_way:
        pid = under_way.patchbay.process.pid
        under_way.unary(200)
        under_way.stream(20)
        time.sleep(0.5)  # until what begins with the first requests has ended
        idle = trace(pid, lambda: time.sleep(IDLE))
        events = requests // 2
        scenes = {
            "a request": (requests, UNARY_MOST, lambda: under_way.unary(requests)),
            "a paced event": (events, EVENT_MOST, lambda: under_way.stream(events)),
            "a request of 32": (requests * 3, UNARY_MOST, lambda: under_way.unary(requests * 3, MANY)),
            "an event of 32": (events * MANY // 8, EVENT_MOST, lambda: under_way.stream(events // 8, MANY)),
        }
        columns, writes, over = {}, [], []
        for title, (units, most, work) in scenes.items():
            columns[title], per_write = each(pid, units, work, idle)
            writes.append(per_write)
            if (calls := sum(columns[title].values())) > most:
                over.append(f"OVER THE BAR: {title} takes {calls:.2f} system calls, and may take {most}")
    table(columns)
    beside = sum(sum(calls.values()) for calls in idle.calls.values()) / idle.seconds
    print(f"beside these: {max(writes):.1f} calls each time that the log is written, 200 times a second at most; "
          f"{beside:.0f} a second without requests")
    for line in over:
        print(line)
    return 1 if over else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000))
    except CannotTrace as why:
        print(f"SKIPPED: the count of system calls: {why}")
