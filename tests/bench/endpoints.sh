#!/usr/bin/env bash
# Measures `check` and `run` of thousands of endpoints, some of them silent: tests/bench/endpoints.sh [BINARY…]
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ $# = 0 ]; then
    cargo build --quiet --locked --release
    set -- "${CARGO_TARGET_DIR:-target}/release/certnotify"
fi
# The bare client is built as the binary is, but for what is done across crates.
export CARGO_PROFILE_BENCH_LTO=off CARGO_PROFILE_BENCH_CODEGEN_UNITS=16
exec cargo bench --quiet --locked --bench endpoints -- "$@"
