#!/usr/bin/env bash
# Installs the routers from PyPI that `cargo bench --bench load` measures beside this one, each with
# an environment of its own under target/peers.
#
#   benches/load/peers.sh                  # vllm-router and sglang-router
#   benches/load/peers.sh all              # nemo-switchyard and LiteLLM, too
#
# nginx and HAProxy come from the system's packages: apt-get install nginx haproxy
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=(vllm-router==0.1.17 sglang-router==0.3.2)
if [ "${1:-}" = all ]; then
  packages+=(nemo-switchyard==0.3.0 "litellm[proxy]==1.106.2")
fi

for package in "${packages[@]}"; do
  name=${package%%[\[=]*}
  echo "$package" >&2
  python3 -m venv "target/peers/$name"
  "target/peers/$name/bin/python" -m pip install --quiet "$package"
done
