#!/usr/bin/env python3
"""From a save of routes.yaml to the first answer of the new backend, for each way of saving.

    cargo build --release && python3 benches/save_to_answer.py target/release/patchbay

Asks again and again over one kept connection; the time that a request takes is part of the figure. Two
backends of its own answer at once: one that takes a millisecond would add up to two.
"""

import asyncio
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


ANSWER = b'{"id":"1","object":"chat.completion","created":1,"model":"demo","choices":[]}'
NAMES = ("green", "blue")


class Backend(asyncio.Protocol):
    """Answers whatever comes; a request to it is one small packet."""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, _data):
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self.transport.write(head % len(ANSWER) + ANSWER)


async def serve_backends():
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Backend, "127.0.0.1", 0) for _ in NAMES]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.Event().wait()


def table(target, backends, server=""):
    return f"models:\n  demo: {target}\nbackends:\n{backends}{server}"


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


def measure(binary, backends, way, rounds, server="", pause=0.1):
    with tempfile.TemporaryDirectory() as folder:
        write_unfinished(folder, table("blue", backends, server))
        os.rename(os.path.join(folder, ".unfinished"), os.path.join(folder, "routes.yaml"))
        router = Router(binary, folder)
        try:
            way, times = way(folder), []
            for number in range(rounds):
                target = NAMES[number % 2]
                text = table(target, backends, server)
                way.prepare(text)
                time.sleep(pause + (number * 0.037 % 1 if server else 0))
                began = time.perf_counter()
                way.save(text)
                while router.backend() != target:
                    if time.perf_counter() - began > 10:
                        sys.exit(f"{way.name}: not live after 10 s")
                times.append((time.perf_counter() - began) * 1000)
            return way.name, times
        finally:
            router.process.terminate()
            router.process.wait()


def main():
    if sys.argv[1] == "--backends":
        asyncio.run(serve_backends())
        return
    binary = os.path.abspath(sys.argv[1])
    serving = subprocess.Popen([sys.executable, __file__, "--backends"], stdout=subprocess.PIPE, text=True)
    ports = serving.stdout.readline().split()
    backends = "".join(f"  {name}: http://127.0.0.1:{port}/v1\n" for name, port in zip(NAMES, ports))
    runs = [(Rename, 200, ""), (CloseAfterWrite, 200, ""), (KeptOpen, 100, "")]
    runs.append((Rename, 30, "server: {watch: poll}\n"))
    try:
        measure_all(binary, backends, runs)
    finally:
        serving.terminate()


def measure_all(binary, backends, runs):
    for way, rounds, server in runs:
        name, times = measure(binary, backends, way, rounds, server)
        times.sort()
        p99 = times[min(len(times) - 1, len(times) * 99 // 100)]
        name += ", polling only" if server else ""
        print(f"{name:40} n={len(times)}  p50 {statistics.median(times):7.2f} ms  p99 {p99:7.2f} ms")


main()
