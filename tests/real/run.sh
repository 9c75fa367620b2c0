#!/usr/bin/env bash
# Checks the router in front of real llama.cpp servers.
#
#   tests/real/run.sh [PATCHBAY]        default: target/release/patchbay
#
# Makes a throwaway Python with llama.cpp's server (PyPI xllamacpp), gguf and the OpenAI SDK.
# PATCHBAY_REAL_VENV=FOLDER keeps and reuses it. No package index: says so, counts a skip, ends well.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../../target/release/patchbay}

skip() {
  echo "SKIPPED: the run against real llama.cpp servers: $1"
  echo "real: 0 passed, 0 failed, 1 skipped"
  exit 0
}

. "$here/llama_python.sh"
pip openai==3.54.0 || skip "pip could not install OpenAI's SDK"

failed=0
"$python" "$here/resume_checks.py" "$binary" || failed=1
"$python" "$here/llama_checks.py" "$binary" || failed=1
exit "$failed"
