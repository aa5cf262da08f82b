#!/usr/bin/env bash
# All figures by one command, each as a ratio to a limit of the same run:
# tests/bench/all.sh [BINARY [CERTIFICATES [MAILS]]]
set -uo pipefail
cd "$(dirname "$0")/../.."
binary=${1:-}
if [ -z "$binary" ]; then
    cargo build --quiet --locked --release || exit
    binary=${CARGO_TARGET_DIR:-target}/release/certnotify
fi
is_kept=0
# The limits are measured in the bench itself, so it is built as the binary is.
cargo bench --quiet --locked --bench table -- "$binary" "${@:2}" || is_kept=1
tests/bench/files.sh "$binary" || is_kept=1
tests/bench/growth.sh "$binary" || is_kept=1
tests/bench/endpoints.sh "$binary" || is_kept=1
exit $is_kept
