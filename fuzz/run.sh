#!/usr/bin/env bash
# Runs one fuzz target with stable Rust and plain cargo: `fuzz/run.sh TARGET [SECONDS] [FLAGS...]`.
#
# TARGET is a file of fuzz/targets, SECONDS is 60 if not given, FLAGS go to libFuzzer. New inputs go
# to fuzz/corpus/TARGET, what broke a law to fuzz/artifacts/TARGET. `fuzz/run.sh build` only builds.
# It needs a C++ compiler (libFuzzer is built from its sources) and no sanitizer: the router has no
# `unsafe`, so debug assertions, overflow checks and the laws are what finds something.
#
# With cargo-fuzz and a nightly: `cargo +nightly fuzz run -s none TARGET -- -max_total_time=60`.
set -euo pipefail
cd "$(dirname "$0")"

target=${1:?which target? one of: $(basename -s .rs -a targets/*.rs | tr '\n' ' ')}
seconds=${2:-60}
shift $(($# < 2 ? $# : 2))

triple=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
# What cargo-fuzz sets: counters for every edge, and the operands of comparisons.
export RUSTFLAGS="--cfg fuzzing -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1 \
-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"

# With a target given, build scripts and macros are built without the flags above.
cargo build --release --locked --target "$triple"
if [ "$target" = build ]; then exit 0; fi

mkdir -p "corpus/$target" "artifacts/$target"
dictionary=()
if [ -f "dictionaries/$target.dict" ]; then dictionary=("-dict=dictionaries/$target.dict"); fi
exec "$CARGO_TARGET_DIR/$triple/release/$target" "corpus/$target" "${dictionary[@]}" \
  -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 "$@"
