"""Makes a llama model of half a megabyte with random weights.

What it says is noise, broken UTF-8 included. The server that says it is a real llama.cpp.
Needs: gguf, numpy.
"""

import sys
from pathlib import Path

import gguf
import numpy as np

WIDTH, LAYERS, HEADS, CONTEXT = 64, 2, 4, 16384
CONTROL = ["<|end|>", "<|start|>", "<|stop|>"]
MERGES = ["t h", "th e", "i n", "a n", "e r", "o n"]
CHAT = (
    "{% for m in messages %}<|start|>{{ m['role'] }}\n{{ m['content'] }}<|stop|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def byte_tokens():
    """Returns the 256 letters that stand for the byte values in a byte-level vocabulary."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def write(path, name, seed):
    """Writes the model; the same seed gives the same weights."""
    chance = np.random.default_rng(seed)
    merged = [pair.replace(" ", "") for pair in MERGES]
    tokens = CONTROL + byte_tokens() + merged
    kinds = [gguf.TokenType.CONTROL] * len(CONTROL) + [gguf.TokenType.NORMAL] * (len(tokens) - len(CONTROL))

    out = gguf.GGUFWriter(str(path), "llama")
    out.add_name(name)
    out.add_context_length(CONTEXT)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(4 * WIDTH)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_rope_dimension_count(WIDTH // HEADS)
    out.add_layer_norm_rms_eps(1e-5)
    out.add_vocab_size(len(tokens))
    out.add_file_type(gguf.LlamaFileType.ALL_F32)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("smollm")
    out.add_token_list(tokens)
    out.add_token_types(kinds)
    out.add_token_merges(MERGES)
    out.add_unk_token_id(0)
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_pad_token_id(2)
    out.add_add_bos_token(False)
    out.add_chat_template(CHAT)

    def matrix(rows, columns, spread=0.6):
        values = chance.standard_normal((rows, columns)) * spread / np.sqrt(columns)
        return values.astype(np.float32)

    ones = np.ones(WIDTH, np.float32)
    out.add_tensor("token_embd.weight", matrix(len(tokens), WIDTH, 4.0))
    out.add_tensor("output.weight", matrix(len(tokens), WIDTH, 4.0))
    out.add_tensor("output_norm.weight", ones)
    for layer in range(LAYERS):
        out.add_tensor(f"blk.{layer}.attn_norm.weight", ones)
        out.add_tensor(f"blk.{layer}.ffn_norm.weight", ones)
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            out.add_tensor(f"blk.{layer}.{part}.weight", matrix(WIDTH, WIDTH))
        out.add_tensor(f"blk.{layer}.ffn_gate.weight", matrix(4 * WIDTH, WIDTH))
        out.add_tensor(f"blk.{layer}.ffn_up.weight", matrix(4 * WIDTH, WIDTH))
        out.add_tensor(f"blk.{layer}.ffn_down.weight", matrix(WIDTH, 4 * WIDTH))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
