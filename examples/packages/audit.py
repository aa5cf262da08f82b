#!/usr/bin/env python3
"""What each crate of the released program could do, as its source says it: examples/packages/audit.py >tests/dependencies.tsv

A line for each: name, version, the checksum by which Cargo holds it, lines of Rust, how often it writes `unsafe`, what of it runs
or is compiled during a build (script, macro, C or assembly), and which parts of the world it names (files, network, programs,
variables). It reads what `cargo fetch` has laid down and asks nothing of the network. Tests hold the record to the sources: a new
or changed crate is not merged before its line was read.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import json
import tomllib

from sbom import TOP, built_into

WORLD = {
    "files": rb"\b(std::fs|fs::File|OpenOptions|openat)\b", "network": rb"\b(std::net|TcpStream|UdpSocket|UnixStream|getaddrinfo)\b",
    "programs": rb"\b(std::process::Command|process::Command|execve)\b", "variables": rb"\benv::var(_os|s|s_os)?\b",
}
COMMENT = re.compile(rb"//[^\n]*|/\*.*?\*/", re.S)
NATIVE = {".c", ".cc", ".cpp", ".s", ".asm", ".a", ".o"}
ASIDE = {"tests", "benches", "examples", "fuzz"}


def line(package, checksum):
    root = pathlib.Path(package["manifest_path"]).parent
    of_build = {target["src_path"] for target in package["targets"] if "custom-build" in target["kind"]}
    lines = unsafe = 0
    native, world = False, set()
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.relative_to(root).parts[0] in ASIDE:
            continue
        native |= path.suffix.lower() in NATIVE
        if path.suffix != ".rs" or str(path) in of_build:
            continue
        text = COMMENT.sub(b"", path.read_bytes())
        lines += sum(bool(each.strip()) for each in text.splitlines())
        unsafe += len(re.findall(rb"\bunsafe\s*(\{|fn\b|impl\b|extern\b)", text))
        world |= {what for what, pattern in WORLD.items() if re.search(pattern, text)}
    kinds = {kind for target in package["targets"] for kind in target["kind"]}
    build = [what for what, is_so in (("script", of_build), ("macro", "proc-macro" in kinds), ("native", native)) if is_so]
    return [package["name"], package["version"], checksum, str(lines), str(unsafe), ",".join(build) or "-", ",".join(sorted(world)) or "-"]


def main(target="x86_64-unknown-linux-gnu"):
    command = ["cargo", "metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=TOP, check=True, capture_output=True).stdout)
    checksums = {(it["name"], it["version"]): it.get("checksum") for it in tomllib.loads((TOP / "Cargo.lock").read_text())["package"]}
    root, needs = built_into(metadata)
    packages = [package for package in metadata["packages"] if package["id"] in needs and package["id"] != root]
    print("crate\tversion\tsha256\tlines\tunsafe\tbuild\tworld")
    for package in sorted(packages, key=lambda it: (it["name"], it["version"])):
        print("\t".join(line(package, checksums[package["name"], package["version"]])))


if __name__ == "__main__":
    main(*sys.argv[1:])
