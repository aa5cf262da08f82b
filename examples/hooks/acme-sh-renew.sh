#!/bin/sh
# acme.sh, after a renewal: acme.sh --install-cert -d example.com --renew-hook /etc/certnotify/acme-sh-renew.sh
# acme.sh gives the first name in Le_Domain and the chain in CERT_FULLCHAIN_PATH. A certificate that was installed
# elsewhere is found by its name.
certnotify event renewed --quiet --certificate "$Le_Domain" --by acme.sh || true
