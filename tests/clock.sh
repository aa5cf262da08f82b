#!/usr/bin/env bash
# Whole runs under a clock that is wrong and then right again: clock.sh BINARY. It needs faketime and openssl.
set -euo pipefail
binary=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out www.pem -days 40 \
    -subj /CN=www.example.com -addext subjectAltName=DNS:www.example.com 2>openssl.log || { cat openssl.log; exit 1; }
cat >policies.toml <<'POLICY'
[settings]
timezone = "UTC"
[contacts.ops]
email = "ops@example.com"
[policies.default]
channels = ["inbox"]
events = ["business", "alerts"]
[[certificates]]
name = "www"
file = "www.pem"
POLICY

failed=0
# WHAT OFFSET EXIT MESSAGES: a run at that time ends so, and so many messages are in the inbox then.
run() {
    local code=0 messages=0
    # Not by the command `faketime`: it names what it shares by its number among the processes, and where one that was killed left
    # that name, it starts nothing. The library starts, and its name is removed for it: certnotify may not.
    (
        echo "$BASHPID" >process
        LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' FAKETIME=$2 \
            exec "$binary" -p policies.toml --state memory/state.json run --quiet 2>said
    ) || code=$?
    rm -f /dev/shm/{sem.faketime_sem,faketime_shm}_"$(<process)"
    [ ! -d memory/inbox/ops/new ] || messages=$(find memory/inbox/ops/new -type f | wc -l)
    if [ "$code $messages" != "$3 $4" ]; then
        printf 'clock: %s: exit %s with %s messages, not exit %s with %s\n' "$1" "$code" "$messages" "$3" "$4"
        cat said
        failed=1
    fi
}

run 'a clock of 1970' '1970-01-02 00:00:00' 3 0
[ ! -e memory ] || { echo 'clock: a clock of 1970 wrote something'; failed=1; }
run 'the first reminder' '+25 days' 0 1
cp memory/state.json before.json
run 'five days behind' '+20 days' 0 1
run 'a month behind' '+0 days' 0 1
run 'right again' '+25 days' 0 1
python3 - <<'PYTHON' || failed=1
import json
deliveries = [json.load(open(name))["deliveries"] for name in ["before.json", "memory/state.json"]]
assert deliveries[0] == deliveries[1], "clock: a clock that was behind changed what is recorded"
PYTHON
run 'a year ahead' '+400 days' 0 2
run 'right after that' '+26 days' 0 2
run 'the real end' '+41 days' 0 3
run 'the real end again' '+41 days' 0 3
[ $failed = 0 ]
echo 'clock: every run did what its time asked for'
