#!/usr/bin/env bash
# Builds the program as it is meant to be shipped: optimised for what a run under load has shown
# (profile-guided optimisation), some ten minutes on two cores. It is the same program as that of
# `cargo build --release`, a tenth less CPU for a small request and a tenth smaller.
#
#   deploy/build.sh              the program is target/guided/patchbay then
#
# Needs `llvm-profdata` of the compiler's LLVM or one close to it: `rustup component add llvm-tools`,
# or a package (llvm-19 reads what Rust 1.95 writes). LLVM_PROFDATA=PROGRAM names another.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
folder=$PWD/target/guided

# Prints the program that merges profiles.
profdata() {
  local of_rustup candidate
  of_rustup=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
  for candidate in "${LLVM_PROFDATA:-}" "$of_rustup" llvm-profdata /usr/lib/llvm-{22,21,20,19}/bin/llvm-profdata; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null && can_merge "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  echo "no llvm-profdata reads these profiles: rustup component add llvm-tools" >&2
  return 1
}

# An older one than the compiler's may not know its format.
can_merge() {
  "$1" merge -o "$folder/profile" "$folder"/raw/*.profraw 2>/dev/null
}

# Flags reach only what is built for an explicit target, and not what runs while building.
build() {
  RUSTFLAGS="${RUSTFLAGS:-} $1" CARGO_TARGET_DIR="$folder/$2" cargo build --release --locked --target "$host"
}

rm -rf "$folder/raw" && mkdir -p "$folder"
build "-Cprofile-generate=$folder/raw" instrumented
# On one CPU, and then on all, where it has another scheduler.
instrumented=$folder/instrumented/$host/release/patchbay
env -u RUSTFLAGS cargo bench --locked --profile load --bench load -- --quick --peers patchbay \
  --patchbay "$instrumented" >"$folder/load.log"
"$instrumented" demo >"$folder/demo.log"
profdata >/dev/null
build "-Cprofile-use=$folder/profile" built
cp "$folder/built/$host/release/patchbay" "$folder/patchbay"
echo "$folder/patchbay"
