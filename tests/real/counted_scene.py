"""What counts are taken in: the router on a CPU of its own, and a backend and clients that never hurry it.

A count differs from run to run only if work is sometimes there already and sometimes waited for. So the
client rests before each request, the backend before each answer, and before an event until the client
has the one before: the router always waits, however slow the machine is. Stdlib only.
"""

import asyncio
import contextlib
import json
import os
import tempfile
import threading
from pathlib import Path

from scene import router

REST = 0.002  # long enough for the router to go to sleep, even where it is traced
WORDS = "word " * 60
ANSWER = json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": WORDS}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 200, "completion_tokens": 60, "total_tokens": 260},
}).encode()
EVENT = b"data: %s\n\n" % json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
    "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}],
}).encode()
DONE = b"data: [DONE]\n\n"


def chunk(piece):
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def length(head):
    """Returns what `content-length` says, or None."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return None


class Backend:
    """Answers in the same loop as the clients."""

    def __init__(self):
        self.heard = {}  # by the stream's name: how many events its client has heard
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port = self.run(self.listen())

    def run(self, work):
        """Does something in the loop and returns what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def listen(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        return server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                asked = json.loads(await reader.readexactly(length(head)))
                await asyncio.sleep(REST)
                if asked.get("stream"):
                    await self.stream(writer, asked)
                else:
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                                 b"content-length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))
        writer.close()

    async def stream(self, writer, asked):
        """Sends so many events one by one, or all at once where nobody waits for them."""
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        heard = self.heard.get(asked["user"])
        if heard is None:
            writer.write(chunk(EVENT) * asked["max_tokens"])
        for _ in range(asked["max_tokens"] if heard else 0):
            await asyncio.sleep(REST)
            writer.write(chunk(EVENT))
            await heard.acquire()
        writer.write(chunk(DONE) + b"0\r\n\r\n")

    def stop(self):
        """Ends it."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()


def request(**more):
    """Returns the bytes of a request with a prompt of 1 KB."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "x" * 1024}], **more}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n" \
           f"content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def begin(port):
    """Opens a connection."""
    return await asyncio.open_connection("127.0.0.1", port, limit=1 << 30)


async def send(reader, writer, what):
    """Sends a request; returns the head of its answer."""
    await asyncio.sleep(REST)
    writer.write(what)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return head


class Scene:
    """A router under way, and how to ask it."""

    def __init__(self, patchbay, backend):
        self.patchbay, self.backend = patchbay, backend

    def unary(self, requests, connections=1):
        """Asks so many times in all, over so many kept connections at once."""

        async def over_one(_number):
            reader, writer = await begin(self.patchbay.port)
            for _ in range(requests // connections):
                head = await send(reader, writer, request())
                await reader.readexactly(length(head))
            writer.close()

        self._at_once(over_one, connections)

    def stream(self, events, connections=1, burst=False):
        """Has so many events streamed over each connection, as slowly as they are heard, or in a burst."""

        async def over_one(number):
            name = f"stream {number}"
            heard = asyncio.Semaphore(0)
            self.backend.heard[name] = None if burst else heard
            reader, writer = await begin(self.patchbay.port)
            await send(reader, writer, request(stream=True, max_tokens=events, user=name))
            for _ in range(events):
                await reader.readuntil(b"\n\n")
                heard.release()
            await reader.readuntil(b"\r\n0\r\n\r\n")
            writer.close()

        self._at_once(over_one, connections)

    def _at_once(self, over_one, connections):
        async def all_of_them():
            await asyncio.gather(*map(over_one, range(connections)))

        self.backend.run(all_of_them())


def apart():
    """Leaves the first CPU to the router, if there is another; returns the command that puts it there."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > 1:
        os.sched_setaffinity(0, cpus[1:])
    return ["taskset", "-c", str(cpus[0])]


@contextlib.contextmanager
def scene(binary, under=(), **environment):
    """Runs a router with its defaults, below other commands if need be, for the length of a block.

    Its log is not written where its table is watched: each write would be one more event to look at.
    """
    backend = Backend()
    with tempfile.TemporaryDirectory(prefix="patchbay-counted-") as folder:
        file = Path(folder, "routes.yaml")
        file.write_text(f"models: {{m: 'http://127.0.0.1:{backend.port}/v1'}}\n")
        arguments = ["--config", str(file), "--state-dir", "state"]
        try:
            with router(binary, None, None, arguments, [*apart(), *under], **environment) as patchbay:
                yield Scene(patchbay, backend)
        finally:
            backend.stop()
