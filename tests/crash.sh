#!/usr/bin/env bash
# Kills whole runs of PROGRAM: at every line of their mails, before every system call, and 200 times at random;
# or one in EVERY of these times.
set -euo pipefail

[ $# = 1 ] || [ $# = 2 ] || { echo "usage: tests/crash.sh PROGRAM [EVERY]" >&2; exit 3; }
[ -x "$1" ] || { echo "tests/crash.sh: $1 is no program" >&2; exit 3; }
strace -o /dev/null true || { echo "tests/crash.sh: strace is missing, or may not trace" >&2; exit 3; }

CERTNOTIFY_CRASH_PROGRAM=$(realpath "$1")
export CERTNOTIFY_CRASH_PROGRAM CERTNOTIFY_CRASH_EVERY=${2-1}
cd "$(dirname "$0")/.."
exec cargo test --locked --test it crash::whole_runs:: -- --nocapture
