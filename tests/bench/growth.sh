#!/usr/bin/env bash
# What each command costs at four times the size: tests/bench/growth.sh [BINARY [SIZE [CASE]]]
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --quiet --locked --release
    binary=${CARGO_TARGET_DIR:-target}/release/certnotify
fi
# Only the binary is measured; what makes the files need not be fast.
exec cargo bench --quiet --locked --profile dev --bench growth -- "$binary" "${@:2}"
