#!/bin/sh
# What Caddy may run as root: it takes an event and a name, and no option of certnotify.
case "$1" in
    renewed | renewal-failed) ;;
    *)
        echo "$0: neither renewed nor renewal-failed" >&2
        exit 3
        ;;
esac
exec /usr/local/bin/certnotify event "$1" --quiet --policies=/etc/certnotify/policies.toml --certificate="$2" --by=caddy
