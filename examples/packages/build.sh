#!/usr/bin/env bash
# Builds what is installed: one binary, its man pages and completions, and packages of them.
#
#   examples/packages/build.sh [--target TRIPLE | --binary FILE] [FOLDER]
#
# In FOLDER (target/packages): certnotify, man/, completions/, and a .deb and an .rpm if `nfpm` is installed. Without
# --binary it builds for x86_64-unknown-linux-musl: one static file for every Linux, which needs
# `rustup target add x86_64-unknown-linux-musl` and musl-gcc (Debian: musl-tools).
set -euo pipefail
cd "$(dirname "$0")/../.."

target=x86_64-unknown-linux-musl binary=
while [ $# -gt 0 ]; do
    case $1 in
        --target) target=$2 && shift 2 ;;
        --binary) binary=$2 && shift 2 ;;
        -*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 3 ;;
        *) break ;;
    esac
done
folder=${1:-target/packages}

if [ -z "$binary" ]; then
    . examples/packages/paths.sh
    if [[ $target = *-musl ]]; then
        # A file that may be loaded anywhere holds its own relocations: packed they take a sixtieth.
        RUSTFLAGS+=' -C link-arg=-Wl,-z,pack-relative-relocs'
        # Functions that are the same once compiled stand once: by the linker that comes with Rust.
        linker=$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/gcc-ld
        RUSTFLAGS+=" -C link-arg=-B$linker -C link-arg=-fuse-ld=lld -C link-arg=-Wl,--icf=all"
    fi
    cargo build --profile static --locked --target "$target"
    binary=target/$target/static/certnotify
    # No shared library, and less than 13 MB.
    size=$(stat -c %s "$binary")
    [ "$size" -lt 13000000 ] || { echo "$binary has $size bytes" >&2; exit 1; }
    if [[ $target = *-musl ]] && readelf -d "$binary" | grep NEEDED; then exit 1; fi
fi
# The container takes an empty folder for its memory.
mkdir -p "$folder/man" "$folder/completions" "$folder/state"
install -m 755 "$binary" "$folder/certnotify"
"$folder/certnotify" generate man --output "$folder/man"
for shell in bash fish zsh; do
    "$folder/certnotify" generate completions $shell >"$folder/completions/certnotify.$shell"
done
gzip -9nf "$folder"/man/*

if command -v nfpm >/dev/null; then
    export FOLDER=$folder ARCH VERSION LIBC= LIBGCC=
    VERSION=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
    case $(LC_ALL=C readelf -h "$binary" | sed -n 's/ *Machine: *//p') in
        *X86-64) ARCH=amd64 ;;
        AArch64) ARCH=arm64 ;;
        *) echo "$binary: no packages are made of this machine's files" >&2; exit 1 ;;
    esac
    if readelf -d "$binary" | grep -q 'NEEDED.*libc\.so'; then
        LIBC="libc6 (>= $(readelf -V "$binary" | sed -n 's/.*Name: GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -1))" LIBGCC=libgcc-s1
    fi
    for packager in deb rpm; do
        nfpm package --config examples/packages/nfpm.yaml --packager $packager --target "$folder"
    done
fi
ls -l "$folder"
