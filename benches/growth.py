#!/usr/bin/env python3
"""What a table of 10, 1,000, 10,000 and 100,000 models costs: the figures of docs/growth.md.

    cargo build --release && python3 benches/growth.py target/release/patchbay [MODELS…]

Ten models share a backend, each model has two of them, and every tenth has an alias. A router is started
with each table; then one model's target is changed and the file saved, five times; then it is left alone.
Names are short, so that 100,000 models are a document of less than 4 MiB, which is the most.
"""

import http.client
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "real"))

from idle_streams import memory  # noqa: E402
from scene import router, until  # noqa: E402

SIZES = [10, 1000, 10_000, 100_000]
SAVES = 5


def table(models, first):
    """Writes a table; its first model goes where it is told."""
    backends = max(2, models // 10)
    lines = ["backends:"]
    lines += [f"  g{n}: http://10.{n // 250}.{n % 250}.1:80" for n in range(backends)]
    lines += ["models:", f"  first: echo://{first}"]
    for n in range(models):
        to = f"[g{n % backends}, g{(n + 1) % backends}]"
        lines.append(f"  t{n % 97:02}/m-{n:06}: " + (to if n % 10 else f"{{to: {to}, alias: a{n}}}"))
    return "\n".join(lines) + "\n"


def asked(port, model):
    """Asks for a model; returns the milliseconds that it took, and who answered."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    began = time.perf_counter()
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}]})
    connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
    answer = connection.getresponse().read().decode()
    took = (time.perf_counter() - began) * 1000
    connection.close()
    return took, answer


def cpu(pid):
    """Returns the CPU milliseconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 10


def measure(binary, models):
    """Returns one row."""
    began = time.perf_counter()
    with router(binary, table(models, "a"), arguments=["--state-dir", "state"]) as patchbay:
        start = (time.perf_counter() - began) * 1000
        pid = patchbay.process.pid
        asked(patchbay.port, "first")
        time.sleep(2)
        rss = memory(pid)[0]
        saves = []
        for save in range(SAVES):
            name = f"b{save}"
            patchbay.save(table(models, name))
            saved = time.perf_counter()
            until(lambda: f"{name}: hi" in asked(patchbay.port, "first")[1], "the new table", 60)
            saves.append((time.perf_counter() - saved) * 1000)
            time.sleep(0.5)
        known = statistics.median(asked(patchbay.port, "first")[0] for _ in range(50))
        unknown = statistics.median(asked(patchbay.port, "t03/m-x")[0] for _ in range(5))
        used, began = cpu(pid), time.perf_counter()
        time.sleep(10)
        idle = (cpu(pid) - used) / (time.perf_counter() - began)
        return {
            "start": start, "rss": rss, "rss_after": memory(pid)[0], "known": known, "unknown": unknown,
            "idle": idle, "save": statistics.median(saves),
        }


def main(binary, sizes):
    rows = {models: measure(binary, models) for models in sizes}
    least = min(sizes)
    print("| models | start ms | save to answer ms | a known model ms | an unknown model ms | "
          "idle CPU ms/s | RSS MB | after 5 saves MB | a model KB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for models, row in rows.items():
        each = (row["rss"] - rows[least]["rss"]) / (models - least) if models > least else 0
        print(f"| {models:,} | {row['start']:.0f} | {row['save']:.0f} | {row['known']:.2f} | {row['unknown']:.2f} | "
              f"{row['idle']:.1f} | {row['rss'] / 1024:.1f} | {row['rss_after'] / 1024:.1f} | {each:.2f} |")


if __name__ == "__main__":
    main(sys.argv[1], [int(word) for word in sys.argv[2:]] or SIZES)
