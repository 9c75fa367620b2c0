#!/usr/bin/env python3
"""Holds thousands of idle streams open through the router, and tells what each costs.

    tests/real/idle_streams.py PATCHBAY [STREAMS]        10000 if nothing else is said

A backend sends one event of each stream and then nothing. All stay open while the router's memory is
read and another client is answered; then the clients leave, and everything must be given back. A stream
takes two descriptors of the router: what the hard limit doesn't allow goes to a backend inside of the
router, which takes one. Ends with 1 if anything is wrong or a stream costs more than MOST_KB.
"""

import asyncio
import json
import os
import re
import resource
import socket
import subprocess
import sys
import time

from etcd import Http, fixed_port
from scene import router, until

MOST_KB = 40
CLIENTS = 4
SPARE = 200  # descriptors that the router needs for itself
EVENT = b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,' \
    b'"delta":{"content":"first"},"finish_reason":null}]}\n\n'


async def backend(port):
    """Answers each request with one event and no end."""

    async def serve(reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(re.search(rb"content-length: (\d+)", head.lower())[1]))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
            writer.write(b"%x\r\n%s\r\n" % (len(EVENT), EVENT))
            await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    asyncio.get_running_loop().add_reader(sys.stdin, os._exit, 0)
    async with server:
        await server.serve_forever()


def client(port, address, count, model):
    """Opens streams from an address of its own, says so, and leaves when its input ends."""
    body = json.dumps({"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: router\r\ncontent-length: {len(body)}\r\n\r\n"
    streams = []
    for _ in range(count):
        stream = socket.create_connection(("127.0.0.1", port), 120, (address, 0))
        stream.sendall((head + body).encode())
        heard = b""
        while b'"content":' not in heard:
            piece = stream.recv(65536)
            assert piece, heard
            heard += piece
        streams.append(stream)
    print("open", flush=True)
    sys.stdin.read()


def start(*arguments):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def memory(pid):
    """Returns the resident and the proportional memory in KB."""
    text = open(f"/proc/{pid}/smaps_rollup").read()
    return [int(re.search(rf"^{name}:\s+(\d+)", text, re.M)[1]) for name in ("Rss", "Pss")]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def answer_time(port):
    """Returns how many milliseconds another request takes."""
    began = time.monotonic()
    body = {"model": "other", "messages": [{"role": "user", "content": "hi"}]}
    status, told = Http(port).ask("POST", "/v1/chat/completions", body)
    assert status == 200, told
    return (time.monotonic() - began) * 1000


def hold(patchbay, streams, through, started):
    """Opens all, looks, and closes all; returns the memory before, with all, and after."""
    pid, status = patchbay.process.pid, Http(patchbay.admin)

    def in_flight():
        return status.ask("GET", "/admin/v1/status")[1]["in_flight"]

    alone = answer_time(patchbay.port)
    before, held = memory(pid), descriptors(pid)
    began = time.monotonic()
    shares = [(through // CLIENTS + (n < through % CLIENTS), "idle", n) for n in range(CLIENTS)]
    shares.append((streams - through, "inside", CLIENTS))
    clients = [start("client", patchbay.port, f"127.0.0.{n + 2}", count, model) for count, model, n in shares]
    started += clients
    for one in clients:
        assert one.stdout.readline() == "open\n", "a client could not open its streams"
    took = time.monotonic() - began
    assert in_flight() == streams, f"{in_flight()} of {streams} are open"
    loaded, most = memory(pid), descriptors(pid)
    meanwhile = max(answer_time(patchbay.port) for _ in range(20))
    began = time.monotonic()
    for one in clients:
        one.stdin.close()
        one.wait(60)
    until(lambda: in_flight() == 0, "nothing in flight", 60)
    until(lambda: descriptors(pid) <= held + 20, "the descriptors", 60)
    gone = time.monotonic() - began
    print(f"  opened in {took:.1f} s, given back in {gone:.1f} s; descriptors {held}, {most}, {descriptors(pid)}; "
          f"another request {alone:.1f} ms alone, {meanwhile:.1f} ms at most meanwhile", flush=True)
    return before, loaded, memory(pid)


def measure(patchbay, streams, through, started):
    """Holds all three times: what was given back is used again, though the allocator keeps it from the
    system. Returns whether a stream was cheap enough, and memory has come to a rest."""
    print(f"{streams} idle streams, {through} of them through connections to a backend", flush=True)
    rounds = [hold(patchbay, streams, through, started) for _ in range(3)]
    each = [(now - then) / streams for then, now in zip(rounds[0][0], rounds[0][1])]
    figures = ["%.1f" % (pss / 1024) for one in rounds for _, pss in one]
    print(f"  memory in MB, before, with all and after: {', '.join(figures)}")
    print(f"  a stream: {each[0]:.1f} KB resident, {each[1]:.1f} KB proportional")
    return each[0] <= MOST_KB and rounds[2][1][0] <= rounds[1][1][0] * 1.15


def main(binary, streams):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    through = max(0, min(streams, hard - SPARE - streams))
    if through < streams:
        print(f"the hard limit of {hard} descriptors lets {through} of {streams} streams have a backend's connection")
    port = fixed_port()
    table = f"models: {{idle: 'http://127.0.0.1:{port}/v1', inside: 'echo://in?tps=0.001', other: 'echo://other'}}\n"
    started = []
    try:
        started.append(start("backend", port))
        until(lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0, "the backend")
        # As low as it is where servers are started mostly; the router raises its own.
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
        with router(binary, table, arguments=["--state-dir", "state"], RUST_LOG="warn") as patchbay:
            return 0 if measure(patchbay, streams, through, started) else 1
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    if sys.argv[1] == "backend":
        asyncio.run(backend(int(sys.argv[2])))
    elif sys.argv[1] == "client":
        client(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5])
    else:
        sys.exit(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000))
