#!/usr/bin/env python3
"""What the released program is made of, as CycloneDX 1.6 on standard output: examples/packages/sbom.py [TARGET]

It reads `cargo metadata` and Cargo.lock and asks nothing of the network; the same tree always gives the same bytes.
"""

import json
import pathlib
import subprocess
import sys
import tomllib

TOP = pathlib.Path(__file__).resolve().parents[2]


def built_into(metadata):
    """The packages that are compiled for the program, and on what each stands; those of tests are not."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    needs, left = {}, [root]
    while left:
        package = left.pop()
        if package not in needs:
            is_built = lambda dependency: any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
            needs[package] = sorted(it["pkg"] for it in nodes[package]["deps"] if is_built(it))
            left.extend(needs[package])
    return root, needs


def main(target="x86_64-unknown-linux-gnu"):
    command = ["cargo", "metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=TOP, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    lock = tomllib.loads((TOP / "Cargo.lock").read_text())
    hashes = {(it["name"], it["version"]): it.get("checksum") for it in lock["package"]}
    root, needs = built_into(metadata)
    reference = {id: "pkg:cargo/{name}@{version}".format(**packages[id]) for id in needs}

    def component(id, kind):
        package = packages[id]
        found = {"type": kind, "bom-ref": reference[id], "name": package["name"], "version": package["version"],
                 "purl": reference[id]}
        if package["license"]:
            found["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
        if checksum := hashes[package["name"], package["version"]]:
            found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return found

    order = sorted(needs, key=reference.get)
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(root, "application")},
        "components": [component(id, "library") for id in order if id != root],
        "dependencies": [{"ref": reference[id], "dependsOn": sorted(map(reference.get, needs[id]))} for id in order],
    }
    json.dump(bill, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
