#!/usr/bin/env bash
# Holds `check` of 10,000 PEM files to its promise of CPU and memory: tests/bench/files.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --quiet --locked --release
    binary=${CARGO_TARGET_DIR:-target}/release/certnotify
fi
# Only the binary is measured; what makes the files need not be fast.
exec cargo bench --quiet --locked --profile dev --bench files -- "$binary"
