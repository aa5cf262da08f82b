#!/bin/sh
# certbot, once after all renewals were tried: /etc/letsencrypt/renewal-hooks/post/certnotify
# certbot gives the names that could not be renewed in FAILED_DOMAINS, with spaces between them.
# A renewal that is tried twice a day is told once while nothing else is said of it.
set -f
for name in $FAILED_DOMAINS; do
    /usr/local/bin/certnotify event renewal-failed --quiet --policies /etc/certnotify/policies.toml \
        --certificate "$name" --by certbot || true
done
