#!/bin/sh
# lego, after a first certificate: lego ... run --run-hook /etc/certnotify/lego-run.sh
# lego gives LEGO_CERT_DOMAIN, and the file of the chain in LEGO_CERT_PATH.
/usr/local/bin/certnotify event issued --quiet --policies /etc/certnotify/policies.toml --certificate "$LEGO_CERT_PATH" --by lego || true
