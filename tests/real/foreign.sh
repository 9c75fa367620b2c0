#!/usr/bin/env bash
# Checks our clients and stubs of config centers against what others have written: the official
# Nacos SDK, an Apollo client, and a mock of Kubernetes, all from PyPI.
#
#   tests/real/foreign.sh
#
# Makes a throwaway Python for them. PATCHBAY_FOREIGN_VENV=FOLDER keeps and reuses it. One that
# can't be had is told, and counted as a skip.
set -euo pipefail
cd "$(dirname "$0")/../.."
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

# A variable that the tests look at, a package, and what is imported of it.
clients=(
  "PATCHBAY_NACOS_SDK_PYTHON nacos-sdk-python==3.2.0 v2.nacos"
  "PATCHBAY_APOLLO_PYTHON apollo-client-python==0.2.5 apollo"
  "PATCHBAY_KMOCK_PYTHON kmock==0.8 kmock"
)
tests=(
  centers::nacos::foreign::the_official_sdk_and_our_client_understand_the_same_stub
  centers::apollo::a_foreign_client_and_ours_understand_the_same_stub
  centers::config_map::foreign::our_client_understands_a_foreign_api_server
)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
venv=${PATCHBAY_FOREIGN_VENV:-$work/venv}
python=$venv/bin/python
[ -x "$python" ] || python3 -m venv "$venv" >"$work/log" 2>&1 || true

skipped=0
ready=()
has() { HOME=$work "$python" -c "import $1" >/dev/null 2>&1; }
for at in "${!clients[@]}"; do
  read -r variable package module <<<"${clients[at]}"
  if ! has "$module"; then
    timeout 180 "$python" -m pip install -q --disable-pip-version-check "$package" >>"$work/log" 2>&1 \
      || true
  fi
  if has "$module"; then
    export "$variable=$python"
    ready+=("${tests[at]}")
  else
    tail -n 3 "$work/log"
    echo "SKIPPED: the check with $package: it could not be installed"
    skipped=$((skipped + 1))
  fi
done

code=0
passed=0
failed=0
if [ "${#ready[@]}" -gt 0 ]; then
  set +e
  cargo test --locked --test it -- --exact "${ready[@]}" 2>&1 | tee "$work/tests"
  code=${PIPESTATUS[0]}
  set -e
  passed=$(grep -c '^test .* ok$' "$work/tests" || true)
  failed=$(grep -c '^test .* FAILED$' "$work/tests" || true)
  # A name that is no longer there would pass without a word.
  [ "$code" != 0 ] || [ "$passed" = "${#ready[@]}" ] || { echo "not all tests were there"; code=1; }
fi
echo "foreign: $passed passed, $failed failed, $skipped skipped"
exit "$code"
