#!/usr/bin/env python3
"""Switches a model by command and by file in turn, under load, and counts what went wrong.

    tests/real/switches.py PATCHBAY [SWITCHES]

Four clients ask without a pause, half of them for streams. An answer is misrouted if it comes from
another backend than the one that served, undisturbed, from before the request until after it.
"""
import http.client
import json
import sys
import threading
import time

import scene

COLOURS = ["blue", "green", "red"]
BACKENDS = "".join(f"  {name}: echo://{name}\n" for name in COLOURS)
TABLE = "# one of three\nmodels:\n  demo: {} # now\nbackends:\n" + BACKENDS


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
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=30)
    while not stop.is_set():
        before = book.serving
        try:
            backend, whole, told = ask(connection, stream)
        except (OSError, http.client.HTTPException) as error:
            book.count(f"{type(error).__name__}: {error}")
            connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=30)
            continue
        if not whole:
            book.count(told)
        elif before and before == book.serving and backend != before[0]:
            book.count(f"{backend} answered while {before} served", misrouted=True)
        else:
            book.count(None)


def by_command(router, colour):
    connection = http.client.HTTPConnection("127.0.0.1", router.admin, timeout=30)
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    connection.request("POST", "/admin/v1/switch", json.dumps({"model": "demo", "to": colour}), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status != 200 or not body["changed"] or body["pending"]:
        raise SystemExit(f"the command for {colour} was answered {answer.status}: {body}")


def by_file(router, colour):
    router.save(TABLE.format(colour))
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=30)
    deadline = time.monotonic() + 20
    while ask(connection, False)[0] != colour:
        if time.monotonic() > deadline:
            raise SystemExit(f"the save of {colour} was not seen in 20 s")


def main():
    binary = sys.argv[1]
    switches = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    with scene.router(binary, TABLE.format("blue"), arguments=["--state-dir", "state"], RUST_LOG="warn") as router:
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
    seconds = time.monotonic() - began
    print(f"{switches} switches in {seconds:.0f} s, {book.answered} requests: "
          f"{book.failed} failed, {book.misrouted} misrouted")
    for problem in book.problems:
        print(f"  {problem}")
    sys.exit(1 if book.failed or book.misrouted else 0)


if __name__ == "__main__":
    main()
