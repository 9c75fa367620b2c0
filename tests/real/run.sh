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
packages=(xllamacpp==2026.10.11549 gguf==0.19.0 numpy openai==3.54.0)

skip() {
  echo "SKIPPED: the run against real llama.cpp servers: $1"
  echo "real: 0 passed, 0 failed, 1 skipped"
  exit 0
}

venv=${PATCHBAY_REAL_VENV:-}
if [ -z "$venv" ]; then
  venv=$(mktemp -d)
  trap 'rm -rf "$venv"' EXIT
fi
python=$venv/bin/python
command -v python3 >/dev/null || skip "there is no python3"
[ -x "$python" ] || python3 -m venv "$venv" || skip "python3 can't make a venv"
timeout 300 "$python" -m pip install -q --disable-pip-version-check --only-binary :all: "${packages[@]}" \
  || skip "pip could not install ${packages[*]}"
"$python" -c 'import xllamacpp, gguf' || skip "xllamacpp does not load on this machine"

# A company proxy in the environment must not see calls to loopback.
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
failed=0
"$python" "$here/resume_checks.py" "$binary" || failed=1
"$python" "$here/llama_checks.py" "$binary" || failed=1
exit "$failed"
