#!/usr/bin/env bash
# Runs PROGRAM with one system call after another failing, as on a full or broken disk: a sample, or each there is.
set -euo pipefail

usage() { echo "usage: tests/faults.sh PROGRAM [all|sample [SEED]]" >&2; exit 3; }
[ $# -ge 1 ] && [ $# -le 3 ] || usage
case ${2-sample} in all | sample) ;; *) usage ;; esac
[ -x "$1" ] || { echo "tests/faults.sh: $1 is no program" >&2; exit 3; }
strace -o /dev/null true || { echo "tests/faults.sh: strace is missing, or may not trace" >&2; exit 3; }

exec python3 "$(dirname "$0")/faults.py" "$(realpath "$1")" "${@:2}"
