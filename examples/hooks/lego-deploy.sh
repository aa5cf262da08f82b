#!/bin/sh
# lego, after a renewal: lego ... renew --renew-hook /etc/certnotify/lego-deploy.sh
# lego gives LEGO_CERT_DOMAIN, and the file of the chain in LEGO_CERT_PATH.
/usr/local/bin/certnotify event renewed --quiet --policies /etc/certnotify/policies.toml --certificate "$LEGO_CERT_PATH" --by lego || true
