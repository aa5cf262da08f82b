#!/usr/bin/env bash
# What certnotify reads and trusts against OpenSSL, Go and Python's cryptography: over public collections of certificates
# (corpora.py), and chain by chain (trust.py):
#   corpora.sh PROGRAM FOLDER
#   corpora.sh --fetch FOLDER
# The collections are downloaded into FOLDER, which is left there; with --fetch that is all. With CERTNOTIFY_OTHER a second
# build of the program has to give the same reports on all of them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$1
[ "$program" = --fetch ] || program=$(realpath "$program")
other=${CERTNOTIFY_OTHER:+$(realpath "$CERTNOTIFY_OTHER")}
mkdir -p "$2"
folder=$(realpath "$2")
cd "$folder"

# The sources of openssl and nss that belong to this Debian, without a change to its own list of sources.
if [ ! -e sources.done ]; then
    # The machine's own list, asked for sources.
    mkdir -p apt/parts apt/lists/partial apt/cache/archives/partial sources
    for list in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"apt/parts/$(basename "$list")"
    done
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -e "$list" ] || sed -n 's/^deb /deb-src /p' "$list" >"apt/parts/$(basename "$list" .list).list"
    done
    options=(-qq -o Acquire::Retries=3 -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/parts"
        -o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache")
    apt-get "${options[@]}" update
    (cd sources && apt-get "${options[@]}" source --tar-only --download-only openssl nss && for archive in *.orig.tar.*[gx]z; do tar xf "$archive"; done)
    touch sources.done
fi
if [ ! -e vectors.done ]; then
    # One version of the library and of its files; that of Debian 12 crashes on some of them.
    python3 -m venv python
    python/bin/pip install --quiet cryptography==46.0.3
    python/bin/pip download --quiet --no-deps --dest wheel cryptography_vectors==46.0.3
    python/bin/python -m zipfile -e wheel/*.whl vectors
    touch vectors.done
fi
[ "$program" != --fetch ] || exit 0
if [ -n "$other" ]; then
    nth=0
    for built in "$program" "$other"; do
        nth=$((nth + 1))
        "$built" check --at 2026-11-21 --format json --output "report-$nth.json" /usr/share/ca-certificates sources vectors || [ $? -lt 4 ]
    done
    cmp report-1.json report-2.json
    echo "the same report of $(wc -c <report-1.json) bytes by $program and $other"
fi
GOCACHE=$folder/go GOFLAGS=-buildvcs=false go build -o reading "$here/reading.go"
python/bin/python "$here/trust.py" "$program" "$folder/reading" "$folder/chains"
python/bin/python "$here/corpora.py" "$program" "$folder/reading" /usr/share/ca-certificates sources vectors
