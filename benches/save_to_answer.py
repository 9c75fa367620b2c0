#!/usr/bin/env python3
"""From a save of routes.yaml to the first answer of the new backend, for each way of saving.

    cargo build --release && python3 benches/save_to_answer.py target/release/patchbay

Asks again and again over one kept connection; the time that a request takes is part of the figure.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

BODY = json.dumps({"model": "demo", "messages": [{"role": "user", "content": "hi"}]})


def table(target, server=""):
    return f"models:\n  demo: {target}\nbackends:\n  blue: echo://blue\n  green: echo://green\n{server}"


def write_unfinished(folder, text):
    with open(os.path.join(folder, ".unfinished"), "w") as file:
        file.write(text)


class Rename:
    name = "rename over the file"

    def __init__(self, folder):
        self.folder = folder

    def prepare(self, text):
        write_unfinished(self.folder, text)

    def save(self, _text):
        os.rename(os.path.join(self.folder, ".unfinished"), os.path.join(self.folder, "routes.yaml"))


class CloseAfterWrite:
    name = "write in place and close"

    def __init__(self, folder):
        self.path = os.path.join(folder, "routes.yaml")

    def prepare(self, _text):
        pass

    def save(self, text):
        with open(self.path, "w") as file:
            file.write(text)


class KeptOpen:
    name = "write in place, keep open"

    def __init__(self, folder):
        self.file = open(os.path.join(folder, "routes.yaml"), "r+")

    def prepare(self, _text):
        pass

    def save(self, text):
        self.file.seek(0)
        self.file.truncate()
        self.file.write(text)
        self.file.flush()


class Router:
    def __init__(self, binary, folder):
        command = [binary, "run", "-c", os.path.join(folder, "routes.yaml")]
        command += ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        log = open(os.path.join(folder, "log"), "w+")
        self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        while True:
            log.seek(0)
            found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", log.read())
            if found:
                break
            if self.process.poll() is not None:
                log.seek(0)
                sys.exit(log.read())
            time.sleep(0.01)
        self.connection = http.client.HTTPConnection("127.0.0.1", int(found.group(1)))

    def backend(self):
        self.connection.request("POST", "/v1/chat/completions", BODY)
        answer = self.connection.getresponse()
        answer.read()
        return answer.headers["x-patchbay-backend"]


def measure(binary, way, rounds, server="", pause=0.1):
    with tempfile.TemporaryDirectory() as folder:
        write_unfinished(folder, table("blue", server))
        os.rename(os.path.join(folder, ".unfinished"), os.path.join(folder, "routes.yaml"))
        router = Router(binary, folder)
        try:
            way, times = way(folder), []
            for number in range(rounds):
                target = ("green", "blue")[number % 2]
                way.prepare(table(target, server))
                time.sleep(pause + (number * 0.037 % 1 if server else 0))
                began = time.perf_counter()
                way.save(table(target, server))
                while router.backend() != target:
                    if time.perf_counter() - began > 10:
                        sys.exit(f"{way.name}: not live after 10 s")
                times.append((time.perf_counter() - began) * 1000)
            return way.name, times
        finally:
            router.process.terminate()
            router.process.wait()


def main():
    binary = os.path.abspath(sys.argv[1])
    runs = [(Rename, 200, ""), (CloseAfterWrite, 200, ""), (KeptOpen, 100, "")]
    runs.append((Rename, 30, "server: {watch: poll}\n"))
    for way, rounds, server in runs:
        name, times = measure(binary, way, rounds, server)
        times.sort()
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        name += ", polling only" if server else ""
        print(f"{name:40} n={len(times)}  p50 {statistics.median(times):7.2f} ms  p99 {p99:7.2f} ms")


main()
