#!/usr/bin/env bash
# Measures `check` and `run` of thousands of endpoints, some of them silent: tests/bench/endpoints.sh [BINARY…]
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ $# = 0 ]; then
    cargo build --quiet --locked --release
    set -- "${CARGO_TARGET_DIR:-target}/release/certnotify"
fi
# Only the binaries are measured; the farm need not be fast.
exec cargo bench --quiet --locked --profile dev --bench endpoints -- "$@"
