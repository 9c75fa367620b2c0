#!/usr/bin/env bash
# Holds the running admin API against its own OpenAPI document, with schemathesis from PyPI.
#
#   tests/real/openapi.sh PATCHBAY [EXAMPLES]
#
# Makes a throwaway Python for it; PATCHBAY_SCHEMATHESIS_VENV=FOLDER keeps and reuses one. Where it
# can't be had, that is told and counted as a skip.
set -euo pipefail

patchbay=$(realpath "$1")
examples=${2:-30}
root=$(cd "$(dirname "$0")/../.." && pwd)
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

work=$(mktemp -d)
trap 'kill "$router" 2>/dev/null || true; rm -rf "$work"' EXIT
router=
venv=${PATCHBAY_SCHEMATHESIS_VENV:-$work/venv}
if [ ! -x "$venv/bin/schemathesis" ]; then
  python3 -m venv "$venv" >"$work/log" 2>&1 || true
  timeout 240 "$venv/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: \
    'schemathesis==4.32.5' >>"$work/log" 2>&1 || true
fi
if [ ! -x "$venv/bin/schemathesis" ]; then
  tail -n 3 "$work/log"
  echo "SKIPPED: the check with schemathesis: it could not be installed"
  echo "openapi: 0 passed, 0 failed, 1 skipped"
  exit 0
fi

mkdir "$work/router"
cp "$root/routes.yaml" "$work/router/"
(cd "$work/router" && exec "$patchbay" --listen 127.0.0.1:0 --admin 127.0.0.1:0 --state-dir "$work/router/state" 2>log) &
router=$!
admin=
for _ in $(seq 200); do
  admin=$(sed -n 's|.*status  *http://\([0-9.:]*\)/.*|\1|p' "$work/router/log" 2>/dev/null | head -n 1)
  if [ -n "$admin" ]; then break; fi
  sleep 0.05
done
[ -n "$admin" ] || { cat "$work/router/log"; echo "the router does not start"; exit 1; }

# Events never end, and waiting takes its time by design.
cd "$work"
timeout 300 "$venv/bin/schemathesis" run "http://$admin/admin/v1/openapi.json" --url "http://$admin" \
  --exclude-path /admin/v1/events --exclude-path /admin/v1/wait --max-examples "$examples" \
  --phases examples,coverage,fuzzing --request-timeout 20 --suppress-health-check all --no-color \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
  >schemathesis.log 2>&1 || { cat schemathesis.log; echo "openapi: 0 passed, 1 failed, 0 skipped"; exit 1; }
grep -E 'Tested:|generated' schemathesis.log
kill -0 "$router" || { echo "the router died"; exit 1; }
echo "openapi: 1 passed, 0 failed, 0 skipped"
