#!/bin/sh
# certbot, after each renewed certificate: /etc/letsencrypt/renewal-hooks/deploy/certnotify
# certbot gives RENEWED_LINEAGE, as in /etc/letsencrypt/live/example.com, and RENEWED_DOMAINS.
# certnotify must never make a renewal fail.
/usr/local/bin/certnotify event renewed --quiet --policies /etc/certnotify/policies.toml --certificate "$RENEWED_LINEAGE" --by certbot || true
