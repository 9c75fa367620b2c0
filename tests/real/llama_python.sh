# For scripts to source that begin real llama.cpp servers: a throwaway Python with llama.cpp's server
# (PyPI xllamacpp) and gguf. PATCHBAY_REAL_VENV=FOLDER keeps and reuses it.
#
# Wants a function `skip` that tells why nothing is checked and ends. Leaves `venv`, `python`, and
# `pip PACKAGE…`.

venv=${PATCHBAY_REAL_VENV:-}
if [ -z "$venv" ]; then
  venv=$(mktemp -d)
  trap 'rm -rf "$venv"' EXIT
fi
python=$venv/bin/python
command -v python3 >/dev/null || skip "there is no python3"
[ -x "$python" ] || python3 -m venv "$venv" || skip "python3 can't make a venv"

pip() {
  timeout 600 "$python" -m pip install -q --disable-pip-version-check --only-binary :all: "$@"
}

pip xllamacpp==2026.10.11549 gguf==0.19.0 numpy || skip "pip could not install llama.cpp"
"$python" -c 'import xllamacpp, gguf' || skip "xllamacpp does not load on this machine"

# A company proxy in the environment must not see calls to loopback.
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
