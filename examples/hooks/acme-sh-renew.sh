#!/bin/sh
# acme.sh, after a renewal: acme.sh --issue -d example.com ... --renew-hook /etc/certnotify/acme-sh-renew.sh
# It takes --renew-hook with --issue alone, and passes over it with --install-cert.
# acme.sh gives the first name in Le_Domain and the chain in CERT_FULLCHAIN_PATH. A certificate that was installed
# elsewhere is found by its name.
/usr/local/bin/certnotify event renewed --quiet --policies /etc/certnotify/policies.toml --certificate "$Le_Domain" --by acme.sh || true
