#!/bin/sh
# The compiler for tests/fuzz.sh: the library, and nothing else, counts where it has been.
rustc=$1
shift
case " $* " in
*' --crate-name certnotify '*' --crate-type lib '*) exec "$rustc" "$@" -C instrument-coverage ;;
*) exec "$rustc" "$@" ;;
esac
