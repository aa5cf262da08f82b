#!/usr/bin/env bash
# Makes expired.pem and valid.pem anew: a leaf and the CA that issued it, each. The keys are thrown away.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
: >index.txt
cat >ca.cnf <<'CNF'
[ca]
default_ca = house
[house]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $ENV::NAMES
CNF
export NAMES=

# sign FILE SUBJECT EXTENSIONS START END OPTION…
sign() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null
    openssl req -new -config ca.cnf -key "$1.key" -subj "$2" -out "$1.csr"
    openssl ca -batch -notext -config ca.cnf -extensions "$3" -startdate "$4" -enddate "$5" "${@:6}" \
        -in "$1.csr" -out "$1.pem" 2>/dev/null
}

# leaf FILE COMMENT NAMES START END
leaf() {
    export NAMES=$3
    local first=${3%%,*}
    sign leaf "/CN=${first#DNS:}" server "$4" "$5" -cert issuer.pem -keyfile issuer.key
    { printf '%s\nMade by examples/certificates/make.sh for the first run of certnotify.\n' "$2"; cat leaf.pem issuer.pem; } >"$here/$1"
}

sign root "/O=Example Trust Ltd/CN=Example Root" authority 20200101000000Z 20491231235959Z -selfsign -keyfile root.key
sign issuer "/O=Example Trust Ltd/CN=Example Issuing CA" authority 20230101000000Z 20471231235959Z -cert root.pem -keyfile root.key
leaf expired.pem "shop.example.com, expired in March 2024, and its issuer." \
    DNS:shop.example.com,DNS:www.shop.example.com 20240101000000Z 20240330235959Z
leaf valid.pem "vpn.example.com, valid until the end of 2045, and its issuer." \
    DNS:vpn.example.com 20260101000000Z 20451231235959Z
