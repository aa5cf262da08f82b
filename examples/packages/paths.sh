# For other scripts: builds from here on name no folder of this machine, and so are the same on each.
RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=/certnotify --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
export RUSTFLAGS
