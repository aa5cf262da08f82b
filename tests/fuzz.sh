#!/usr/bin/env bash
# Bends each kind of input for so many seconds (20), guided by where the library has been: what reaches a new place is bent
# further. tests/fuzz.sh [SECONDS [TARGET …]]; --build in place of them makes only ready. With CERTNOTIFY_FUZZ_KEEP=1 the
# smallest inputs that reach all of it are kept in tests/it/corpus, from which every run of the tests begins. On stable Rust,
# with nothing to install.
set -Eeuo pipefail
cd "$(dirname "$0")/.."
export CERTNOTIFY_FUZZ_SECONDS=${1:-20} LLVM_PROFILE_FILE=/dev/null CERTNOTIFY_FUZZ_GUIDED=1
only=${1-}
shift || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=$(RUSTC_WORKSPACE_WRAPPER=$PWD/tests/rustc-counting.sh cargo test --quiet --locked --test it --no-run --message-format json |
    sed -n 's/.*"executable":"\([^"]*\/it-[^"]*\)".*/\1/p')
[ -x "$program" ] || { echo 'the tests were not built'; exit 1; }
[ "$only" != --build ] || exit 0
mapfile -t targets < <("$program" --list | sed -n 's/^\(.*fuzzed::no[a-z0-9_]*\): test$/\1/p')
[ ${#targets[@]} -ge 12 ] || { echo "${#targets[@]} targets, not 12"; exit 1; }
if [ $# != 0 ]; then
    mapfile -t targets < <(printf '%s\n' "${targets[@]}" | grep -F "$(printf '%s\n' "$@")")
fi
# One process each: the counters are of the process.
bend() {
    local log
    log=$work/${1//:/-}
    if "$program" --exact "$1" --nocapture >"$log" 2>&1; then
        grep ' inputs, ' "$log"
    else
        cat "$log"
        return 1
    fi
}
export -f bend
export program work
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'bend {}'
