#!/usr/bin/env bash
# Makes a target's corpus of what fuzzing has found: `fuzz/keep.sh TARGET [FOLDER...]`.
#
# Takes the corpus, the seeds (fuzz/seeds.py) and the given folders, and keeps as few inputs as
# reach the same code. Inputs that once broke a law are named `once-…` and always stay.
set -euo pipefail
cd "$(dirname "$0")"

target=${1:?which target?}
shift
triple=$(rustc -vV | sed -n 's/^host: //p')
binary=${BINARY:-${CARGO_TARGET_DIR:-target}/$triple/release/$target}

mkdir -p "corpus/$target" "seeds/$target"
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
find "corpus/$target" -name 'once-*' -exec cp {} "$kept" \;
# Which code is reached decides, not how often: a few hundred inputs, not thousands.
"$binary" -set_cover_merge=1 -use_counters=0 -max_len=4096 -timeout=10 "$kept" "corpus/$target" "seeds/$target" "$@"
rm -r "corpus/$target"
cp -r "$kept" "corpus/$target"
chmod -R u=rwX,go=rX "corpus/$target"
du -sh --apparent-size "corpus/$target"
