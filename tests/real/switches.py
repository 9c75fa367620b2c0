#!/usr/bin/env python3
"""Switches a model by command and by file in turn, under load, and counts what went wrong.

    tests/real/switches.py PATCHBAY [SWITCHES]

Four clients ask without a pause, half of them for streams. An answer is misrouted if it comes from
another backend than the one that served, undisturbed, from before the request until after it.
"""
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

COLOURS = ["blue", "green", "red"]
BACKENDS = "".join(f"  {name}: echo://{name}\n" for name in COLOURS)
TABLE = "# one of three\nmodels:\n  demo: {} # now\nbackends:\n" + BACKENDS


class Router:
    def __init__(self, binary, folder):
        self.file = os.path.join(folder, "routes.yaml")
        self.save("blue")
        log = os.path.join(folder, "log")
        arguments = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--state-dir", os.path.join(folder, "state")]
        environment = {**os.environ, "RUST_LOG": "warn"}
        with open(log, "w") as file:
            self.process = subprocess.Popen([binary, *arguments], cwd=folder, stderr=file, env=environment)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            text = open(log).read()
            found = re.findall(r"http://(127\.0\.0\.1:\d+)", text)
            if len(found) >= 2:
                self.data, self.admin = found[0], found[1]
                return
            time.sleep(0.02)
        raise SystemExit(f"the router does not start:\n{open(log).read()}")

    def save(self, colour):
        draft = self.file + ".new"
        with open(draft, "w") as file:
            file.write(TABLE.format(colour))
        os.replace(draft, self.file)


class Book:
    """What serves, undisturbed; nothing while a switch is on its way."""

    def __init__(self):
        self.serving = ("blue", 0)
        self.lock = threading.Lock()
        self.answered = self.failed = self.misrouted = 0
        self.problems = []

    def count(self, problem, misrouted=False):
        with self.lock:
            self.answered += 1
            self.failed += problem is not None and not misrouted
            self.misrouted += misrouted
            if problem and len(self.problems) < 5:
                self.problems.append(problem)


def ask(connection, stream):
    body = json.dumps({"model": "demo", "stream": stream, "messages": [{"role": "user", "content": "hi"}]})
    connection.request("POST", "/v1/chat/completions", body)
    answer = connection.getresponse()
    text = answer.read().decode()
    whole = answer.status == 200 and (not stream or text.rstrip().endswith("data: [DONE]"))
    return answer.getheader("x-patchbay-backend"), whole, f"{answer.status} {text[-200:]}"


def client(router, book, stream, stop):
    connection = http.client.HTTPConnection(router.data, timeout=30)
    while not stop.is_set():
        before = book.serving
        try:
            backend, whole, told = ask(connection, stream)
        except (OSError, http.client.HTTPException) as error:
            book.count(f"{type(error).__name__}: {error}")
            connection = http.client.HTTPConnection(router.data, timeout=30)
            continue
        if not whole:
            book.count(told)
        elif before and before == book.serving and backend != before[0]:
            book.count(f"{backend} answered while {before} served", misrouted=True)
        else:
            book.count(None)


def by_command(router, colour):
    connection = http.client.HTTPConnection(router.admin, timeout=30)
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    connection.request("POST", "/admin/v1/switch", json.dumps({"model": "demo", "to": colour}), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 200 or not body["changed"] or body["pending"]:
        raise SystemExit(f"the command for {colour} was answered {answer.status}: {body}")


def by_file(router, colour):
    router.save(colour)
    connection = http.client.HTTPConnection(router.data, timeout=30)
    deadline = time.monotonic() + 20
    while ask(connection, False)[0] != colour:
        if time.monotonic() > deadline:
            raise SystemExit(f"the save of {colour} was not seen in 20 s")


def main():
    binary = os.path.abspath(sys.argv[1])
    switches = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        router = Router(binary, folder)
        book, stop = Book(), threading.Event()
        clients = [threading.Thread(target=client, args=(router, book, n % 2 == 0, stop)) for n in range(4)]
        began = time.monotonic()
        try:
            for thread in clients:
                thread.start()
            for number in range(1, switches + 1):
                colour = COLOURS[number % len(COLOURS)]
                book.serving = None
                (by_command if number % 2 else by_file)(router, colour)
                book.serving = (colour, number)
        finally:
            stop.set()
            for thread in clients:
                thread.join()
            router.process.send_signal(signal.SIGTERM)
            code = router.process.wait(60)
    seconds = time.monotonic() - began
    print(f"{switches} switches in {seconds:.0f} s, {book.answered} requests: "
          f"{book.failed} failed, {book.misrouted} misrouted; exit {code}")
    for problem in book.problems:
        print(f"  {problem}")
    sys.exit(1 if book.failed or book.misrouted or code else 0)


if __name__ == "__main__":
    main()
