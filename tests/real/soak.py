#!/usr/bin/env python3
"""Runs routers under load for a while, and has happen to them whatever happens in years.

    tests/real/soak.py PATCHBAY [MINUTES] [--seed N] [--rate PER_SECOND] [--csv FILE]

A router with a routes.yaml and one with a real etcd stand before backends that misbehave. Tables are
switched, saved well and badly, rolled back; backends and the center are killed and come back; clients
leave, read slowly, hold connections or don't. Every answer is judged: a failure that nothing explains
ends the run with 1, and so do memory or descriptors that grow. 5 minutes if nothing else is said.
"""

import argparse
import contextlib
import csv
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from scene import until
from soak_events import Events
from soak_load import Client, Judge
from soak_scene import Backends, Router, etcd

CLIENTS = 24
FLAT = {"rss_kb": (1.15, 5 * 1024), "descriptors": (1.15, 20)}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("patchbay")
    parser.add_argument("minutes", nargs="?", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--rate", type=float, default=120)
    parser.add_argument("--csv", type=Path)
    return parser.parse_args()


def leave(number, _frame):
    raise SystemExit(f"ended by {signal.Signals(number).name}")


class Sampler(threading.Thread):
    """Looks at the routers now and then, and says a line a minute."""

    def __init__(self, routers, judge, events, began, seconds, stop):
        super().__init__(daemon=True)
        self.routers, self.judge, self.events, self.stop = routers, judge, events, stop
        self.began, self.every = began, min(10, seconds / 30)

    def run(self):
        told = 0
        while not self.stop.wait(self.every):
            try:
                for router in self.routers:
                    for line in router.sample(self.began):
                        self.judge.problem(f"{router.name}: {line}")
            except Exception as error:
                self.judge.problem(f"{router.name} can't be looked at: {type(error).__name__} {error}")
                if router.process.process.poll() is not None:
                    return
            minute = int((time.monotonic() - self.began) / 60)
            if minute > told:
                told = minute
                self.tell(minute)

    def tell(self, minute):
        rss = ", ".join(f"{one.name} {one.samples[-1]['rss_kb'] / 1024:.1f} MB" for one in self.routers)
        asked, events = self.judge.outcomes.total(), sum(self.events.counts.values())
        print(f"minute {minute}: {asked} requests, {events} events, "
              f"{self.judge.unexplained} unexplained; {rss}", flush=True)


def soak(options, stack, folder):
    chance = random.Random(options.seed)
    judge = Judge(folder / "quirks")
    backends = Backends(folder, options.seed, judge)
    stack.callback(backends.stop)
    routers = [Router("file", options.patchbay, backends, 2)]
    stack.callback(routers[0].process.kill)
    center = etcd(folder)
    if center:
        stack.callback(center.kill)
        routers.append(Router("etcd", options.patchbay, backends, 1, center))
        stack.callback(routers[1].process.kill)
    for name in backends.ports:
        until(lambda: backends.answers(name), f"backend {name}")
    events, stop, began = Events(routers, backends, center, judge, chance), threading.Event(), time.monotonic()
    stack.callback(stop.set)
    every = CLIENTS / options.rate
    clients = [Client(routers, judge, f"{options.seed}-{n}", every, stop) for n in range(CLIENTS)]
    sampler = Sampler(routers, judge, events, began, options.minutes * 60, stop)
    for thread in [*clients, sampler]:
        thread.start()
    while time.monotonic() < began + options.minutes * 60:
        events.one()
        pause = time.monotonic() + chance.uniform(0, 1.5)
        events.until(lambda: time.monotonic() > pause, "the end of a pause")
    stop.set()
    for thread in [*clients, sampler]:
        thread.join(90)
    events.tick(all_of_them=True)
    for router in routers:
        come_to_rest(router, judge, began)
    report(options, routers, judge, events, time.monotonic() - began)
    return 1 if judge.unexplained else 0


def come_to_rest(router, judge, began):
    """Has a router end well once nothing is in flight any more."""

    def rests():
        status = router.status()
        busy = [one["name"] for one in status["backends"] if one["in_flight"] or one["waiting"]]
        return not (status["in_flight"] or status["finishing"] or busy)

    try:
        until(rests, f"{router.name}: nothing in flight", 30)
        router.sample(began)
        for line in router.log_is_bad():
            judge.problem(f"{router.name}: {line}")
        router.process.process.terminate()
        code = router.process.process.wait(40)
        assert code == 0, f"{router.name}: exit {code}"
    except Exception as error:
        judge.problem(f"{router.name} at its end: {type(error).__name__} {error}")


def report(options, routers, judge, events, seconds):
    print(f"\n{judge.outcomes.total()} requests in {seconds:.0f} s, seed {options.seed}")
    for outcomes in (judge.outcomes, events.counts):
        for name, count in sorted(outcomes.items(), key=lambda item: -item[1]):
            print(f"  {count:8} {name}")
    print("  medians by thirds of the time:       1st       2nd       3rd")
    for router in routers:
        for what in ("rss_kb", "descriptors", "sockets", "threads", "in_flight"):
            flat(router, what, judge)
    if options.csv:
        with open(options.csv, "w", newline="") as file:
            rows = [row for router in routers for row in router.samples]
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    print(f"unexplained: {judge.unexplained}")


def flat(router, what, judge):
    """Prints a figure by thirds of the time; what grows in the last third is a problem."""
    *values, rest = [row[what] for row in router.samples]
    third = len(values) // 3
    if not third:
        return judge.problem(f"{router.name}: too few samples")
    first, middle, last = (statistics.median(values[third * n : third * (n + 1)]) for n in range(3))
    print(f"  {router.name:5} {what:12} {first:9.0f} {middle:9.0f} {last:9.0f}   "
          f"most {max(values):.0f}, at rest {rest:.0f}")
    share, more = FLAT.get(what, (float("inf"), 0))
    if last > middle * share + more:
        judge.problem(f"{router.name}: {what} grows, from {middle:.0f} to {last:.0f}")


def main():
    options = arguments()
    print(f"soak: {options.minutes:g} minutes, seed {options.seed}", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, leave)
    signal.alarm(int(options.minutes * 60) + 300)
    with tempfile.TemporaryDirectory(prefix="patchbay-soak-") as folder, contextlib.ExitStack() as stack:
        sys.exit(soak(options, stack, Path(folder)))


if __name__ == "__main__":
    main()
