"""A backend for the soak, as a process of its own that can be killed: answers well, and now and then doesn't.

    python3 tests/real/soak_backend.py NAME PORT QUIRKS_FILE SEED [KIND=SHARE…]

What it says depends on the request alone, so that twins say the same; the answer's `id` names it. Each
misdeed is noted in QUIRKS_FILE before it is done, with the request's id, so that nothing else is excused.

    503     for one to three seconds everything is answered 503
    error   200 with an error in its body
    hush    the head of an answer, and no more
    cut     half of an answer
    slow    0.5 to 1.5 s before the first byte
    leave   a kept connection is closed, at once or after a while
"""

import asyncio
import json
import os
import random
import sys
import time

KEY = "sk-soak-backend"


def words(prompt, count):
    """Returns what any backend answers, token by token."""
    return [f"{prompt}.{number} " for number in range(count)]


def pause(count):
    """Returns the seconds between two tokens: long answers come as fast as they are taken."""
    return 0.01 if count <= 100 else 0


class Backend:
    """One server and its mood."""

    def __init__(self, name, quirks, seed, shares):
        self.name, self.shares = name, shares
        self.chance = random.Random(f"{seed}-{name}")
        self.quirks = os.open(quirks, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.busy_until = 0.0

    def whim(self, kind, request):
        """Tells whether to misbehave now, and notes it."""
        if self.chance.random() >= self.shares.get(kind, 0):
            return False
        self.note(kind, request)
        return True

    def note(self, kind, request):
        os.write(self.quirks, f"{request} {self.name} {kind}\n".encode())

    async def serve(self, reader, writer):
        """Answers the requests of a connection."""
        try:
            while await self.exchange(reader, writer):
                if self.chance.random() < self.shares.get("leave", 0):
                    await asyncio.sleep(self.chance.choice([0, 0.05, 1]))
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader, writer):
        """Answers one request; tells whether the connection goes on."""
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if line)
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if first.startswith("GET"):
            return await self.whole(writer, "200 OK", {"object": "list", "data": []})
        assert headers["authorization"] == f"bearer {KEY}", "the router's key for this backend"
        asked = json.loads(body)
        request = headers.get("x-request-id", "-")
        if time.monotonic() < self.busy_until:
            self.note("503", request)
        elif self.whim("503", request):
            self.busy_until = time.monotonic() + self.chance.uniform(1, 3)
        if time.monotonic() < self.busy_until:
            return await self.whole(writer, "503 Service Unavailable", {"error": {"message": "too busy"}})
        if self.whim("error", request):
            return await self.whole(writer, "200 OK", {"error": {"message": "out of memory", "code": 500}})
        if self.whim("slow", request):
            await asyncio.sleep(self.chance.uniform(0.5, 1.5))
        tokens = words(asked["messages"][0]["content"], asked.get("max_tokens", 8))
        if asked.get("stream"):
            return await self.stream(writer, request, tokens)
        choice = {"index": 0, "message": {"role": "assistant", "content": "".join(tokens)}, "finish_reason": "stop"}
        await asyncio.sleep(pause(len(tokens)) * len(tokens))
        return await self.whole(writer, "200 OK", self.chunk("chat.completion", choice), request)

    def chunk(self, kind, choice):
        return {"id": f"chatcmpl-{self.name}", "object": kind, "created": 1, "model": "m", "choices": [choice]}

    async def whole(self, writer, status, value, request=None):
        """Writes an answer of one piece."""
        text = json.dumps(value).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n".encode()
        if request and self.whim("hush", request):
            text, request = b"", None
        elif request and self.whim("cut", request):
            text, request = text[: len(text) // 2], None
        else:
            request = "kept"
        writer.write(head + text)
        await writer.drain()
        return request is not None

    async def stream(self, writer, request, tokens):
        """Writes a stream of events, one a token."""
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        await writer.drain()
        if self.whim("hush", request):
            return False
        end = self.chance.randrange(1, len(tokens)) if self.whim("cut", request) else None
        for token in tokens[:end]:
            await self.event(writer, {"index": 0, "delta": {"content": token}, "finish_reason": None})
            await asyncio.sleep(pause(len(tokens)))
        if end is not None:
            return False
        await self.event(writer, {"index": 0, "delta": {}, "finish_reason": "stop"})
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()
        return True

    async def event(self, writer, choice):
        event = b"data: %s\n\n" % json.dumps(self.chunk("chat.completion.chunk", choice)).encode()
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await writer.drain()


async def main(name, port, quirks, seed, shares):
    backend = Backend(name, quirks, seed, {kind: float(share) for kind, share in shares})
    server = await asyncio.start_server(backend.serve, "127.0.0.1", int(port))
    # Nobody is left to stop it once who started it is gone.
    asyncio.get_running_loop().add_reader(sys.stdin, os._exit, 0)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], [argument.split("=") for argument in sys.argv[5:]]))
