#!/usr/bin/env python3
"""Writes what a fuzzer may begin with to fuzz/seeds/TARGET: the project's own examples and cases.

Everything comes from the repository: its examples, the texts in its tests and sources, the cases of
HTTP. For config centers, whose answers the tests build in code, a few are written out here.
"""

import base64
import hashlib
import json
import pathlib
import re
import shutil
import struct

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: router\r\n"
JSON = '{"model":"m"}'
WORDS = {
    "post": POST,
    "post10": POST.replace("HTTP/1.1", "HTTP/1.0"),
    "path": "/v1/chat/completions",
    "json": JSON,
    "good": f"{POST}Content-Length: 13\r\n\r\n{JSON}",
    "smuggled": f"{POST}X-Smuggled: 1\r\nContent-Length: 13\r\n\r\n{JSON}",
    "chunks": f"d\r\n{JSON}\r\n0\r\n\r\n",
    "te": "Transfer-Encoding: chunked\r\n",
    "chunked": f"{POST}Transfer-Encoding: chunked\r\n\r\nd\r\n{JSON}\r\n0\r\n\r\n",
}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\", '"': '"', "'": "'"}


def literals(folder):
    """All string literals of the Rust files below a folder, as they are read."""
    pattern = re.compile(r'\bb?r(#*)"(.*?)"\1|"((?:[^"\\]|\\.)*)"', re.S)
    for path in sorted((ROOT / folder).rglob("*.rs")):
        for _, raw, quoted in pattern.findall(path.read_text()):
            yield raw or unescaped(quoted)


def unescaped(text):
    text = re.sub(r"\\\n\s*", "", text)
    text = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[0]), text, flags=re.S)


def spelled_out(case):
    def word(found):
        times, star, text = found[1].partition("*")
        if star and times.isdigit():
            return text * min(int(times), 200)
        return WORDS.get(found[1], "")

    return re.sub(r"\{([^{}]*)\}", word, case)


def centers():
    """Answers of config centers: the center, for HTTP the status, the answer."""
    table = "models:\n  demo: echo://blue\n"
    wrapped = base64.b64encode(table.encode()).decode()

    def http(center, value, status=0):
        text = value if isinstance(value, str) else json.dumps(value)
        return bytes([center, status]) + text.encode()

    def grpc(kind, value):
        def field(number, content):
            length, out = len(content), bytearray([number << 3 | 2])
            while length >= 0x80:
                out.append(length & 0x7F | 0x80)
                length >>= 7
            return bytes(out + bytes([length]) + content)

        return field(2, field(3, kind.encode())) + field(3, field(2, json.dumps(value).encode()))

    yield b"\0+OK\r\n$%d\r\n%s\r\n:7\r\n" % (len(table), table.encode())
    yield b"\0*3\r\n$7\r\nmessage\r\n$-1\r\n*2\r\n:-7\r\n-ERR no\r\n"
    for words in ("NOAUTH needed", "WRONGPASS no", "WRONGTYPE no string", "ERR secret"):
        yield f"\0-{words}\r\n".encode()
    stat = struct.pack(">qqqqiiiqiiq", 1, 9, 3, 4, 2, 0, 0, 0, len(table), 0, 1)
    content = struct.pack(">i", len(table)) + table.encode()
    names = struct.pack(">ii2si1s", 2, 2, b"ab", 1, b"c")
    notice = struct.pack(">iqi", -1, -1, 0) + struct.pack(">iii2s", 3, 3, 2, b"/r")
    welcome = struct.pack(">iiqi16s?", 0, 10_000, 5, 16, b"p" * 16, False)
    for body in (content + stat, stat, names, b""):
        message = struct.pack(">iqi", 1, 9, 0) + body
        yield b"\1" + struct.pack(">i", len(message)) + message
    for message in (welcome, notice, struct.pack(">iqi", 1, 9, -101)):
        yield b"\1" + struct.pack(">i", len(message)) + message
    query = {"resultCode": 200, "errorCode": 0, "content": table, "md5": "x"}
    for kind, value in (
        ("ConfigQueryResponse", query),
        ("ConfigQueryResponse", {"resultCode": 500, "errorCode": 300, "message": "no"}),
        ("ConfigChangeNotifyRequest", {"dataId": "routes.yaml", "group": "DEFAULT_GROUP"}),
        ("ServerCheckResponse", {"resultCode": 200, "connectionId": "1"}),
    ):
        message = grpc(kind, value)
        yield b"\2" + message
        yield b"\2" + struct.pack(">BI", 0, len(message)) + message
    watch = {"result": {"header": {"revision": "9"}, "created": True, "events": [{}]}}
    yield b"\3" + json.dumps(watch).encode() + b"\n\n" + json.dumps(watch).encode() + b"\r\n"
    yield http(4, {"code": 0, "data": {"content": table}})
    yield http(4, {"code": 20004, "data": None})
    yield http(4, {"code": 0, "data": [{"metadata": {"patchbay": "card"}}]})
    yield http(4, {"hosts": [{"metadata": {"patchbay": "card"}}]})
    yield http(4, {"data": {"accessToken": "abcdefghijklmnopqrstuvwxyz", "tokenTtl": 18000}})
    yield http(4, "routes.yaml%02DEFAULT_GROUP%01")
    for status in range(10):
        yield http(4, {"message": "no such thing"}, status)
        yield http(9, table, status | 0x40)
    release = {"configurations": {"content": table, "LLM_MODEL": "x"}, "releaseKey": "r1"}
    yield http(5, release)
    yield http(5, {"configurations": {"A b": 'x "y"\n', "#": "=", "": "z"}, "releaseKey": "r2"})
    yield http(5, [{"namespaceName": "n", "notificationId": 7, "messages": {"details": {"a": 7}}}])
    yield http(6, {"header": {"revision": "9"}, "kvs": [{"value": wrapped, "mod_revision": "9"}]})
    yield http(6, watch)
    yield http(6, {"result": {"canceled": True, "cancel_reason": "invalid auth token"}})
    yield http(6, {"error": {"message": "permission denied"}})
    yield http(6, {"header": {}, "ID": "7", "TTL": "9", "token": "t", "succeeded": True})
    yield http(7, [{"ModifyIndex": 9, "Value": wrapped, "Session": "s"}], 0x40)
    yield http(7, {"ID": "s"})
    yield http(7, "Permission denied", 9)
    config = {"metadata": {"resourceVersion": "9"}, "data": {"routes.yaml": table}}
    yield http(8, config)
    yield http(8, {**config, "data": None, "binaryData": {"routes.yaml": wrapped}})
    yield http(8, {**config, "data": "text"})
    yield http(8, {"metadata": {"resourceVersion": "9"}, "items": [config]})
    yield http(8, {"type": "MODIFIED", "object": config})
    yield http(8, {"type": "ERROR", "object": {"code": 410, "message": "too old"}})
    yield http(9, "<!DOCTYPE html>")


def history():
    """Files of the history: generations, and what an audit may end with."""
    table = {"name": "routes.yaml", "format": "routes", "text": "models: {demo: echo://blue}\n"}
    secret = {"name": "key", "format": "secret", "bytes": [255, 107, 101, 121]}
    dotenv = {"name": ".env", "format": "dotenv", "text": "LLM_MODEL=x\n"}
    local = {"name": "local.yaml", "format": "local", "text": "server: {}\n"}
    page = {
        "schema": 1, "generation": 7, "at": 1795421460.12, "who": "alice", "how": "switch", "why": "night",
        "changes": ["demo: blue -> green"], "digest": "0f1e", "took_ms": 2.375,
        "saved_at": 1795421460.5, "documents": [table, dotenv, local, secret],
    }
    yield page
    yield {**page, "why": None, "documents": []}
    yield {**page, "schema": 2}
    yield {**page, "documents": [{"name": "a", "format": "routes"}]}
    yield {"schema": 1, "at": "2026-11-23T08:11:00.120Z", "event": "applied", "generation": 7}


def seeds():
    tests, sources = list(literals("tests/it")), list(literals("src"))
    texts = tests + sources
    for path in sorted(ROOT.glob("examples/**/*")) + [ROOT / "routes.yaml"]:
        if path.suffix in (".yaml", ".env") and path.is_file():
            yield "routes_yaml" if path.suffix == ".yaml" else "dotenv", path.read_bytes()
    for path in sorted(ROOT.glob("**/*.md")):
        for kind, block in re.findall(r"```(yaml|sh|dotenv|env|ini)\n(.*?)```", path.read_text(), re.S):
            yield "routes_yaml" if kind == "yaml" else "dotenv", block.encode()
    for text in texts:
        data = text.encode()
        if re.search(r"\b(models|backends|server|keys):", text):
            yield "routes_yaml", data
        if re.search(r"^(export )?[A-Z_]+ *=", text, re.M):
            yield "dotenv", data
        if re.search(r"^(data|event|id|retry)?:|^\{.*choices", text, re.M):
            yield "sse", data if "data:" in text else b"data: " + data + b"\n\n"
        if text.lstrip().startswith("{") and '"' in text:
            yield "peek_and_splice", data
        if "Content-Disposition" in text or "form-data" in text:
            yield "peek_and_splice", data
        if re.search(r"\{(post|good|te|chunked)|HTTP/1", text):
            yield "request_head", spelled_out(text).encode("latin-1", "replace")
    form = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--b--\r\n'
    yield "peek_and_splice", form.encode()
    for answer in centers():
        yield "center_payloads", answer
    for page in history():
        text = json.dumps(page).encode()
        yield "history", text
        yield "history", text[: len(text) // 2]
    yield "history", text + b"\n"


shutil.rmtree(HERE / "seeds", ignore_errors=True)
for target, data in seeds():
    if data and len(data) <= 8192:
        folder = HERE / "seeds" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)
for folder in sorted((HERE / "seeds").iterdir()):
    print(f"{folder.name}: {len(list(folder.iterdir()))} seeds")
