"""A model server as it shouldn't be: its streams hold lines that are no JSON, and nobody gets a usage."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

CHUNK = 'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"b","choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n'
STREAM = [CHUNK % "hello", "data: loading 7 of 9 layers\n\n", CHUNK % " world", "data: [DONE]\n\n"]
WHOLE = '{"id":"1","object":"chat.completion","created":1,"model":"b","choices":[{"index":0,"message":{"role":"assistant","content":"hello world"}}]}'


class Babbler(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        stream = '"stream":true' in asked.replace(" ", "")
        body = "".join(STREAM) if stream else WHOLE
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if stream else "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8300), Babbler).serve_forever()
