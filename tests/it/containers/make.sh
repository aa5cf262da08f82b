#!/usr/bin/env bash
# Makes the containers of this folder anew: one chain, in every form that OpenSSL 3 writes.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key"; }
key root && key issuer && key leaf
openssl req -x509 -key "$work/root.key" -subj '/CN=Containers Root' -days 9000 -set_serial 1 -out "$work/root.pem"
issue() { # NAME SUBJECT ISSUER SERIAL EXTENSIONS
    openssl req -new -key "$work/$1.key" -subj "$2" |
        openssl x509 -req -CA "$work/$3.pem" -CAkey "$work/$3.key" -set_serial "$4" -days 8000 -extfile <(printf '%b' "$5") -out "$work/$1.pem" 2>"$work/log"
}
issue issuer '/CN=Containers CA' root 2 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n'
issue leaf '/CN=shop.example.com' issuer 0x4ab1c0 'subjectAltName=DNS:shop.example.com\nauthorityKeyIdentifier=keyid\n'
cat "$work/leaf.pem" "$work/issuer.pem" >chain.pem

store() { # FILE PASSWORD OPTIONS...
    local file=$1 password=$2
    shift 2
    openssl pkcs12 -export -inkey "$work/leaf.key" -in "$work/leaf.pem" -certfile "$work/issuer.pem" -name shop -passout "pass:$password" "$@" -out "$file"
}
rm -f ./*.p12 ./*.p7b ./*.crl
store modern.p12 'päss wörd'
store aes-128.p12 'päss wörd' -certpbe AES-128-CBC
store aes-192.p12 'päss wörd' -certpbe AES-192-CBC
store pbes2-3des.p12 'päss wörd' -certpbe DES-EDE3-CBC
store pbes2-des.p12 'päss wörd' -certpbe DES-CBC -legacy
store pbes2-rc2.p12 'päss wörd' -certpbe RC2-CBC -legacy
store legacy.p12 'päss wörd' -legacy
store 3des.p12 'päss wörd' -certpbe PBE-SHA1-3DES
store 2des.p12 'päss wörd' -certpbe PBE-SHA1-2DES
store rc2-128.p12 'päss wörd' -certpbe PBE-SHA1-RC2-128 -legacy
store rc4-128.p12 'päss wörd' -certpbe PBE-SHA1-RC4-128 -legacy
store rc4-40.p12 'päss wörd' -certpbe PBE-SHA1-RC4-40 -legacy
store pbes1-md5-des.p12 'päss wörd' -certpbe PBE-MD5-DES -legacy
store pbes1-sha1-des.p12 'päss wörd' -certpbe PBE-SHA1-DES -legacy
store pbes1-md5-rc2.p12 'päss wörd' -certpbe PBE-MD5-RC2-64 -legacy
store pbes1-sha1-rc2.p12 'päss wörd' -certpbe PBE-SHA1-RC2-64 -legacy
store no-mac.p12 'päss wörd' -nomac -certpbe AES-256-CBC
store empty-password.p12 ''
store empty-password-legacy.p12 '' -legacy
store clear.p12 'päss wörd' -certpbe NONE
openssl crl2pkcs7 -nocrl -certfile "$work/issuer.pem" -certfile "$work/leaf.pem" -outform DER -out unordered.p7b
openssl crl2pkcs7 -nocrl -certfile chain.pem -out pem.p7b
