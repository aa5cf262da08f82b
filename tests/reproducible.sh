#!/usr/bin/env bash
# Whether the tree that is checked in gives the same program wherever it is built: reproducible.sh [PROFILE]
# It is built twice, in folders of different names and lengths, with what examples/packages/build.sh sets; one hash has to come of it.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-static}
work=$(mktemp -d "${TMPDIR:-/tmp}/certnotify-twice.XXXXXX")
trap 'rm -rf "$work"' EXIT
CERTNOTIFY_COMMIT=$(git rev-parse HEAD)
export CERTNOTIFY_COMMIT CARGO_INCREMENTAL=0
for place in one another/and/longer; do
    mkdir -p "$work/$place"
    git archive HEAD | tar x -C "$work/$place"
    (
        cd "$work/$place"
        . examples/packages/paths.sh
        cargo build --quiet --locked --profile "$profile" --bin certnotify --target-dir target
    )
done
programs=$(find "$work" -path '*/target/*/certnotify' -type f -maxdepth 6)
sha256sum $programs
[ "$(sha256sum $programs | cut -d' ' -f1 | sort -u | wc -l)" = 1 ] || { echo 'two builds, two programs' >&2; exit 1; }
if grep -aq "$work" $programs; then
    echo 'a program names the folder that it was built in' >&2
    exit 1
fi
