#!/usr/bin/env bash
# Switches MODEL to the backend NEW, looks at it for a while, and goes back if a request fails there.
#
#   blue-green.sh MODEL NEW [SECONDS]        looks for 60 s, if nothing is said
#
# The router is the one at PATCHBAY_ADMIN. Ends with 0 if NEW answers, with 1 if it went back or
# nothing was changed, with 4 if somebody else changed the table meanwhile: then look yourself.
set -euo pipefail
model=$1 new=$2 look=${3:-60}

generation() { python3 -c 'import json, sys; print(json.load(sys.stdin)["generation"])'; }
failures() {
  python3 -c 'import json, sys
print(sum(b["failed"] for b in json.load(sys.stdin)["backends"] if b["name"] == sys.argv[1]))' "$new"
}

backends=$(patchbay ps --json)
before=$(generation <<<"$backends")
failed=$(failures <<<"$backends")

answer=$(patchbay switch "$model" "$new" --if-gen "$before" --wait 10s -m "blue-green" --json)
after=$(generation <<<"$answer")
if [ "$after" = "$before" ]; then
  echo "$model is on $new already"
  exit 0
fi
echo "$model is on $new since generation $after; looking for $look s"

end=$((SECONDS + look))
while [ "$SECONDS" -lt "$end" ]; do
  sleep 1
  backends=$(patchbay ps --json)
  more=$(($(failures <<<"$backends") - failed))
  if [ "$more" -gt 0 ]; then
    echo "$more failed on $new; going back"
    patchbay rollback "$before" --if-gen "$after" -m "blue-green: $more failed on $new"
    exit 1
  fi
done
echo "nothing failed on $new"
