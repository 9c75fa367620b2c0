#!/usr/bin/env python3
"""Counts the instructions of the hot path, and compares them with those of benches/counts.txt.

    cargo build --release && python3 benches/counts.py target/release/patchbay [WORDS]
    cargo build --release && python3 benches/counts.py target/release/patchbay --write

Time depends on the machine and on who else is on it; a count doesn't, so it can fail a build. Whole
requests and events go through the router as it is; the pieces are those of benches/counts. Each is
done under valgrind so many times and twice as many times, and the difference is counted, so that
neither start nor end is in it. Only user space is counted. Ends with 1 if a count has risen above its
tolerance; `--write` takes the counts of now as those to compare with. WORDS: only what has them in
its name.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "real"))

from counted_scene import scene  # noqa: E402

BASELINE = HERE / "counts.txt"
TOLERANCE = 5  # percent
WRITE = "cargo build --release && python3 benches/counts.py target/release/patchbay --write"
# valgrind takes each byte that `rep movsb` moves for an instruction; the processor doesn't.
PLAIN_COPIES = "glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000"
# What grows with the table must be out of a request's way. A full hash map is looked at twice now and then.
ALIKE, ALIKE_WITHIN = ("find and pick of 10", "find and pick of 100000"), 20  # percent
HEAD = """# Instructions of the hot path in user space: a request (1 KB, one connection) and an event through the
# router, and its pieces. Made with {made}.
# Another compiler or libc moves them a little, hence the tolerance. A new baseline is taken by
#   {write}
# Events that come together go on together: their count depends on how busy the machine is.
"""


class CannotCount(Exception):
    """There is no valgrind here."""


@dataclass
class Count:
    """How many instructions something takes, and by how many percent it may rise."""

    instructions: float
    tolerance: int = TOLERANCE


def counting(log):
    """Returns the command that counts the command behind it, and its environment."""
    if shutil.which("valgrind") is None:
        raise CannotCount("there is no valgrind here (apt-get install valgrind)")
    command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    return [*command, f"--log-file={log}"], {"GLIBC_TUNABLES": PLAIN_COPIES}


def instructions(run):
    """Has something run under valgrind; returns how many instructions and seconds that took."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "valgrind")
        began = time.monotonic()
        run(*counting(log))
        seconds = time.monotonic() - began
        found = re.search(r"I\s+refs:\s+([\d,]+)", log.read_text())
        assert found, log.read_text()
        return int(found[1].replace(",", "")), seconds


def more(run, times, beside=0):
    """Returns how many more instructions twice as many times take, each; `beside` are those of a second
    in which nothing is asked for, and which a slow machine has more of."""
    (once, short), (twice, long) = instructions(run(times)), instructions(run(2 * times))
    return (twice - once - beside * (long - short)) / times


def whole(binary):
    """Returns what goes through the router: how often, how it is done so many times, and how many
    instructions a second it takes anyway."""

    def through(do):
        def run(times):
            def work(command, environment):
                with scene(binary, command, **environment) as under_way:
                    do(under_way, times)

            return work

        return run

    idle = more(through(lambda _, seconds: time.sleep(seconds)), 5)
    return {
        "request": (500, through(lambda router, times: router.unary(times)), idle),
        "paced event": (300, through(lambda router, times: router.stream(times)), idle),
        "burst event": (4000, through(lambda router, times: router.stream(times, burst=True)), idle),
    }


def pieces():
    """Builds the pieces; returns the same of each."""
    command = ["cargo", "bench", "--profile", "load", "--locked", "--no-run", "--bench", "counts", "--message-format", "json"]
    built = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True, text=True).stdout
    artifacts = [json.loads(line) for line in built.splitlines()]
    program = next(one["executable"] for one in artifacts if one.get("target", {}).get("name") == "counts")

    def run(name):
        def prepared(times):
            def work(command, environment):
                subprocess.run([*command, program, name, str(times)], env={**os.environ, **environment}, check=True)

            return work

        return prepared

    listed = subprocess.run([program, "--list"], stdout=subprocess.PIPE, check=True, text=True).stdout
    lines = [line.rsplit(" ", 1) for line in listed.splitlines()]
    return {name: (int(times), run(name), 0) for name, times in lines}


def counted(scenes):
    """Counts all, and says each as it is known."""
    counts = {}
    for name, (times, run, beside) in scenes.items():
        counts[name] = Count(more(run, times, beside))
        print(f"  {name:26}{counts[name].instructions:16,.0f}", flush=True)
    return counts


def made():
    """Says with what the counts are made."""
    versions = [["rustc", "--version"], ["ldd", "--version"], ["valgrind", "--version"]]
    lines = [subprocess.run(one, stdout=subprocess.PIPE, text=True).stdout.splitlines()[0] for one in versions]
    return ", ".join(lines)


def baseline():
    """Reads the counts to compare with."""
    lines = [line.rsplit(maxsplit=3) for line in BASELINE.read_text().splitlines() if not line.startswith("#")]
    return {name: Count(int(count.replace(",", "")), int(most)) for name, count, most, _ in lines}


def write(counts):
    """Takes these counts as those to compare with; what was allowed stays allowed."""
    before = baseline() if BASELINE.exists() else {}
    lines = [
        f"{name:26}{count.instructions:16,.0f}{before.get(name, count).tolerance:6} %\n"
        for name, count in counts.items()
    ]
    BASELINE.write_text(HEAD.format(made=made(), write=WRITE) + "".join(lines))


def compare(counts, before):
    """Prints what has changed; returns whether all is well."""
    print(f"{'':26}{'before':>16}{'now':>16}{'change':>9}")
    risen, fallen = [], []
    for name, count in counts.items():
        if name not in before:
            print(f"{name:26}{'':16}{count.instructions:16,.0f}      new: take a new baseline")
            continue
        then = before[name]
        change = 100 * (count.instructions / then.instructions - 1)
        mark = "  ROSE" if change > then.tolerance else "  fell" if change < -then.tolerance else ""
        print(f"{name:26}{then.instructions:16,.0f}{count.instructions:16,.0f}{change:+8.1f}%{mark}")
        risen += [name] if mark == "  ROSE" else []
        fallen += [name] if mark == "  fell" else []
    small, large = (counts.get(name) for name in ALIKE)
    grows = small and large and large.instructions > small.instructions * (1 + ALIKE_WITHIN / 100)
    if grows:
        print(f"GROWS WITH THE TABLE: {ALIKE[1]} takes more than {ALIKE[0]}")
    if fallen:
        print(f"fewer than before, so that a rise would pass unseen: {', '.join(fallen)}; take a new baseline: {WRITE}")
    if risen:
        print(f"MORE THAN BEFORE: {', '.join(risen)}; if that is worth it, take a new baseline: {WRITE}")
    return not risen and not grows


def main(binary, words):
    scenes = {**whole(binary), **pieces()}
    if words == ["--write"]:
        write(counted(scenes))
        return 0
    return 0 if compare(counted({n: s for n, s in scenes.items() if all(w in n for w in words)}), baseline()) else 1


if __name__ == "__main__":
    try:
        counting("")
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except CannotCount as why:
        print(f"SKIPPED: the count of instructions: {why}")
