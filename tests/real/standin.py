"""A stand-in for servers that llama.cpp is not: embeddings, three rerank dialects, and cut streams.

Remembers what it was asked, so that a check can tell what the router sent on. Stdlib only.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandIn:
    """A server on a free loopback port; `asked` holds (path, headers, body) of each request."""

    def __init__(self):
        self.asked = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            """Answers by path."""

            protocol_version = "HTTP/1.1"

            def do_POST(self):
                """Answers one request."""
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                owner.asked.append((self.path, self.headers, body))
                answer = owner.answer(self.path, body)
                if answer is None:
                    return self.cut_stream()
                text = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def cut_stream(self):
                """Begins a stream of three tokens and hangs up without an end."""
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for token in ("one ", "two ", "three "):
                    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "cut"}
                    event["choices"] = [{"index": 0, "delta": {"content": token}, "finish_reason": None}]
                    piece = f"data: {json.dumps(event)}\n\n".encode()
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.close_connection = True

            def log_message(self, *_):
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def root(self):
        """Its address without a path."""
        return f"http://127.0.0.1:{self.server.server_port}"

    @staticmethod
    def answer(path, body):
        """Returns what a server of that kind would say, or None for a stream to cut."""
        if path.endswith("/embeddings"):
            texts = body["input"]
            data = [{"object": "embedding", "index": i, "embedding": [len(t), i]} for i, t in enumerate(texts)]
            return {"object": "list", "model": body["model"], "data": data[::-1], "usage": {"total_tokens": 1}}
        if path.endswith("/beta/relevance"):
            return {"object": "list", "model": body["model"], "data": [len(t) / 10 for t in body["documents"]]}
        if path == "/rerank":
            return [{"index": i, "score": len(t) / 10} for i, t in enumerate(body["texts"])][::-1]
        if path.endswith("/rerank"):
            results = [{"index": i, "relevance_score": len(t) / 10} for i, t in enumerate(body["documents"])]
            return {"results": results[::-1]}
        return None

    def stop(self):
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()
