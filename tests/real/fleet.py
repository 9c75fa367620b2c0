#!/usr/bin/env python3
"""Three routers on one real etcd, switched many times under load; in CI 100 times.

    python3 tests/real/fleet.py target/release/patchbay [SWITCHES]

After every `wait` for all replicas, each request that begins must be answered by the new backend.
Then tables are pushed in two phases: those that one replica refuses must not be written, the others
must go live. Ends with two lines of figures; the exit code is 1 if anything was wrong.
"""

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from etcd import Etcd, Http
from scene import Patchbay, until

KEY = "fleet/routes.yaml"


def backend(api):
    body = {"model": "demo", "messages": [{"role": "user", "content": "hi"}]}
    status, answer = api.ask("POST", "/v1/chat/completions", body)
    assert status == 200, answer
    return int(answer["choices"][0]["message"]["content"].split(":")[0].removeprefix("b"))


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def main(patchbay, switches):
    if not Etcd.is_here():
        print("SKIPPED: no etcd here (apt-get install etcd-server)")
        return 3
    folder = Path(tempfile.mkdtemp())
    processes = []
    try:
        processes.append(center := Etcd(folder, KEY))
        return run(patchbay, switches, folder, center, processes)
    finally:
        for process in processes:
            process.kill()
        shutil.rmtree(folder)


def run(patchbay, switches, folder, center, processes):
    def put(number):
        center.put(f"models:\n  demo: echo://b{number}\n")

    put(0)
    for at in range(3):
        # One replica lacks a value that the others have.
        values = {} if at == 2 else {"TARGET": "echo://b0"}
        where = ["--source", center.source, "--state-dir", str(folder / f"state{at}")]
        processes.append(Patchbay(patchbay, None, arguments=where, **values))
    routers = processes[1:]
    waiter = Http(routers[0].admin)
    until(lambda: len(waiter.ask("GET", "/admin/v1/fleet")[1]["replicas"]) == 3, "three replicas", 20)

    floor, is_over, asked, wrong = [0], threading.Event(), [0] * 3, []

    def load(at):
        api = Http(routers[at].port)
        while not is_over.is_set():
            least = floor[0]
            try:
                number = backend(api)
            except Exception as error:
                wrong.append(f"{error!r}")
                return
            if number < least:
                wrong.append(f"b{number} after all were on b{least}")
            asked[at] += 1

    threads = [threading.Thread(target=load, args=[at]) for at in range(3)]
    for thread in threads:
        thread.start()
    skews, waits = [], []
    for number in range(1, switches + 1):
        began = time.monotonic()
        put(number)
        status, report = waiter.ask("GET", f"/admin/v1/wait?generation={number + 1}&timeout=30s")
        waits.append((time.monotonic() - began) * 1000)
        assert status == 200, report
        floor[0] = number
        skews.append(report["fleet"]["skew_ms"])
        # Builds are held apart, so that changes one upon the other would measure that.
        time.sleep(0.2)
    is_over.set()
    for thread in threads:
        thread.join()
    for text in wrong[:10]:
        print(text)
    figures = [f"p50 {quantile(some, 0.5):.0f} ms, p99 {quantile(some, 0.99):.0f} ms" for some in (skews, waits)]
    print(
        f"fleet: {switches} switches, {sum(asked)} requests, {len(wrong)} wrong; "
        f"skew {figures[0]}; from the change until all agree {figures[1]}"
    )
    return 1 if wrong or not two_phases(patchbay, center.source, folder, waiter, switches) else 0


def two_phases(patchbay, source, folder, waiter, switches):
    """Pushes what all replicas take and what one refuses, in turn."""

    def push(text):
        (folder / "pushed.yaml").write_text(text)
        command = [patchbay, "push", "pushed.yaml", "--source", source, "--two-phase", "--no-check"]
        began = time.monotonic()
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        return done, (time.monotonic() - began) * 1000

    def fleet():
        return waiter.ask("GET", "/admin/v1/fleet")[1]

    took, bad, pushes = [], [], 10
    for at in range(pushes):
        before = fleet()["newest"]
        done, _ = push("models:\n  demo: ${TARGET}\n")
        if done.returncode != 1 or "refused: error[E113]: `TARGET` is not set" not in done.stderr:
            bad.append(f"a table that one can't take: {done}")
        if not fleet()["agrees"] or fleet()["newest"] != before:
            bad.append("a refused table went live")
        done, millis = push(f"models:\n  demo: echo://b{switches + 1 + at}\n")
        took.append(millis)
        if done.returncode != 0 or not done.stdout.endswith(", agreed by 3 replicas\n"):
            bad.append(f"a table that all take: {done}")
        until(lambda: fleet()["newest"] != before, "the agreed table", 20)
        status, report = waiter.ask("GET", f"/admin/v1/wait?digest={fleet()['newest']}&timeout=30s")
        if status != 200:
            bad.append(f"not live: {report}")
    for text in bad:
        print(text)
    figures = f"p50 {quantile(took, 0.5):.0f} ms, longest {max(took):.0f} ms"
    print(f"fleet: {pushes} pushes that all agreed on, {figures}; {pushes} that one refused, {len(bad)} wrong")
    return not bad


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).resolve()), int(sys.argv[2]) if len(sys.argv) > 2 else 500))
