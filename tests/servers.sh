#!/usr/bin/env bash
# Real servers for the tests, on loopback and in one folder of their own: whatever certificates are asked of.
#
#   tests/servers.sh start FOLDER    configures and starts them; FOLDER/env says where they listen
#   tests/servers.sh stop FOLDER     stops them
#
# Needs root, and the Debian packages postfix, libsasl2-modules, sasl2-bin, nginx-light, openssl, dovecot-imapd, dovecot-pop3d,
# dovecot-managesieved, dovecot-lmtpd, slapd, postgresql, mariadb-server-core, vsftpd, prosody, haproxy, xrdp,
# redis-server, mosquitto; and of what it downloads: libgnutls-dane0, libidn12, libnsl2, libdb5.3 (Exim), libargon2-1,
# libsodium23, libxml2 (PHP with SimpleSAMLphp). RabbitMQ and Erlang, which it downloads, too, need no more.
set -euo pipefail

usage() { sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 3; }
[ $# = 2 ] || usage
what=$1 folder=$2
pki=$folder/pki
for part in mail data front queue saml; do
    # shellcheck source=/dev/null
    . "$(dirname "$0")/servers/$part.sh"
done

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        grep -qs "=$port\$" "$folder/env" && continue
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$1=$port" >>"$folder/env"
    printf -v "$1" %s "$port"
}

# unpack FOLDER PACKAGE…: those that cannot be installed here, or would bring along much that is not needed.
unpack() {
    local into=$1 package
    shift
    mkdir -p "$into"
    (
        cd "$into"
        apt-get -qq -o Acquire::Retries=3 download "$@" 2>download.log || { cat download.log >&2; exit 1; }
        for package in ./*.deb; do dpkg-deb -x "$package" .; done
    )
}

# issue NAME ISSUER START END SUBJECT SAN [KEY]: a certificate in pki/NAME.pem, its chain in pki/NAME.chain.pem.
issue() {
    local name=$1 issuer=$2 start=$3 end=$4 subject=$5 extensions=$6 key=${7:-EC}
    local -a algorithm=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)
    case $key in
        EC) ;;
        PSS) algorithm=(-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048) ;;
        *) algorithm=(-algorithm RSA -pkeyopt "rsa_keygen_bits:$key") ;;
    esac
    openssl genpkey "${algorithm[@]}" -out "$pki/$name.key" 2>/dev/null
    openssl req -new -config "$pki/ca.cnf" -key "$pki/$name.key" -subj "$subject" -out "$pki/$name.csr"
    printf '%s\n' "$extensions" >"$pki/$name.ext"
    local -a by=(-cert "$pki/$issuer.pem" -keyfile "$pki/$issuer.key")
    [ "$issuer" != "$name" ] || by=(-selfsign -keyfile "$pki/$name.key")
    openssl ca -batch -notext -config "$pki/ca.cnf" "${by[@]}" -startdate "$start" -enddate "$end" \
        -extfile "$pki/$name.ext" -in "$pki/$name.csr" -out "$pki/$name.pem" 2>"$pki/$name.log" ||
        { cat "$pki/$name.log" >&2; return 1; }
    cat "$pki/$name.pem" >"$pki/$name.chain.pem"
    case $issuer in "$name" | root) ;; *) cat "$pki/$issuer.pem" >>"$pki/$name.chain.pem" ;; esac
}

make_certificates() {
    mkdir -p "$pki"
    : >"$pki/index.txt"
    cat >"$pki/ca.cnf" <<CNF
[ca]
default_ca = house
[house]
database = $pki/index.txt
new_certs_dir = $pki
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
[name]
CNF
    local past=20200101000000Z begin=20250101000000Z end=20451231235959Z
    local authority=$'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash'
    issue root root $past $end "/O=certnotify tests/CN=Test Root" "$authority"
    issue intermediate root $past $end "/O=certnotify tests/CN=Test Issuing CA" "$authority"
    san() { printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=%s' "$1"; }
    issue mail intermediate $begin $end "/CN=localhost" "$(san DNS:localhost,IP:127.0.0.1)"
    issue good intermediate $begin $end "/CN=good.test" "$(san DNS:good.test,DNS:www.good.test)" 2048
    issue elliptic intermediate $begin $end "/CN=elliptic.test" "$(san DNS:elliptic.test)"
    issue pss intermediate $begin $end "/CN=pss.test" "$(san DNS:pss.test)" PSS
    issue expired intermediate $past 20210101000000Z "/CN=expired.test" "$(san DNS:expired.test)"
    issue selfsigned selfsigned $begin $end "/CN=selfsigned.test" "$(san DNS:selfsigned.test)"
    issue other intermediate $begin $end "/CN=other.test" "$(san DNS:other.test)"
    issue soon intermediate $begin "$(date -u -d '+10 days' +%Y%m%d%H%M%SZ)" "/CN=soon.test" "$(san DNS:soon.test)"
    issue weak intermediate $begin $end "/CN=weak.test" "$(san DNS:weak.test)" 1024
    # Each server ends on a day of its own.
    local name year=2031
    for name in exim dovecot slapd postgres mariadb prosody haproxy; do
        issue $name intermediate $begin $((year++))0203040506Z "/CN=$name.test" "$(san "DNS:$name.test")"
    done
    for name in redis mosquitto; do
        issue $name intermediate $begin $((year++))0203040506Z "/CN=$name.test" "$(san "DNS:$name.test")"
    done
    issue rabbitmq intermediate $begin 20410203040506Z "/CN=rabbitmq.test" "$(san DNS:rabbitmq.test)"
    issue saml saml $begin 20420203040506Z "/CN=idp.test" "$(san DNS:idp.test)" 2048
    issue saml-next saml-next $begin 20430203040506Z "/CN=idp.test" "$(san DNS:idp.test)" 2048
    issue xrdp intermediate $begin 20400203040506Z "/CN=xrdp.test" "$(san DNS:xrdp.test)" 2048
    issue vsftpd intermediate $begin 20390203040506Z "/CN=vsftpd.test" "$(san DNS:vsftpd.test)" 2048
    chmod 755 "$pki"
    chmod 644 "$pki"/*.key
}

start_postfix() {
    local etc=$folder/postfix queue=$folder/queue
    mkdir -p "$etc/sasl" "$queue" "$folder/postfix-data" "$folder/mail"
    chown postfix "$folder/postfix-data"
    chown nobody "$folder/mail"
    free_port SMTP_PORT
    free_port SUBMISSION_PORT
    free_port SMTPS_PORT
    free_port LMTP_PORT
    free_port SCRAM_256_PORT
    free_port SCRAM_1_PORT
    free_port CRAM_PORT
    free_port OAUTH_PORT
    cat >"$etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $queue
data_directory = $folder/postfix-data
maillog_file = $folder/postfix.log
maillog_file_prefixes = $folder
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.certnotify.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
virtual_mailbox_domains = example.com
virtual_mailbox_base = $folder/mail
virtual_mailbox_maps = texthash:$etc/mailboxes
transport_maps = inline:{ imap.example.com=lmtp:inet:127.0.0.1:$LMTP_PORT }
relay_domains = imap.example.com
virtual_uid_maps = static:$(id -u nobody)
virtual_gid_maps = static:$(id -g nobody)
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_cert_file = $pki/mail.chain.pem
smtpd_tls_key_file = $pki/mail.key
smtpd_tls_auth_only = yes
smtpd_tls_received_header = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_security_options = noanonymous
smtpd_sasl_local_domain = certnotify.test
smtpd_sasl_authenticated_header = yes
cyrus_sasl_config_path = $etc/sasl
CF
    local submission="-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
    cat >"$etc/master.cf" <<CF
127.0.0.1:$SMTP_PORT inet n - n - - smtpd -o smtpd_tls_security_level=none
127.0.0.1:$SUBMISSION_PORT inet n - n - - smtpd -o smtpd_tls_security_level=encrypt $submission
127.0.0.1:$SMTPS_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes $submission
127.0.0.1:$SCRAM_256_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_path=SCRAM-SHA-256 $submission
127.0.0.1:$SCRAM_1_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_path=SCRAM-SHA-1 $submission
127.0.0.1:$CRAM_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_path=CRAM-MD5 $submission
127.0.0.1:$OAUTH_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_type=dovecot -o smtpd_sasl_path=$folder/dovecot/oauth $submission
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CF
    # A mailbox for each test; others are refused.
    local name
    for name in starttls implicit plain partial retry untrusted sendmail kept oauth; do echo "$name@example.com $name/"; done >"$etc/mailboxes"
    local mechanisms
    for mechanisms in 'PLAIN LOGIN' SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5; do
        name=$mechanisms
        [ "$name" != 'PLAIN LOGIN' ] || name=smtpd
        printf '%s\n' 'pwcheck_method: auxprop' 'auxprop_plugin: sasldb' "sasldb_path: $folder/sasldb2" \
            "mech_list: $mechanisms" >"$etc/sasl/$name.conf"
    done
    printf 'tell-nobody' | saslpasswd2 -p -c -f "$folder/sasldb2" -u certnotify.test certnotify
    chown postfix "$folder/sasldb2"
    postfix -c "$etc" start >"$folder/postfix-start.log" 2>&1 ||
        { cat "$folder/postfix-start.log" "$folder/postfix.log" >&2; return 1; }
}

start_nginx() {
    local etc=$folder/nginx port
    mkdir -p "$etc"
    free_port HTTPS_PORT
    free_port CLIENT_CERTIFICATE_PORT
    free_port TLS12_PORT
    free_port TLS13_PORT
    free_port TWINS_PORT
    {
        echo "pid $etc/nginx.pid; error_log $etc/error.log; user root; worker_processes 1;"
        echo "events { worker_connections 256; }"
        echo "http { access_log off; ssl_session_cache off;"
        local temporary
        for temporary in client_body fastcgi proxy scgi uwsgi; do echo "${temporary}_temp_path $etc/$temporary;"; done
        local name
        for name in good elliptic expired selfsigned other; do
            echo "server { listen 127.0.0.1:$HTTPS_PORT ssl; server_name $name.test; return 200 'ok';"
            echo "  ssl_certificate $pki/$name.chain.pem; ssl_certificate_key $pki/$name.key; ssl_protocols TLSv1.2 TLSv1.3; }"
        done
        echo "server { listen 127.0.0.1:$CLIENT_CERTIFICATE_PORT ssl; server_name good.test; return 200 'ok';"
        echo "  ssl_certificate $pki/good.chain.pem; ssl_certificate_key $pki/good.key; ssl_protocols TLSv1.2;"
        echo "  ssl_verify_client on; ssl_client_certificate $pki/root.pem; }"
        local version=2
        for port in $TLS12_PORT $TLS13_PORT; do
            echo "server { listen 127.0.0.1:$port ssl; server_name good.test; return 200 'ok';"
            echo "  ssl_certificate $pki/good.chain.pem; ssl_certificate_key $pki/good.key; ssl_protocols TLSv1.$((version++)); }"
        done
        echo "server { listen 127.0.0.1:$TWINS_PORT ssl; return 200 'ok';"
        for name in good elliptic; do
            echo "  ssl_certificate $pki/$name.chain.pem; ssl_certificate_key $pki/$name.key;"
        done
        echo "}"
        echo "}"
    } >"$etc/nginx.conf"
    nginx -e "$etc/error.log" -c "$etc/nginx.conf"
}

# s_server NAME PORT-VARIABLE OPTION…
start_s_server() {
    local name=$1 port=$2
    shift 2
    free_port "$port"
    openssl s_server -accept "127.0.0.1:${!port}" -cert "$pki/$name.pem" -key "$pki/$name.key" \
        -cert_chain "$pki/intermediate.pem" -www "$@" </dev/null >"$folder/s_server-$port.log" 2>&1 &
    echo $! >>"$folder/s_server.pids"
}

await_all() {
    local name port tries
    while IFS== read -r name port; do
        case $name in *_PORT) ;; *) continue ;; esac
        for ((tries = 0; ; tries++)); do
            (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
            [ $tries -lt 300 ] || { echo "$0: nothing listens on $name=$port" >&2; return 1; }
            sleep 0.1
        done
    done <"$folder/env"
}

start() {
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd) pki=$folder/pki
    chmod 755 "$folder"
    echo "ROOT=$pki/root.pem" >"$folder/env"
    make_certificates
    # It takes seconds to begin.
    start_rabbitmq
    start_postfix
    start_nginx
    start_s_server weak WEAK_KEY_PORT -tls1_2 -cipher ALL:@SECLEVEL=0
    start_s_server elliptic NO_CLIENT_NO_HANDSHAKE_PORT -tls1_2 -Verify 1 -verify_return_error
    start_s_server good LEGACY_PORT -tls1 -cipher ALL:@SECLEVEL=0
    start_s_server good TLS11_PORT -tls1_1 -cipher ALL:@SECLEVEL=0
    start_s_server good RSA_EXCHANGE_PORT -tls1_2 -cipher AES128-SHA
    start_s_server good DHE_PORT -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256
    start_s_server elliptic P521_PORT -tls1_2 -groups P-521
    start_s_server elliptic ONLY_P521_PORT -tls1_3 -groups P-521
    start_s_server elliptic ONLY_X448_PORT -tls1_3 -groups X448
    start_s_server elliptic ONLY_FFDHE_PORT -tls1_3 -groups ffdhe2048
    start_s_server elliptic ONLY_FFDHE8192_PORT -tls1_3 -groups ffdhe8192
    start_s_server elliptic ONLY_CCM_PORT -tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256
    start_s_server elliptic ONLY_CCM8_PORT -tls1_3 -ciphersuites TLS_AES_128_CCM_8_SHA256 -cipher ALL:@SECLEVEL=0
    start_s_server elliptic TLS12_CCM_PORT -tls1_2 -cipher ECDHE-ECDSA-AES128-CCM
    start_s_server elliptic TLS12_CCM8_PORT -tls1_2 -cipher ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0
    start_s_server pss TLS12_PSS_PORT -tls1_2
    start_s_server pss TLS13_PSS_PORT -tls1_3
    local port
    for port in EXIM EXIM_TLS IMAP IMAPS POP3 POP3S SIEVE LDAP LDAPS POSTGRES MYSQL FTP FTPS XMPP XMPPS XMPP_SERVER \
        HAPROXY PROXY_HEADER RDP MQTTS REDIS SAML; do free_port "${port}_PORT"; done
    local server pids=()
    for server in mariadb prosody vsftpd slapd dovecot haproxy exim postgres xrdp mosquitto redis saml; do
        "start_$server" &
        pids+=($!)
    done
    for server in "${pids[@]}"; do wait "$server"; done
    await_all
}

stop() {
    local pid
    stop_mail
    stop_data
    stop_front
    stop_queue
    stop_saml
    [ ! -e "$folder/postfix/main.cf" ] || postfix -c "$folder/postfix" stop >/dev/null 2>&1 || true
    [ ! -e "$folder/nginx/nginx.pid" ] || kill "$(cat "$folder/nginx/nginx.pid")" || true
    [ ! -e "$folder/s_server.pids" ] || while read -r pid; do kill "$pid" 2>/dev/null || true; done <"$folder/s_server.pids"
}

case $what in start) start ;; stop) stop ;; *) usage ;; esac
