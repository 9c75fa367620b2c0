"""Runs llama.cpp's own HTTP server on loopback until its standard input closes.

Usage: llama_server.py MODEL.gguf PORT ALIAS [TOKENS_PER_SLOT]        Needs: xllamacpp.
Prints `ready` once the port answers. Ends abruptly, as a killed server would.
"""

import os
import sys

import xllamacpp

SLOTS = 4
TOKENS_PER_SLOT = 16384  # long enough that an answer that nobody stops takes seconds


def main(model, port, alias, tokens=TOKENS_PER_SLOT):
    """Serves one model with a few slots."""
    settings = xllamacpp.CommonParams()
    settings.model.path = model
    settings.model_alias = {alias}
    settings.hostnames = ["127.0.0.1"]
    settings.port = int(port)
    settings.n_parallel = SLOTS
    settings.n_ctx = int(tokens) * SLOTS
    settings.cpuparams.n_threads = 1
    settings.cpuparams_batch.n_threads = 1
    settings.endpoint_slots = True
    settings.warmup = False
    server = xllamacpp.Server(settings)  # kept: it stops when it is collected
    print("ready", server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:5])
